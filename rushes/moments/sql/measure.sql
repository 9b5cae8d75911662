-- In how many films each leaf is, and with how many spans, within what the vocabulary knows; for
-- words the question that can be put to all the words of a film: no phrases, no exclusions. Null:
-- nothing can be asked of a film as a whole. Words are counted up to :most films.
with labels as (
    select asked.position, sum(v.films) as films, sum(v.spans) as spans
    from unnest(
        cast(:positions as int[]), cast(:kinds as text[]), cast(:labels as text[])
    ) as asked (position, kind, label)
    left join vocabulary v
        on v.kind = asked.kind
        and v.label = asked.label
        and (cast(:library as text) is null or v.library_slug = :library)
    group by asked.position
),
words as (
    select asked.position, asked.kind, asked.is_mixed, query, numnode(query) as nodes,
        regexp_replace(querytree(query), '<(-|\d+)>', '&', 'g') as of_film
    from unnest(
        cast(:word_positions as int[]), cast(:word_kinds as text[]), cast(:webs as text[]),
        cast(:languages as text[]), cast(:mixed as bool[])
    ) as asked (position, kind, web, language, is_mixed)
    cross join lateral websearch_to_tsquery(cast(asked.language as regconfig), asked.web) as query
),
of_films as (
    select position, kind,
        case
            when bool_or(nodes = 0 and is_mixed or nodes > 0 and of_film in ('', 'T')) then null
            else coalesce(string_agg('(' || of_film || ')', ' | ') filter (where nodes > 0), '')
        end as film_query
    from words
    group by position, kind
),
-- Beside a label that is known to be rare nobody needs to know how rare the words are.
rare as (select coalesce(min(coalesce(films, 0)), :most) < :most / 2 as is_known from labels)
select position, coalesce(films, 0) as films, coalesce(spans, 0) as spans,
    cast(null as text) as film_query
from labels
union all
select o.position, counted.films, counted.films, o.film_query
from of_films o
cross join rare
cross join lateral (
    select case when rare.is_known then :most else count(*) end as films
    from (
        select
        from film_texts t
        where t.kind = o.kind and t.words @@ cast(o.film_query as tsquery) and not rare.is_known
        limit :most
    ) as matching
) as counted
