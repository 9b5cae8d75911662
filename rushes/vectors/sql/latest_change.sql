-- The highest number of a space above `applied`; null where there is none. Both halves are one
-- look at the end of an index, whatever lies below.
select greatest(
    (
        select max(seq)
        from embeddings
        where kind = :kind
          and model = :model
          and model_version = :model_version
          and dimension = :dimension
          and seq > :applied
    ),
    (
        select max(seq)
        from embedding_tombstones
        where kind = :kind
          and model = :model
          and model_version = :model_version
          and dimension = :dimension
          and seq > :applied
    )
) as seq
