-- The lexemes of words in the text search configurations that occur, found by hops over the
-- indexes, in English (labels) and in simple (names, unknown languages). A word that some leave
-- out, but not all, is a stop word; of a word that is several to a configuration, none are taken.
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
),
used as materialized (
    select language from said where language is not null
    union
    select language from written where language is not null
    union
    select unnest(array['english', 'simple']::regconfig[])
)
select
    word,
    array_agg(distinct found[1] order by found[1])
        filter (where cardinality(found) = 1 and found[1] !~ '\s') as lexemes,
    bool_or(cardinality(found) = 0) and bool_or(cardinality(found) > 0) as is_left_out
from unnest(cast(:words as text[])) as word
cross join used
cross join lateral (select tsvector_to_array(to_tsvector(used.language, word)) as found) as made
group by word
