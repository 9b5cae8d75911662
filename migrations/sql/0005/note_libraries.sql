-- A new library is searched in the generation that is newest among those in use.
create function search_note_libraries() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into library_model_policy (library_slug, active_index_name)
        select n.slug, (
            select name from index_generation where state = 'active'
            order by created_at desc, name limit 1
        )
        from new_rows n
        on conflict (library_slug) do nothing;
    else
        insert into search_sync_queue (asset_id, action)
        select a.asset_id, 'UPSERT'
        from asset a
        where a.library_slug in (
            select slug from new_rows except select slug from old_rows
        );
    end if;
    return null;
end
$$
