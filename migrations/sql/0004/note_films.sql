create function note_changed_films() returns trigger language plpgsql as $$
begin
    insert into film_changes (asset_id, stage)
    select distinct n.asset_id, r.stage
    from new_rows n
    join old_rows o using (asset_id)
    join runs r on r.asset_id = n.asset_id and r.status = 'completed'
    where (n.content_version, n.capture_time, n.library_slug)
        is distinct from (o.content_version, o.capture_time, o.library_slug);
    return null;
end
$$
