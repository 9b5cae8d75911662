-- Films of other libraries that have, or once had, one of these contents. Results are kept by
-- content, so a former version counts; only the current one can still lie on the disk.
select
    a.asset_id,
    l.root,
    a.path,
    v.content_hash,
    v.full_hash,
    a.mtime_ns,
    v.size_bytes,
    a.state = 'present' and v.content_version = a.content_version as is_there
from asset_versions v
join asset a on a.asset_id = v.asset_id
join libraries l on l.slug = a.library_slug
where a.library_slug <> :slug
  and v.content_hash = any(cast(:content_hash as text[]))
order by a.asset_id, v.content_version
