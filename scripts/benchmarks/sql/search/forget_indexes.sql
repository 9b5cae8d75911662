truncate search_sync_queue, search_sync_claims, search_sync_failures, search_ledger, search_revs,
    search_reconciliations;
update library_model_policy
set active_index_name = null, shadow_index_name = null, previous_index_name = null,
    locked = false, locked_since = null, promotion_progress = '{}', promoted_at = null;
delete from index_generation;
update search_ledger_serial set serial = 0, max_rev = 0
