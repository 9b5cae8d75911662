-- What readers of an index leave out at one serial, and what they find then.
select s.max_rev,
    array(
        select rev from search_revs
        where index_name = :index_name and state in ('pending', 'retired')
        order by rev
    ) as excluded,
    (
        select coalesce(sum(doc_count), 0) from search_ledger
        where index_name = :index_name and live_rev is not null
    ) as documents
from search_ledger_serial s
