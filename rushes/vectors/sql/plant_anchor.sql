insert into embedding_tombstones (
    seq, kind, model, model_version, dimension, embedding_id, horizon
)
values (:mark, :kind, :model, :model_version, :dimension, '', :applied_seq)
