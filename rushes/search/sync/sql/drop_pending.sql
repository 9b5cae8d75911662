with gone as (
    update search_revs
    set state = 'retired', retired_at = :now
    where rev = any(cast(:revs as bigint[])) and state = 'pending'
    returning rev, index_name, asset_id
),
noted as (
    update search_ledger l
    set pending_rev = null
    from gone g
    where l.index_name = g.index_name
      and l.asset_id = g.asset_id
      and l.pending_rev = g.rev
      and l.live_rev is not null
)
delete from search_ledger l
using gone g
where l.index_name = g.index_name
  and l.asset_id = g.asset_id
  and l.pending_rev = g.rev
  and l.live_rev is null
