-- Waits for other writers of the spaces that these films have vectors in.
select lock_embedding_spaces(array(
    select distinct embedding_space_key(kind, model, model_version, dimension)
    from embeddings
    where asset_id = any(:asset_ids)
))
