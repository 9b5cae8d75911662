with gone as (
    select index_name, asset_id
    from unnest(cast(:index_names as text[]), cast(:asset_ids as text[]))
        as each (index_name, asset_id)
),
retired as (
    update search_revs r
    set state = 'retired', live_to = :serial, retired_at = :now
    from gone g
    where r.index_name = g.index_name and r.asset_id = g.asset_id and r.state = 'live'
)
delete from search_ledger l
using gone g
where l.index_name = g.index_name and l.asset_id = g.asset_id
