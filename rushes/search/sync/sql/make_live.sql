with wanted as (
    select rev, content_hash
    from unnest(cast(:revs as bigint[]), cast(:hashes as text[])) as each (rev, content_hash)
),
live as (
    update search_revs r
    set state = 'live', live_from = :serial, is_published = true
    from wanted w
    where r.rev = w.rev
      and r.state = 'pending'
      and exists (
          select from search_sync_claims c
          where c.asset_id = r.asset_id and c.worker_key = :worker_key
      )
      and exists (select from asset a where a.asset_id = r.asset_id)
    returning r.rev, r.index_name, r.asset_id, r.doc_count, w.content_hash
),
before as (
    update search_revs r
    set state = 'retired', live_to = :serial, retired_at = :now
    from live n
    where r.index_name = n.index_name
      and r.asset_id = n.asset_id
      and r.state = 'live'
),
noted as (
    insert into search_ledger
        (index_name, asset_id, live_rev, content_hash, doc_count, updated_at)
    select index_name, asset_id, rev, content_hash, doc_count, :now from live
    on conflict (index_name, asset_id) do update
    set live_rev = excluded.live_rev,
        content_hash = excluded.content_hash,
        doc_count = excluded.doc_count,
        updated_at = excluded.updated_at,
        pending_rev = nullif(search_ledger.pending_rev, excluded.live_rev)
)
select rev from live
