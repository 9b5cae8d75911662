with forgotten as (
    update search_ledger
    set content_hash = null
    where index_name = :index_name and live_rev = any(cast(:revs as bigint[]))
    returning asset_id
)
insert into search_sync_queue (asset_id, action) select asset_id, 'UPSERT' from forgotten
