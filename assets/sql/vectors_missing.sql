select count(*)
from artifacts
left join embeddings using (artifact_id)
where artifacts.run_id = :run_id
  and artifacts.payload ->> 'embedding_id' is distinct from embeddings.embedding_id
