-- For tables whose rows belong to a film each: one row of the queue for each film of a statement.
create function search_note_rows() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into search_sync_queue (asset_id, action)
        select distinct asset_id, 'UPSERT' from new_rows;
    elsif tg_op = 'DELETE' then
        insert into search_sync_queue (asset_id, action)
        select distinct asset_id, 'UPSERT' from old_rows;
    else
        insert into search_sync_queue (asset_id, action)
        select asset_id, 'UPSERT' from old_rows
        union
        select asset_id, 'UPSERT' from new_rows;
    end if;
    return null;
end
$$
