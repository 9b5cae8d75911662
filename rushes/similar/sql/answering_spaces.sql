-- Of these spaces those with a run that answers. A run is of one analyser, so its embeddings are all
-- of one space, and one of them tells which: a space that is no longer used costs a look a run.
select space.kind, space.model, space.model_version, space.dimension
from unnest(
    cast(:kinds as text[]),
    cast(:models as text[]),
    cast(:model_versions as text[]),
    cast(:dimensions as integer[]),
    cast(:stages as text[])
) as space(kind, model, model_version, dimension, stage)
cross join lateral (
    select
    from current_runs c
    cross join lateral (
        select e.kind, e.model, e.model_version, e.dimension
        from embeddings e
        where e.run_id = c.run_id
        limit 1
    ) own
    where c.stage = space.stage
      and own.kind = space.kind
      and own.model = space.model
      and own.model_version = space.model_version
      and own.dimension = space.dimension
    limit 1
) answering
