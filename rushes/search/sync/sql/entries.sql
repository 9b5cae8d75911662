select l.index_name, l.asset_id, l.live_rev, l.content_hash
from search_ledger l
join index_generation g on g.name = l.index_name
where l.asset_id = any(:asset_ids)
  and g.is_written
  and g.state <> 'dropped'
