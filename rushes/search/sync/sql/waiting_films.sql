select asset_id from search_sync_queue where asset_id = any(:asset_ids)
union
select asset_id from search_sync_claims where asset_id = any(:asset_ids)
union
select asset_id from search_sync_failures where asset_id = any(:asset_ids)
