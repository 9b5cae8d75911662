-- Faces of the same content that earlier runs gave to people, the newest run first.
select a.span_start_ms,
       a.payload,
       coalesce(f.split_id, f.cluster_id) as cluster_id
from runs mine
join runs r on r.asset_id = mine.asset_id
           and r.content_version = mine.content_version
           and r.stage = mine.stage
           and r.status = 'completed'
           and r.run_id <> mine.run_id
join face_assignments f on f.run_id = r.run_id
join artifacts a on a.artifact_id = f.artifact_id
where mine.run_id = :run_id
order by r.finished_at desc, r.run_id desc, a.span_start_ms, a.artifact_id
