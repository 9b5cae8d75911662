-- A living worker holds an advisory lock by its key; who gets it proves the worker dead.
with worker as materialized (
    select distinct worker_key from search_sync_claims
),
dead as materialized (
    select worker_key from worker where pg_try_advisory_xact_lock(worker_key)
)
delete from search_sync_claims c
using dead d
where c.worker_key = d.worker_key
returning c.asset_id
