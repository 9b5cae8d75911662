select p.library_slug
from library_model_policy p
join index_generation active on active.name = p.active_index_name
left join index_generation shadow on shadow.name = p.shadow_index_name
where active.config_hash <> :config_hash
  and shadow.config_hash is distinct from :config_hash
  and p.promotion_progress ->> 'taken_back_from' is distinct from :config_hash
  and not p.locked
order by p.library_slug
