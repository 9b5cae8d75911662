delete from search_sync_failures f
where f.asset_id = any(:asset_ids)
  and not exists (
      select from asset a
      join library_model_policy p on p.library_slug = a.library_slug
      join index_generation g
          on g.name in (p.active_index_name, p.shadow_index_name, p.previous_index_name)
      where a.asset_id = f.asset_id
        and g.name = f.index_name
        and g.is_written
        and g.state <> 'dropped'
  )
