-- In the order of an index, so that a page reads little more than itself.
select label, null as name, sum(films)::bigint as films, sum(spans)::bigint as spans
from vocabulary
where kind = :kind
  and label > :after_label
  and (cast(:library as text) is null or library_slug = :library)
group by label
order by label
limit :most
