-- What makes a run answer is noted with current_runs; here what a document shows of one.
create function search_note_runs() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        insert into search_sync_queue (asset_id, action)
        select distinct asset_id, 'UPSERT' from old_rows where status = 'completed';
    else
        insert into search_sync_queue (asset_id, action)
        select distinct n.asset_id, 'UPSERT'
        from new_rows n
        join old_rows o using (run_id)
        where 'completed' in (n.status, o.status)
          and (n.status, n.asset_id, n.model_profile, n.producer)
              is distinct from (o.status, o.asset_id, o.model_profile, o.producer);
    end if;
    return null;
end
$$
