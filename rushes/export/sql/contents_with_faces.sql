-- The contents of a library whose faces were looked for.
select distinct v.content_hash
from asset a
join runs r on r.asset_id = a.asset_id and r.stage = 'faces' and r.status = 'completed'
join asset_versions v on v.asset_id = r.asset_id and v.content_version = r.content_version
where a.library_slug = :library_slug
  and r.origin <> 'human'
order by 1
