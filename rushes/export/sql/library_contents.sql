-- The contents that the films of a library have or had.
select distinct v.content_hash
from asset a
join asset_versions v on v.asset_id = a.asset_id
where a.library_slug = :library_slug
