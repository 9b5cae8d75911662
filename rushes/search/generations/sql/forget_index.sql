-- What was not seen whole in the lost index may still be on its way, into the new one: the purge
-- waits for it. The rest is nowhere.
with gone as (
    update search_revs
    set state = case when is_published then 'purged' else 'retired' end,
        live_to = case when state = 'live' then :serial else live_to end,
        retired_at = coalesce(retired_at, :now),
        task_opstamp = null,
        task_at = null
    where index_name = :index_name and state <> 'purged'
)
delete from search_ledger where index_name = :index_name
