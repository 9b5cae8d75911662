delete from embedding_cache c
using embeddings e
where e.artifact_id = any(:artifact_ids)
  and c.model = e.model
  and c.model_version = e.model_version
  and c.dimension = e.dimension
  and c.vector = e.vector
