insert into search_sync_queue (asset_id, action)
select asset_id, 'UPSERT' from unnest(cast(:asset_ids as text[])) as asset_id
