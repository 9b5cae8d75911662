-- Where nothing answered, what can be gone back to and what was taken back from stay noted.
update library_model_policy p
set active_index_name = p.shadow_index_name,
    previous_index_name = coalesce(p.active_index_name, p.previous_index_name),
    shadow_index_name = null,
    promotion_progress = case
        when p.active_index_name is not null then '{}'
        else jsonb_strip_nulls(
            jsonb_build_object('taken_back_from', p.promotion_progress -> 'taken_back_from')
        )
    end,
    promoted_at = :now
where p.library_slug = any(cast(:slugs as text[]))
  and p.shadow_index_name is not null
