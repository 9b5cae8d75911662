-- One marker takes the place of the tombstones up to `up_to`, and of an older marker. Without
-- tombstones nothing changes, so that nobody begins anew for nothing. Numbers below 0 are anchors of
-- generations: those go whose generation has not applied what is pruned.
with victims as (
    delete from embedding_tombstones
    where kind = :kind
      and model = :model
      and model_version = :model_version
      and dimension = :dimension
      and (seq > 0 or horizon < :up_to)
      and (horizon is not null or seq <= :up_to)
      and exists (
          select
          from embedding_tombstones
          where kind = :kind
            and model = :model
            and model_version = :model_version
            and dimension = :dimension
            and horizon is null
            and seq <= :up_to
      )
    returning horizon
),
marker as (
    insert into embedding_tombstones (
        kind, model, model_version, dimension, embedding_id, horizon
    )
    select
        cast(:kind as text),
        cast(:model as text),
        cast(:model_version as text),
        cast(:dimension as integer),
        '',
        greatest(cast(:up_to as bigint), max(horizon))
    from victims
    having count(*) > 0
)
select count(*) filter (where horizon is null) from victims
