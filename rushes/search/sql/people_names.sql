select cluster_id, name
from people
where cluster_id = any(:people)
  and name is not null
