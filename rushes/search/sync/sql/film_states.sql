select
    wanted.asset_id,
    coalesce(held.documents, 0) as documents,
    coalesce(held.indexes, '{}') as indexes,
    held.content_hash,
    failed.error_code,
    failed.error_text,
    exists (select from search_sync_queue q where q.asset_id = wanted.asset_id) as is_waiting
from unnest(cast(:asset_ids as text[])) as wanted (asset_id)
left join lateral (
    select
        max(l.doc_count) as documents,
        array_agg(l.index_name order by l.index_name) as indexes,
        max(l.content_hash) as content_hash
    from search_ledger l
    join index_generation g on g.name = l.index_name and g.state <> 'dropped'
    where l.asset_id = wanted.asset_id and l.live_rev is not null
) held on true
left join lateral (
    select f.error_code, f.error_text
    from search_sync_failures f
    where f.asset_id = wanted.asset_id
    order by f.is_dead desc, f.last_failed_at desc
    limit 1
) failed on true
