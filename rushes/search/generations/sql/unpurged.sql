-- Libraries whose index holds more revs that readers leave out than is good, and for which a new
-- one may be begun. One that was taken back from this configuration stays where it is.
select p.library_slug
from library_model_policy p
where not p.locked
  and p.shadow_index_name is null
  and p.promotion_progress ->> 'taken_back_from' is distinct from :config_hash
  and p.active_index_name in (
      select index_name from search_revs
      where state in ('pending', 'retired')
      group by index_name
      having count(*) > :bound
  )
order by p.library_slug
