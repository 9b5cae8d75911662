with named as (
    select g.name, g.state, g.created_at,
        coalesce(bool_or(p.active_index_name = g.name), false) as is_active,
        coalesce(bool_or(p.shadow_index_name = g.name), false) as is_shadow,
        coalesce(bool_or(p.previous_index_name = g.name), false) as is_previous
    from index_generation g
    left join library_model_policy p
        on g.name in (p.active_index_name, p.shadow_index_name, p.previous_index_name)
    where g.state <> 'dropped'
    group by g.name
),
-- Where there is no library yet, or none any more, the next one needs an index.
waiting as (
    select name from named
    where state = 'active' and not exists (select from named where is_active)
    order by created_at desc, name limit 1
),
wanted as (
    select name,
        case
            when is_active or name in (select name from waiting) then 'active'
            when is_shadow then 'building'
            else 'draining'
        end as state,
        is_active or is_shadow or is_previous or name in (select name from waiting) as is_written
    from named
)
update index_generation g
set state = w.state, is_written = w.is_written, changed_at = :now
from wanted w
where g.name = w.name
  and (g.state, g.is_written) is distinct from (w.state, w.is_written)
