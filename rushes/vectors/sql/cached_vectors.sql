-- Stale: its time of last use is a day old, so this use is worth a write.
select input_sha256, vector, last_used_at < now() - interval '1 day' as is_stale
from embedding_cache
where model = :model
  and model_version = :model_version
  and dimension = :dimension
  and input_sha256 = any(cast(:keys as bytea[]))
