insert into search_sync_queue (asset_id, action)
select asset_id, 'UPSERT'
from asset
where library_slug = any(cast(:libraries as text[]))
order by asset_id
