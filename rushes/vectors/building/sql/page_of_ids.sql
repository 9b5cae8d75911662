select seq, embedding_id, run_id
from embeddings
where kind = :kind
  and model = :model
  and model_version = :model_version
  and dimension = :dimension
  and seq > :after
order by seq
limit :limit
