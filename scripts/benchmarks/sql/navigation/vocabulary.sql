select label, sum(films), sum(spans)
from vocabulary
where kind = %(kind)s and label <> ''
group by label
order by sum(spans) desc, label
