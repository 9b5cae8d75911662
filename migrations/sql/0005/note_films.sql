create function search_note_films() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        insert into search_sync_queue (asset_id, action) select asset_id, 'DELETE' from old_rows;
    elsif tg_op = 'INSERT' then
        insert into search_sync_queue (asset_id, action) select asset_id, 'UPSERT' from new_rows;
    else
        -- A scan touches every film; only what a document shows is a change.
        insert into search_sync_queue (asset_id, action)
        select asset_id, 'UPSERT'
        from (
            select asset_id, library_slug, path, content_version, duration_ms, capture_time,
                is_favorite, offline_ready, preview_ready, playable, searchable
            from new_rows
            except
            select asset_id, library_slug, path, content_version, duration_ms, capture_time,
                is_favorite, offline_ready, preview_ready, playable, searchable
            from old_rows
        ) changed;
        insert into search_sync_queue (asset_id, action)
        select asset_id, 'DELETE'
        from old_rows o
        where not exists (select from new_rows n where n.asset_id = o.asset_id);
    end if;
    return null;
end
$$
