select exists (
    select from search_sync_queue where id <= :last and asset_id = any(cast(:asset_ids as text[]))
)
