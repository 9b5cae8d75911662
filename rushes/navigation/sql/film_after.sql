-- The film so many after a place in the order of all films, where there is one.
select cast(coalesce(capture_time, 'infinity') as text) as captured_at, asset_id
from asset
where (coalesce(capture_time, 'infinity'::timestamptz), asset_id)
    >= (cast(:at_captured as timestamptz), cast(:at_film as text))
order by coalesce(capture_time, 'infinity'::timestamptz), asset_id
limit 1 offset :films
