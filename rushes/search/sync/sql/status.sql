-- How the outbox stands: what is cheap enough to be asked every few seconds.
select
    queue.rows as queue_rows,
    queue.oldest_seconds,
    queue.oldest_id,
    queue.newest_id,
    (select count(*) from search_sync_claims) as claims,
    failure.dead as dead_failures,
    failure.waiting as waiting_failures,
    failure.due as due_failures,
    (select count(*) from search_revs where state = 'retired') as unpurged_revs,
    (select count(*) from search_revs where state = 'pending') as pending_revs,
    last.at as reconciled_at,
    last.stale + last.damaged + last.strange as drift,
    -- Transactions that hold back the cleaning of dead rows, in this database or by a copy of it.
    (
        select coalesce(max(age(xmin)), 0)
        from (
            select backend_xmin as xmin from pg_stat_activity
            where backend_xmin is not null and pid <> pg_backend_pid()
            union all
            select transaction from pg_prepared_xacts
            union all
            select xmin from pg_replication_slots where xmin is not null
        ) holder
    ) as oldest_xmin_age,
    (
        select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8
        from pg_stat_activity
        where backend_xmin is not null and pid <> pg_backend_pid()
    ) as oldest_transaction_seconds,
    (
        select coalesce(max(n_dead_tup), 0) from pg_stat_user_tables
        where relid = 'search_sync_queue'::regclass
    ) as queue_dead_rows
from (
    select
        count(*) as rows,
        coalesce(min(id), 0) as oldest_id,
        coalesce(max(id), 0) as newest_id,
        case when count(*) > 0
            then greatest(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8
        end as oldest_seconds
    from search_sync_queue
) queue
cross join (
    select
        count(*) filter (where is_dead) as dead,
        count(*) filter (where not is_dead) as waiting,
        count(*) filter (where not is_dead and next_attempt_at <= now()) as due
    from search_sync_failures
) failure
left join lateral (
    select at, stale, damaged, strange from search_reconciliations order by at desc limit 1
) last on true
