insert into vector_purges (kind, model, model_version, dimension, seq)
select space.kind, space.model, space.model_version, space.dimension, newest.seq
from (
    select distinct *
    from unnest(
        cast(:kinds as text[]),
        cast(:models as text[]),
        cast(:model_versions as text[]),
        cast(:dimensions as integer[])
    ) as given (kind, model, model_version, dimension)
) as space
cross join lateral (
    select max(t.seq) as seq
    from embedding_tombstones t
    where t.kind = space.kind
      and t.model = space.model
      and t.model_version = space.model_version
      and t.dimension = space.dimension
      and t.seq > 0
) as newest
where newest.seq is not null
on conflict (kind, model, model_version, dimension) do update
set seq = greatest(vector_purges.seq, excluded.seq), asked_at = now()
