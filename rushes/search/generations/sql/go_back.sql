update library_model_policy p
set active_index_name = p.previous_index_name,
    previous_index_name = p.active_index_name,
    promoted_at = :now,
    promotion_progress = p.promotion_progress || coalesce((
        select jsonb_build_object('taken_back_from', g.config_hash)
        from index_generation g
        where g.name = p.active_index_name
    ), '{}')
where p.library_slug = any(cast(:slugs as text[]))
  and p.previous_index_name is not null
