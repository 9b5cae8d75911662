-- What Postgres holds of films, in numbers.
select
    a.asset_id,
    a.library_slug,
    a.path,
    a.state,
    (select count(*) from runs r where r.asset_id = a.asset_id) as runs,
    (select count(*) from runs r where r.asset_id = a.asset_id and r.origin = 'human')
        as corrections,
    (select count(*) from artifacts x where x.asset_id = a.asset_id) as artifacts,
    (select count(*) from embeddings e where e.asset_id = a.asset_id) as vectors,
    (select count(*) from face_assignments f where f.asset_id = a.asset_id) as faces,
    (select count(*) from favourite_scenes s where s.asset_id = a.asset_id)
        + cast(a.is_favorite as integer) as favourites
from asset a
where a.asset_id = any(:asset_ids)
order by a.library_slug, a.path, a.asset_id
