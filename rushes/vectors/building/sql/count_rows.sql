select count(*) as count
from embeddings
where kind = :kind
  and model = :model
  and model_version = :model_version
  and dimension = :dimension
  and seq <= :until
