-- What occurs in some film, by name. `patterns`: of people only those whose name is like one; null:
-- all. Labels are as few as models know; there may be any number of people.
select distinct kind, label as id, label as name
from vocabulary
where kind in ('object', 'place') and label <> ''
union all
select 'person', cluster_id, name
from people
where name is not null and not hidden and effective_id = cluster_id
  and (cast(:patterns as text[]) is null or lower(name) like any(cast(:patterns as text[])))
