-- The films of a library that have or had these contents.
select v.asset_id, v.content_version, v.content_hash, v.full_hash,
    a.content_version = v.content_version as is_current,
    a.is_favorite
from asset a
join asset_versions v on v.asset_id = a.asset_id
where a.library_slug = :library_slug
  and (v.content_hash = any(:contents) or v.full_hash = any(:full_hashes))
order by v.asset_id, v.content_version
