-- A row for each given space, in their order. `since`: of the embeddings those above `applied`.
-- `is_cut_off`: tombstones that came after `applied` were pruned.
select counted.total, counted.since, buried.since as buried_since, buried.is_cut_off
from unnest(
    cast(:kinds as text[]),
    cast(:models as text[]),
    cast(:model_versions as text[]),
    cast(:dimensions as integer[]),
    cast(:applied as bigint[])
) with ordinality as space (kind, model, model_version, dimension, applied, number)
cross join lateral (
    select count(*) as total, count(*) filter (where e.seq > space.applied) as since
    from embeddings e
    where e.kind = space.kind
      and e.model = space.model
      and e.model_version = space.model_version
      and e.dimension = space.dimension
) as counted
cross join lateral (
    select
        count(*) filter (where t.horizon is null) as since,
        count(*) filter (where t.horizon > space.applied) > 0 as is_cut_off
    from embedding_tombstones t
    where t.kind = space.kind
      and t.model = space.model
      and t.model_version = space.model_version
      and t.dimension = space.dimension
      and t.seq > space.applied
) as buried
order by space.number
