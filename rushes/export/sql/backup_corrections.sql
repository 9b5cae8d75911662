-- The corrections of every content, current or former, each with its artifacts.
select
    v.content_hash, v.full_hash, r.run_id, r.stage, r.model_profile, r.producer,
    r.producer_version, r.config_hash, r.input_hash, r.language, r.started_at, r.finished_at,
    r.counts, r.asset_id, r.content_version,
    (
        select l.actor from audit_log l
        where l.subject = r.run_id and l.action = 'correction.made'
        order by l.entry_id limit 1
    ) as actor,
    coalesce((
        select json_agg(json_build_object(
            'artifact_type', a.artifact_type,
            'schema_version', a.schema_version,
            'span', json_build_array(a.span_start_ms, a.span_end_ms),
            'payload', a.payload,
            'created_at', a.created_at
        ) order by a.artifact_type, a.span_start_ms, a.artifact_id)
        from artifacts a where a.run_id = r.run_id
    ), '[]') as artifacts
from runs r
join asset_versions v on v.asset_id = r.asset_id and v.content_version = r.content_version
where r.origin = 'human'
  and r.status = 'completed'
  and (cast(:asset_ids as text[]) is null or r.asset_id = any(:asset_ids))
order by v.content_hash, r.finished_at, r.run_id
