-- The timeline changes when a backup is restored up to a moment, and when a standby takes over.
-- The sequence is made anew where the tables are, as a restored dump makes them.
select
    case
        when pg_is_in_recovery() then 'recovery'
        else left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)
    end as timeline,
    cast(oid as text) as database,
    cast(cast(cast('embedding_seq' as regclass) as oid) as text) as sequence
from pg_database
where datname = current_database()
