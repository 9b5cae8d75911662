-- After a TRUNCATE nobody knows which rows there were. Once a transaction: it may reach many tables.
create function search_note_all() returns trigger language plpgsql as $$
begin
    if current_setting('rushes.all_noted_in', true) = pg_current_xact_id()::text then
        return null;
    end if;
    perform set_config('rushes.all_noted_in', pg_current_xact_id()::text, true);
    insert into search_sync_queue (asset_id, action)
    select asset_id, 'UPSERT' from asset
    union
    select asset_id, 'UPSERT' from search_ledger;
    return null;
end
$$
