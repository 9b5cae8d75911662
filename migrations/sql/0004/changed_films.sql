-- Run at commit for each row of film_changes: several of one film and stage are one refresh.
create function refresh_changed_film() returns trigger language plpgsql as $$
begin
    delete from film_changes where asset_id = new.asset_id and stage = new.stage;
    if found then
        perform refresh_film(new.asset_id, new.stage);
    end if;
    return null;
end
$$
