select rev, task_at
from search_revs
where index_name = :index_name
  and state = 'retired'
  and retired_at <= :read
  and (is_published or retired_at <= :arrived)
order by rev
