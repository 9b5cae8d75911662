-- The embeddings of one space that begin in the scenes of a page; a scene without times is what of
-- the film lies in none, and then all of the film is brought.
select e.embedding_id, e.vector
from (
    select distinct h.asset_id, h.start_ms, h.end_ms
    from jsonb_to_recordset(cast(:scenes as jsonb)) as h(
        asset_id text, start_ms bigint, end_ms bigint
    )
) scene
join embeddings e
    on e.asset_id = scene.asset_id
    and e.start_ms >= coalesce(scene.start_ms, 0)
    and e.start_ms < coalesce(scene.end_ms, 9223372036854775807)
where e.kind = :kind
  and e.model = :model
  and e.model_version = :model_version
  and e.dimension = :dimension
