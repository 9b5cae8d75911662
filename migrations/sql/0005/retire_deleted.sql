-- A deleted film counts no more from its commit on, whatever the indexes hold. Run at the commit, so
-- that the ledger is held for a moment only; after the lock that the other work of commits takes, so
-- that all take both in this order.
create function search_retire_deleted() returns trigger language plpgsql as $$
declare
    now_serial bigint;
begin
    if not exists (select from search_ledger where asset_id = old.asset_id)
        or exists (select from asset where asset_id = old.asset_id)
    then
        return null;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('rushes: derived of films', 0));
    update search_ledger_serial set serial = serial + 1 returning serial into now_serial;
    -- Without retired_at, which is by the clock of those who purge: they add it.
    update search_revs
    set state = 'retired', live_to = now_serial
    where asset_id = old.asset_id and state = 'live';
    update search_ledger
    set live_rev = null, content_hash = null, doc_count = 0
    where asset_id = old.asset_id;
    return null;
end
$$
