insert into embedding_cache (model, model_version, dimension, input_sha256, vector, bytes)
select :model, :model_version, :dimension, entry.key, entry.vector, :bytes
from unnest(cast(:keys as bytea[]), cast(:vectors as bytea[])) as entry (key, vector)
on conflict do nothing
