insert into asset (asset_id, library_slug, path, content_hash, size_bytes, mtime_ns, duration_ms)
select asset_id, :library, asset_id || '.mp4', asset_id, 1, 1, 8000
from unnest(cast(:asset_ids as text[])) as asset_id
