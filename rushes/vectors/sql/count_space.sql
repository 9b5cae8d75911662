select
    (
        select count(*)
        from embeddings
        where kind = :kind
          and model = :model
          and model_version = :model_version
          and dimension = :dimension
    ) as embeddings,
    coalesce(
        greatest(
            (
                select max(seq)
                from embeddings
                where kind = :kind
                  and model = :model
                  and model_version = :model_version
                  and dimension = :dimension
            ),
            (
                select max(seq)
                from embedding_tombstones
                where kind = :kind
                  and model = :model
                  and model_version = :model_version
                  and dimension = :dimension
            )
        ),
        0
    ) as latest_seq
