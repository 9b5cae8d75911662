-- The newest run of a film's current content that is as described.
select r.run_id
from runs r
join asset a on a.asset_id = r.asset_id and a.content_version = r.content_version
where r.asset_id = :asset_id
  and r.status = 'completed'
  and r.stage = :stage
  and r.config_hash = :config_hash
  and r.model_profile = :model_profile
  and r.origin = :origin
  and r.language is not distinct from :language
order by r.finished_at desc, r.run_id desc
