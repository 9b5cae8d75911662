select distinct model, model_version, dimension
from embeddings
where artifact_id = any(:artifact_ids)
  and kind = 'face'
order by model, model_version, dimension
