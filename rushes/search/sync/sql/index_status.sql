-- How full each index is that is not dropped, and for which libraries it is what.
select
    g.name, g.state, g.is_written,
    coalesce(held.films, 0) as films,
    coalesce(held.documents, 0) as documents,
    coalesce(rev.unpurged, 0) as unpurged_revs,
    coalesce(rev.pending, 0) as pending_revs,
    coalesce(used.active_of, '{}') as active_of,
    coalesce(used.shadow_of, '{}') as shadow_of,
    coalesce(used.previous_of, '{}') as previous_of
from index_generation g
left join (
    select index_name, count(*) as films, sum(doc_count)::bigint as documents
    from search_ledger
    where live_rev is not null
    group by index_name
) held on held.index_name = g.name
left join (
    select
        index_name,
        count(*) filter (where state = 'retired') as unpurged,
        count(*) filter (where state = 'pending') as pending
    from search_revs
    where state in ('pending', 'retired')
    group by index_name
) rev on rev.index_name = g.name
left join lateral (
    select
        array_agg(library_slug order by library_slug) filter (where active_index_name = g.name)
            as active_of,
        array_agg(library_slug order by library_slug) filter (where shadow_index_name = g.name)
            as shadow_of,
        array_agg(library_slug order by library_slug) filter (where previous_index_name = g.name)
            as previous_of
    from library_model_policy
    where g.name in (active_index_name, shadow_index_name, previous_index_name)
) used on true
where g.state <> 'dropped'
order by g.created_at, g.name
