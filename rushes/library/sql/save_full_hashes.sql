-- Full hashes that a collision made known, on the current versions with that content.
update asset_versions v set full_hash = learnt.full_hash
from asset a, unnest(
    cast(:content_hash as text[]), cast(:full_hash as text[])
) as learnt (content_hash, full_hash)
where a.library_slug = :slug
  and a.content_hash = learnt.content_hash
  and v.asset_id = a.asset_id
  and v.content_version = a.content_version
  and v.full_hash is null
