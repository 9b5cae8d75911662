-- The text search configurations that occur, by hops over the indexes: cheap at any size; and
-- whether the query has a word in each at all.
with recursive said as (
    (select language from transcript_fts order by language limit 1)
    union all
    select (
        select language from transcript_fts
        where language > said.language
        order by language limit 1
    )
    from said
    where said.language is not null
),
written as (
    (select language from ocr_fts order by language limit 1)
    union all
    select (
        select language from ocr_fts
        where language > written.language
        order by language limit 1
    )
    from written
    where written.language is not null
)
select language::text, numnode(websearch_to_tsquery(language, :text)) > 0 as has_words
from (
    select language from said where language is not null
    union
    select language from written where language is not null
) as used
order by language
