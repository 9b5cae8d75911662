select r.*,
       r.content_version = f.content_version as is_current,
       exists (select from current_runs c where c.run_id = r.run_id) as is_chosen,
       array(select p.artifact_id
             from replaced_artifacts p
             where p.by_artifact_id = a.artifact_id
               and p.asset_id = r.asset_id
               and p.stage = r.stage
             order by p.artifact_id) as replaces,
       array(select p.by_artifact_id
             from replaced_artifacts p
             where p.artifact_id = a.artifact_id
             order by p.by_artifact_id) as replaced_by
from artifacts a
join runs r on r.run_id = a.run_id
join asset f on f.asset_id = a.asset_id
where a.artifact_id = :artifact_id
