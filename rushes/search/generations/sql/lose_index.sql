-- What was active and is lost is filled again as a shadow, unless another is being built already;
-- either takes over by itself, since nothing answers meanwhile.
update library_model_policy p
set active_index_name = null,
    shadow_index_name = coalesce(p.shadow_index_name, p.active_index_name),
    promotion_progress =
        cast(:noted as jsonb) || p.promotion_progress || '{"promote_when_ready": true}'
where p.active_index_name = :index_name
returning library_slug
