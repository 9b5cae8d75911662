create function note_changed_runs() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into film_changes (asset_id, stage)
        select distinct asset_id, stage from new_rows where status = 'completed';
    elsif tg_op = 'DELETE' then
        insert into film_changes (asset_id, stage)
        select distinct asset_id, stage from old_rows where status = 'completed';
    else
        insert into film_changes (asset_id, stage)
        select distinct n.asset_id, n.stage
        from new_rows n join old_rows o using (run_id)
        where 'completed' in (n.status, o.status)
          and (n.status, n.origin, n.language, n.model_profile, n.finished_at, n.content_version)
              is distinct from
              (o.status, o.origin, o.language, o.model_profile, o.finished_at, o.content_version);
    end if;
    return null;
end
$$
