create function note_changed_policies() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        insert into film_changes (asset_id, stage)
        select distinct asset_id, stage from old_rows where stage is not null;
    end if;
    if tg_op <> 'DELETE' then
        insert into film_changes (asset_id, stage)
        select distinct asset_id, stage from new_rows where stage is not null;
    end if;
    return null;
end
$$
