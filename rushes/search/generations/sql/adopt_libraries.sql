insert into library_model_policy as p (library_slug, active_index_name)
select l.slug, newest.name
from libraries l
cross join (
    select name from index_generation where state = 'active'
    order by created_at desc, name limit 1
) newest
on conflict (library_slug) do update
set active_index_name = excluded.active_index_name
where p.active_index_name is null
returning library_slug
