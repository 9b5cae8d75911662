select a.asset_id, g.name as index_name
from asset a
left join library_model_policy p on p.library_slug = a.library_slug
left join index_generation g
    on g.name in (p.active_index_name, p.shadow_index_name, p.previous_index_name)
    and g.is_written
    and g.state <> 'dropped'
where a.asset_id = any(:asset_ids)
order by a.asset_id, g.name
