-- Whether no scene of those runs of a film holds what was found from `from_ms` to `to_ms`.
-- `longest_ms`: no scene of the film is longer.
create function lies_in_no_scene(
    film text, scene_runs text[], longest_ms bigint, from_ms bigint, to_ms bigint
) returns boolean language sql stable as $$
    select not exists (
        select from scene_ranges s
        where s.asset_id = film
          and s.run_id = any(scene_runs)
          and s.start_ms < to_ms
          and s.start_ms > from_ms - longest_ms
          and lies_in(from_ms, to_ms, s.start_ms, s.end_ms)
          and not exists (select from replaced_artifacts x where x.artifact_id = s.artifact_id)
    )
$$
