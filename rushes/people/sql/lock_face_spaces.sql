select lock_embedding_spaces(array(
    select distinct embedding_space_key(kind, model, model_version, dimension)
    from embeddings
    where kind = 'face'
))
