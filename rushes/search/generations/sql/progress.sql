-- How far the shadow of each library is. A film that is not found in the active index either is
-- only waited for where something is still to be done for it. Where no index is active yet, all
-- films are waited for but dead ones: see lacking.sql.
with film as (
    select p.library_slug, a.asset_id,
        p.active_index_name is null as is_first,
        active.live_rev is not null or p.active_index_name is null as is_needed,
        case
            when shadow.live_rev is null then false
            when p.active_index_name is null
                then not waits.is_waiting and coalesce(f.is_dead, true)
            else coalesce(
                active.live_rev is null
                or shadow.content_hash = active.content_hash
                or shadow.live_rev > active.live_rev,
                false
            )
        end as is_there,
        f.asset_id is not null as has_failed,
        coalesce(f.is_dead, false) and not (p.active_index_name is null and waits.is_waiting)
            as is_dead,
        waits.is_waiting
    from library_model_policy p
    join asset a on a.library_slug = p.library_slug
    left join search_ledger active
        on active.index_name = p.active_index_name and active.asset_id = a.asset_id
    left join search_ledger shadow
        on shadow.index_name = p.shadow_index_name and shadow.asset_id = a.asset_id
    left join search_sync_failures f
        on f.index_name = p.shadow_index_name and f.asset_id = a.asset_id
    cross join lateral (
        select exists (select from search_sync_queue q where q.asset_id = a.asset_id)
            or exists (select from search_sync_claims c where c.asset_id = a.asset_id)
            as is_waiting
    ) waits
    where p.shadow_index_name is not null
)
select p.library_slug as library,
    p.shadow_index_name as generation,
    p.active_index_name is null as is_first,
    p.promotion_progress as noted,
    p.locked,
    count(f.asset_id) as films,
    count(*) filter (
        where f.is_there or not (f.is_needed or f.is_waiting or f.has_failed)
    ) as done,
    count(*) filter (where f.is_dead and not f.is_there) as failed,
    count(*) filter (where f.is_dead and not f.is_there and f.is_needed and not f.is_first)
        as blocking
from library_model_policy p
left join film f on f.library_slug = p.library_slug
where p.shadow_index_name is not null
group by p.library_slug
order by p.library_slug
