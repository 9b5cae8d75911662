insert into asset (
    asset_id, library_slug, path, content_hash, size_bytes, mtime_ns, duration_ms, capture_time,
    preview_ready, playable, searchable
)
select asset_id, library, asset_id || '.mp4', 'hash-' || asset_id, 1, 1, duration_ms, captured_at,
    true, true, true
from unnest(
    cast(:asset_ids as text[]), cast(:libraries as text[]), cast(:durations as bigint[]),
    cast(:dates as timestamptz[])
) as f(asset_id, library, duration_ms, captured_at)
