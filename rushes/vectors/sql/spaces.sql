-- The distinct spaces of the embeddings, from one to the next along their index.
with recursive space as (
    (
        select kind, model, model_version, dimension
        from embeddings
        order by kind, model, model_version, dimension
        limit 1
    )
    union all
    select next.kind, next.model, next.model_version, next.dimension
    from space
    cross join lateral (
        select e.kind, e.model, e.model_version, e.dimension
        from embeddings e
        where (e.kind, e.model, e.model_version, e.dimension)
            > (space.kind, space.model, space.model_version, space.dimension)
        order by e.kind, e.model, e.model_version, e.dimension
        limit 1
    ) next
)
select kind, model, model_version, dimension
from space
