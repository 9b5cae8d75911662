-- Looks at many files, in one statement.
insert into library_files (
    library_slug, path, size_bytes, mtime_ns, first_seen_at, seen_at,
    state, content_hash, asset_id, error_code, error_text
)
select
    :slug, path, size_bytes, mtime_ns, first_seen_at, :now,
    state, content_hash, asset_id, error_code, error_text
from unnest(
    cast(:path as text[]), cast(:size_bytes as bigint[]), cast(:mtime_ns as bigint[]),
    cast(:first_seen_at as timestamptz[]), cast(:state as text[]),
    cast(:content_hash as text[]), cast(:asset_id as text[]),
    cast(:error_code as text[]), cast(:error_text as text[])
) as look (
    path, size_bytes, mtime_ns, first_seen_at, state,
    content_hash, asset_id, error_code, error_text
)
on conflict (library_slug, path) do update set
    size_bytes = excluded.size_bytes,
    mtime_ns = excluded.mtime_ns,
    first_seen_at = excluded.first_seen_at,
    seen_at = excluded.seen_at,
    state = excluded.state,
    content_hash = excluded.content_hash,
    asset_id = excluded.asset_id,
    error_code = excluded.error_code,
    error_text = excluded.error_text
