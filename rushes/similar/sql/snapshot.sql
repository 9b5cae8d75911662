select cast(pg_current_snapshot() as text) as snapshot
