select lock_embedding_spaces(array(
    select embedding_space_key(kind, model, model_version, dimension)
    from unnest(
        cast(:kinds as text[]),
        cast(:models as text[]),
        cast(:model_versions as text[]),
        cast(:dimensions as integer[])
    ) as space (kind, model, model_version, dimension)
))
