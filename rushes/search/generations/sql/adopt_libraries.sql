-- Libraries that no index answers for and none is built for get the newest one in use: one without
-- films at once, any other once its films are in, so until then Postgres answers.
insert into library_model_policy as p (
    library_slug, active_index_name, shadow_index_name, promotion_progress
)
select l.slug,
    case when not has.films then newest.name end,
    case when has.films then newest.name end,
    case when has.films then cast(:noted as jsonb) else '{}' end
from libraries l
cross join lateral (
    select exists (select from asset a where a.library_slug = l.slug) as films
) has
cross join (
    select name from index_generation where state = 'active'
    order by created_at desc, name limit 1
) newest
on conflict (library_slug) do update
set active_index_name = excluded.active_index_name,
    shadow_index_name = excluded.shadow_index_name,
    promotion_progress = p.promotion_progress || excluded.promotion_progress
where p.active_index_name is null and p.shadow_index_name is null
returning library_slug
