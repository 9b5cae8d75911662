-- The longest span of each of a stage's types in a film, of all its completed runs.
create function film_spans(film text, of_stage text)
returns table (artifact_type text, longest_ms bigint) language sql stable as $$
    select a.artifact_type, max(a.span_end_ms - a.span_start_ms)
    from artifacts a
    join runs r on r.run_id = a.run_id
    where a.asset_id = film
      and a.artifact_type = any(types_of_stage(of_stage))
      and r.status = 'completed'
    group by a.artifact_type
$$
