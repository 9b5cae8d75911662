-- `horizon`: of a marker, up to where the tombstones of the space were pruned.
select seq, embedding_id, run_id, vector, cast(null as bigint) as horizon
from embeddings
where kind = :kind
  and model = :model
  and model_version = :model_version
  and dimension = :dimension
  and seq > :applied
union all
select seq, embedding_id, null, null, horizon
from embedding_tombstones
where kind = :kind
  and model = :model
  and model_version = :model_version
  and dimension = :dimension
  and seq > :applied
order by seq
limit :limit
