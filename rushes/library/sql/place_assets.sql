-- Films that are there with the content they had: where they lie now.
update asset a set
    path = film.path,
    mtime_ns = film.mtime_ns,
    state = 'present',
    missing_since = null,
    updated_at = :now
from unnest(
    cast(:asset_id as text[]), cast(:path as text[]), cast(:mtime_ns as bigint[])
) as film (asset_id, path, mtime_ns)
where a.asset_id = film.asset_id
