create function note_changed_faces() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        insert into film_changes (asset_id, stage) select distinct asset_id, 'faces' from old_rows;
    end if;
    if tg_op <> 'DELETE' then
        insert into film_changes (asset_id, stage) select distinct asset_id, 'faces' from new_rows;
    end if;
    return null;
end
$$
