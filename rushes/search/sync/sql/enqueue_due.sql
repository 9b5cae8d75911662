-- Their time is taken away, so that each is asked for once.
with due as (
    update search_sync_failures
    set next_attempt_at = null
    where next_attempt_at <= :now and not is_dead
    returning asset_id
)
insert into search_sync_queue (asset_id, action)
select distinct asset_id, 'UPSERT' from due
