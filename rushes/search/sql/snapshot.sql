-- What a search rests on, at one moment: the ledger's state, which index answers for each library,
-- what is meant by the films and people of the filters, and what words mean.
-- `excluded`: what the indexes may hold and does not count; null where the caller knows it already.
-- `languages`: the text search configurations that occur, found by hops over the indexes. What was
-- published at a serial is in those that occurred at any time since; null where the caller knows
-- them. Where a library has no index, Postgres answers from what there is now.
-- What is asked for stands apart from the rest, so that one plan serves all questions.
with recursive asked as materialized (
    select
        cast(:asset_ids as text[]) as asset_ids,
        cast(:people as text[]) as people,
        cast(:words as text[]) as words,
        cast(:has_names as boolean) as has_names,
        cast(:patterns as text[]) as patterns,
        cast(:known_serial as bigint) as known_serial,
        cast(:known_indexes as text[]) as known_indexes,
        cast(:languages_serial as bigint) as languages_serial,
        cast(:languages as text[]) as languages
),
ledger as materialized (
    select serial, max_rev from search_ledger_serial
),
answering as materialized (
    select jsonb_object_agg(l.slug, p.active_index_name) as libraries,
        coalesce(
            array_agg(distinct p.active_index_name order by p.active_index_name)
                filter (where p.active_index_name is not null),
            '{}'
        ) as indexes,
        bool_and(p.active_index_name is not null) as is_complete
    from libraries l
    left join library_model_policy p on p.library_slug = l.slug
),
unknown as materialized (
    select from asked, ledger, answering
    where asked.words <> '{}'
      and (ledger.serial <> asked.languages_serial or answering.is_complete is not true)
),
said as (
    (select language from transcript_fts where exists (select from unknown) order by language limit 1)
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
    (select language from ocr_fts where exists (select from unknown) order by language limit 1)
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
    select cast(unnest(asked.languages) as regconfig) from asked
    where not exists (select from unknown)
    union
    -- Of labels, and of names and unknown languages.
    select unnest(array['english', 'simple']::regconfig[])
)
select
    ledger.serial,
    ledger.max_rev,
    coalesce(answering.libraries, '{}') as libraries,
    array(
        select asset_id from asset
        where asset_id = any(cast((select asset_ids from asked) as text[]))
    ) as asset_ids,
    coalesce((
        select jsonb_object_agg(meant.name, meant.ids)
        from (
            select wanted.name, jsonb_agg(distinct p.effective_id) as ids
            from asked
            cross join unnest(asked.people) as wanted(name)
            join people p on p.cluster_id = wanted.name or lower(p.name) = lower(wanted.name)
            where not p.hidden
            group by wanted.name
        ) meant
    ), '{}') as people,
    case when ledger.serial <> asked.known_serial or answering.indexes <> asked.known_indexes
    then array(
        select rev
        from search_revs
        where state in ('pending', 'retired') and index_name = any(answering.indexes)
        order by rev
    ) end as excluded,
    case when exists (select from unknown) then array(
        select cast(language as text) from used
    ) end as languages,
    -- A word that some configurations leave out, but not all, is a stop word; of a word that is
    -- several to a configuration, none are taken.
    (
        select json_agg(json_build_array(made.word, made.lexemes, made.is_left_out))
        from (
            select
                word,
                array_agg(distinct found[1] order by found[1])
                    filter (where cardinality(found) = 1 and found[1] !~ '\s') as lexemes,
                bool_or(cardinality(found) = 0) and bool_or(cardinality(found) > 0) as is_left_out
            from asked
            cross join unnest(asked.words) as word
            cross join used
            cross join lateral (
                select tsvector_to_array(to_tsvector(used.language, word)) as found
            ) as made
            group by word
        ) made
    ) as lexemes,
    -- As text, which is read only where it has changed.
    case when asked.has_names then (
        select cast(json_agg(json_build_array(v.kind, v.label)) as text)
        from (
            select distinct kind, label
            from vocabulary
            where kind in ('object', 'place') and label <> ''
        ) v
    ) end as labels,
    case when asked.has_names then (
        select json_agg(json_build_array(cluster_id, name))
        from people
        where name is not null and not hidden and effective_id = cluster_id
          and (asked.patterns is null or lower(name) like any(asked.patterns))
    ) end as named_people
from asked, ledger, answering
