-- New films.
insert into asset (
    asset_id, library_slug, path, content_hash, size_bytes, mtime_ns, created_at, updated_at
)
select asset_id, :slug, path, content_hash, size_bytes, mtime_ns, :now, :now
from unnest(
    cast(:asset_id as text[]), cast(:path as text[]), cast(:content_hash as text[]),
    cast(:size_bytes as bigint[]), cast(:mtime_ns as bigint[])
) as film (asset_id, path, content_hash, size_bytes, mtime_ns)
order by asset_id
