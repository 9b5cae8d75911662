-- Films that readers of a library can find now, and could not in the index that is to follow.
-- Beside an active index: what that one holds and the other does not hold in the same version or a
-- later one; revs of one film grow with the time at which it was read. Where none is active,
-- Postgres answers: whatever waits or is tried again, and has no end as a dead film has.
select p.library_slug as library,
    count(*) as films,
    (array_agg(a.asset_id order by a.asset_id))[1:5] as some
from library_model_policy p
join asset a on a.library_slug = p.library_slug
left join search_ledger active
    on active.index_name = p.active_index_name
    and active.asset_id = a.asset_id
    and active.live_rev is not null
left join search_ledger follower
    on follower.index_name = case when :goes_back then p.previous_index_name
        else p.shadow_index_name end
    and follower.asset_id = a.asset_id
    and follower.live_rev is not null
left join search_sync_failures failed
    on failed.index_name = case when :goes_back then p.previous_index_name
        else p.shadow_index_name end
    and failed.asset_id = a.asset_id
where p.library_slug = any(cast(:libraries as text[]))
  and case
      when p.active_index_name is not null then
          active.live_rev is not null
          and not coalesce(
              follower.content_hash = active.content_hash or follower.live_rev > active.live_rev,
              false
          )
      when exists (select from search_sync_queue q where q.asset_id = a.asset_id)
          or exists (select from search_sync_claims c where c.asset_id = a.asset_id)
          then true
      when failed.asset_id is not null then :goes_back or not failed.is_dead
      else follower.live_rev is null
  end
group by p.library_slug
order by p.library_slug
