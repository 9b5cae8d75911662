-- Whom an id or a name means, whatever its case; an id alone, where there is one.
select effective_id, true as by_id
from people
where cluster_id = :text
  and not hidden
  and (library_slug = :library or cast(:library as text) is null)
union
select effective_id, false
from people
where (name is null)::int = 0
  and coalesce(lower(name), '') = lower(:text)
  and not hidden
  and (library_slug = :library or cast(:library as text) is null)
order by by_id desc, effective_id
