-- Films that the active index of a library holds, and the one that is to follow it does not hold in
-- the same version or a later one: revs of one film grow with the time at which it was read.
select p.library_slug as library,
    count(*) as films,
    (array_agg(a.asset_id order by a.asset_id))[1:5] as some
from library_model_policy p
join asset a on a.library_slug = p.library_slug
join search_ledger active
    on active.index_name = p.active_index_name
    and active.asset_id = a.asset_id
    and active.live_rev is not null
left join search_ledger follower
    on follower.index_name = case when :goes_back then p.previous_index_name
        else p.shadow_index_name end
    and follower.asset_id = a.asset_id
    and follower.live_rev is not null
where p.library_slug = any(cast(:libraries as text[]))
  and not coalesce(
      follower.content_hash = active.content_hash or follower.live_rev > active.live_rev, false
  )
group by p.library_slug
order by p.library_slug
