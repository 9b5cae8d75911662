-- The named by name, then the others: the order of ix_people_by_name.
select p.cluster_id as label,
    p.name,
    (p.name is null)::int as unnamed,
    coalesce(lower(p.name), '') as folded,
    v.films,
    v.spans
from people p
join vocabulary v
    on v.library_slug = p.library_slug and v.kind = 'person' and v.label = p.cluster_id
where p.effective_id = p.cluster_id
  and ((p.name is null)::int, coalesce(lower(p.name), ''), p.cluster_id)
      > (:after_unnamed, :after_folded, :after_label)
  and (cast(:library as text) is null or p.library_slug = :library)
  and :kind = 'person'
order by (p.name is null)::int, coalesce(lower(p.name), ''), p.cluster_id
limit :most
