-- The artifacts of a film's corrections, the newest correction first, each in order of time.
select r.run_id,
       r.content_version,
       r.finished_at,
       r.content_version = f.content_version as answers,
       a.artifact_id,
       a.artifact_type,
       a.span_start_ms,
       a.span_end_ms,
       a.payload,
       (select l.actor
        from audit_log l
        where l.subject = r.run_id and l.action = 'correction.made'
        order by l.entry_id
        limit 1) as actor,
       array(select p.artifact_id
             from replaced_artifacts p
             where p.by_artifact_id = a.artifact_id
               and p.asset_id = r.asset_id
               and p.stage = r.stage
             order by p.artifact_id) as replaces
from runs r
join asset f on f.asset_id = r.asset_id
join artifacts a on a.run_id = r.run_id
where r.asset_id = :asset_id
  and r.origin = 'human'
  and r.status = 'completed'
order by r.finished_at desc, r.run_id, a.span_start_ms, a.artifact_id
