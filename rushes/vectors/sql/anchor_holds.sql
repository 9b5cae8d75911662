select exists (
    select
    from embedding_tombstones
    where seq = :mark
      and kind = :kind
      and model = :model
      and model_version = :model_version
      and dimension = :dimension
) as holds
