-- A film that readers find and that nothing waits for, taken at random.
select l.asset_id
from search_ledger l
join asset a on a.asset_id = l.asset_id
join library_model_policy p
    on p.library_slug = a.library_slug and p.active_index_name = l.index_name
where l.live_rev is not null
  and l.doc_count > 0
  and not exists (select from search_sync_queue q where q.asset_id = l.asset_id)
order by random()
limit 1
