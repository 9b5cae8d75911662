-- Full hashes of films of other libraries, unless their content has changed since they were read.
update asset_versions v set full_hash = learnt.full_hash
from asset a, unnest(
    cast(:asset_id as text[]), cast(:content_hash as text[]), cast(:full_hash as text[])
) as learnt (asset_id, content_hash, full_hash)
where a.asset_id = learnt.asset_id
  and a.content_hash = learnt.content_hash
  and v.asset_id = a.asset_id
  and v.content_version = a.content_version
  and v.full_hash is null
