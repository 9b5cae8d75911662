-- What a search rests on, at one moment: the ledger's state, which index answers for each library,
-- and what is meant by the films and people of the filters.
-- `excluded`: what the indexes may hold and does not count; null where the caller knows it already.
select
    s.serial,
    s.max_rev,
    coalesce((
        select jsonb_object_agg(l.slug, p.active_index_name)
        from libraries l
        left join library_model_policy p on p.library_slug = l.slug
    ), '{}') as libraries,
    array(select asset_id from asset where asset_id = any(:asset_ids)) as asset_ids,
    coalesce((
        select jsonb_object_agg(meant.name, meant.ids)
        from (
            select asked.name, jsonb_agg(distinct p.effective_id) as ids
            from unnest(cast(:people as text[])) as asked(name)
            join people p on p.cluster_id = asked.name or lower(p.name) = lower(asked.name)
            where not p.hidden
            group by asked.name
        ) meant
    ), '{}') as people,
    case when s.serial <> :known_serial then array(
        select rev from search_revs where state in ('pending', 'retired') order by rev
    ) end as excluded
from search_ledger_serial s
