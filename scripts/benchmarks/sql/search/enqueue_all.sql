insert into search_sync_queue (asset_id, action)
select asset_id, 'UPSERT' from asset order by asset_id
