-- Whether what was found from `start_ms` to `end_ms` lies in a scene: if they overlap by half of the
-- shorter one or by half a second. What is found within a film so lies in one scene at least.
create function lies_in(start_ms bigint, end_ms bigint, scene_start_ms bigint, scene_end_ms bigint)
returns boolean language sql immutable parallel safe as $$
    select 2 * (least(end_ms, scene_end_ms) - greatest(start_ms, scene_start_ms))
        >= least(1000, end_ms - start_ms, scene_end_ms - scene_start_ms)
$$
