-- What a film's words must have at least, for any of its rows to match the query in one of the
-- languages: of each its words without those that it excludes, nearness aside, since a film's words
-- have no places. Null where one of the languages demands nothing.
select case when bool_or(needed = 'T') then null
    else string_agg(
        '( ' || regexp_replace(needed, ' <(-|\d+)> ', ' & ', 'g') || ' )', ' | ' order by needed
    )
end as needed
from (
    select distinct querytree(websearch_to_tsquery(language::regconfig, :web)) as needed
    from unnest(cast(:languages as text[])) as language
) as by_language
