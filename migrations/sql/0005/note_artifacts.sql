-- Artifacts never change, and new ones come with a completed run: whoever changes one all the same
-- is noticed.
create function search_note_artifacts() returns trigger language plpgsql as $$
begin
    insert into search_sync_queue (asset_id, action)
    select distinct n.asset_id, 'UPSERT'
    from new_rows n
    join old_rows o using (artifact_id)
    where n.artifact_type in ('video.metadata', 'transcript.segment')
      and n.payload is distinct from o.payload;
    return null;
end
$$
