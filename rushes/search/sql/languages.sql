-- The text search configurations that occur, by hops over the index: cheap at any size.
with recursive hop as (
    (select language from transcript_fts order by language limit 1)
    union all
    select (
        select language from transcript_fts
        where language > hop.language
        order by language limit 1
    )
    from hop
    where hop.language is not null
)
select language::text from hop where language is not null
