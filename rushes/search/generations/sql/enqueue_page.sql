with page as (
    select asset_id
    from asset
    where library_slug = :library and asset_id > :after
    order by asset_id
    limit :films
),
added as (
    insert into search_sync_queue (asset_id, action)
    select asset_id, 'UPSERT' from page order by asset_id
)
select max(asset_id) as last, count(*) as films from page
