-- The current content of films as a version of its own, where it is not one yet.
insert into asset_versions (asset_id, content_version, content_hash, size_bytes, created_at)
select asset_id, content_version, content_hash, size_bytes, :now
from asset
where asset_id = any(cast(:asset_id as text[]))
on conflict (asset_id, content_version) do nothing
