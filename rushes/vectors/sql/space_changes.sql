select seq, embedding_id, vector
from embeddings
where kind = :kind
  and model = :model
  and model_version = :model_version
  and dimension = :dimension
  and seq > :applied
union all
select seq, embedding_id, null
from embedding_tombstones
where kind = :kind
  and model = :model
  and model_version = :model_version
  and dimension = :dimension
  and seq > :applied
order by seq
limit :limit
