-- After a TRUNCATE nobody knows which rows there were.
create function search_note_all() returns trigger language plpgsql as $$
begin
    insert into search_sync_queue (asset_id, action)
    select asset_id, 'UPSERT' from asset
    union
    select asset_id, 'UPSERT' from search_ledger;
    return null;
end
$$
