select found.rev
from unnest(cast(:revs as bigint[])) as found (rev)
where not exists (
    select from search_revs r
    where r.rev = found.rev and r.index_name = :index_name and r.state <> 'purged'
)
