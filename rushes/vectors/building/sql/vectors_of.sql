select embedding_id, vector
from embeddings
where embedding_id = any(:embedding_ids)
