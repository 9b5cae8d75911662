-- The films in which a renamed person is seen.
create function search_note_people() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into search_sync_queue (asset_id, action)
        select distinct f.asset_id, 'UPSERT'
        from face_clusters f join new_rows n on n.cluster_id = f.cluster_id;
    elsif tg_op = 'DELETE' then
        insert into search_sync_queue (asset_id, action)
        select distinct f.asset_id, 'UPSERT'
        from face_clusters f join old_rows o on o.cluster_id = f.cluster_id;
    else
        insert into search_sync_queue (asset_id, action)
        select distinct f.asset_id, 'UPSERT'
        from face_clusters f
        join (
            (select cluster_id, name from new_rows except select cluster_id, name from old_rows)
            union all
            (select cluster_id, name from old_rows except select cluster_id, name from new_rows)
        ) changed on changed.cluster_id = f.cluster_id;
    end if;
    return null;
end
$$
