-- Each further failure of a film waits four times as long as the one before; after so many it is
-- dead and waits for a person, or for a change of its source.
insert into search_sync_failures as kept (
    index_name, asset_id, attempts, next_attempt_at, error_code, error_text, is_dead,
    first_failed_at, last_failed_at
)
select
    index_name, asset_id, 1,
    case when not is_permanent then :now + make_interval(secs => :first_seconds) end,
    code, reason, is_permanent, :now, :now
from unnest(
    cast(:index_names as text[]), cast(:asset_ids as text[]), cast(:codes as text[]),
    cast(:texts as text[]), cast(:are_permanent as boolean[])
) as each (index_name, asset_id, code, reason, is_permanent)
on conflict (index_name, asset_id) do update
set attempts = kept.attempts + 1,
    is_dead = excluded.is_dead or kept.attempts + 1 >= :most,
    next_attempt_at = case
        when not excluded.is_dead and kept.attempts + 1 < :most
        then :now + make_interval(secs => :first_seconds * 4 ^ kept.attempts)
    end,
    error_code = excluded.error_code,
    error_text = excluded.error_text,
    last_failed_at = excluded.last_failed_at
