select seq, embedding_id, run_id, vector
from embeddings
where kind = :kind
  and model = :model
  and model_version = :model_version
  and dimension = :dimension
  and seq > :after
  and seq <= :until
order by seq
limit :limit
