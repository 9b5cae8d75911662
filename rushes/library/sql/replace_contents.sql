-- Films with new content: the next version, of which nothing is ready. What a person set stays.
update asset a set
    content_hash = film.content_hash,
    content_version = a.content_version + 1,
    size_bytes = film.size_bytes,
    mtime_ns = film.mtime_ns,
    state = 'present',
    missing_since = null,
    duration_ms = null,
    capture_time = null,
    preview_ready = false,
    playable = false,
    searchable = false,
    offline_ready = false,
    updated_at = :now
from unnest(
    cast(:asset_id as text[]), cast(:content_hash as text[]),
    cast(:size_bytes as bigint[]), cast(:mtime_ns as bigint[])
) as film (asset_id, content_hash, size_bytes, mtime_ns)
where a.asset_id = film.asset_id
