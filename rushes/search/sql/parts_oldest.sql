-- Documents of films in order of capture and time: each film's own one, then its scenes.
select a.asset_id, p.part
from asset a
cross join lateral (
    select a.asset_id as part, 0 as start_ms
    union all
    select s.artifact_id, s.start_ms
    from scene_ranges s
    join current_runs c on c.run_id = s.run_id
    where s.asset_id = a.asset_id
) p
where cast(:films as text[]) is null or a.asset_id = any(cast(:films as text[]))
order by coalesce(a.capture_time, 'infinity'::timestamptz), a.asset_id, p.start_ms
limit :most
