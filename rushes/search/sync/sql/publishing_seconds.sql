-- From the new rev of a film to the moment it was seen in the index, of the last publications.
-- How long the change waited in the queue before that is not kept.
select
    count(*) as publications,
    percentile_cont(0.5) within group (order by seconds) as median,
    percentile_cont(0.95) within group (order by seconds) as p95
from (
    select greatest(extract(epoch from l.updated_at - r.created_at), 0)::float8 as seconds
    from (
        select rev, index_name, asset_id, created_at
        from search_revs
        where state = 'live'
        order by rev desc
        limit :publications
    ) r
    join search_ledger l
        on l.index_name = r.index_name and l.asset_id = r.asset_id and l.live_rev = r.rev
) published
