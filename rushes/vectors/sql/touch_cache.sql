-- An entry that another process has in hand is left to it: nobody waits for a time of last use.
with free as (
    select model, model_version, dimension, input_sha256
    from embedding_cache
    where model = :model
      and model_version = :model_version
      and dimension = :dimension
      and input_sha256 = any(cast(:keys as bytea[]))
    for update skip locked
)
update embedding_cache
set last_used_at = now()
from free
where embedding_cache.model = free.model
  and embedding_cache.model_version = free.model_version
  and embedding_cache.dimension = free.dimension
  and embedding_cache.input_sha256 = free.input_sha256
