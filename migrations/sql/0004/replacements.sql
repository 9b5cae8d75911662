-- Which artifacts of a film and a stage are replaced by a person's correction: those of the same
-- type that it overlaps by more than half of the shorter span. Of corrections the later one holds.
create function replacements(film text, of_stage text)
returns table (artifact_id text, by_artifact_id text) language sql stable as $$
    select old.artifact_id, new.artifact_id
    from runs by_hand
    join artifacts new on new.run_id = by_hand.run_id and new.asset_id = film
    join runs other
        on other.asset_id = by_hand.asset_id
        and other.stage = by_hand.stage
        and other.content_version = by_hand.content_version
        and other.status = 'completed'
        and (
            other.origin <> 'human'
            or (other.finished_at, other.run_id) < (by_hand.finished_at, by_hand.run_id)
        )
    join artifacts old
        on old.run_id = other.run_id
        and old.asset_id = film
        and old.artifact_type = new.artifact_type
        and old.span_start_ms < new.span_end_ms
        and old.span_end_ms > new.span_start_ms
    where by_hand.asset_id = film
      and by_hand.stage = of_stage
      and by_hand.origin = 'human'
      and by_hand.status = 'completed'
      and 2 * (
          least(old.span_end_ms, new.span_end_ms) - greatest(old.span_start_ms, new.span_start_ms)
      ) > least(
          old.span_end_ms - old.span_start_ms, new.span_end_ms - new.span_start_ms
      )
$$
