-- The scene of the answering run that runs at a time of a film.
select r.artifact_id
from scene_ranges r
join current_runs c on c.run_id = r.run_id and c.asset_id = r.asset_id and c.stage = 'scenes'
where r.asset_id = :asset_id
  and r.start_ms <= cast(:at_ms as bigint)
  and r.end_ms > cast(:at_ms as bigint)
  and not exists (select from replaced_artifacts x where x.artifact_id = r.artifact_id)
order by r.start_ms desc, r.artifact_id
limit 1
