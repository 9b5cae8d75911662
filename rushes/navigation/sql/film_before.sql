-- The film so many before a place in the order of all films, where there is one.
select cast(coalesce(capture_time, 'infinity') as text) as captured_at, asset_id
from asset
where (coalesce(capture_time, 'infinity'::timestamptz), asset_id)
    <= (cast(:at_captured as timestamptz), cast(:at_film as text))
order by coalesce(capture_time, 'infinity'::timestamptz) desc, asset_id desc
limit 1 offset :films
