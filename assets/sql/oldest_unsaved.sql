-- When the oldest analysis ended whose vectors came to the space after `applied`.
select min(runs.finished_at)
from embeddings
join runs using (run_id)
where embeddings.kind = :kind
  and embeddings.model = :model
  and embeddings.model_version = :model_version
  and embeddings.dimension = :dimension
  and embeddings.seq > :applied
