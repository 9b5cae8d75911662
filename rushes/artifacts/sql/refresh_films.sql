select refresh_film(film.id, each.stage)
from unnest(cast(:asset_ids as text[])) as film(id)
cross join unnest(cast(:stages as text[])) as each(stage)
