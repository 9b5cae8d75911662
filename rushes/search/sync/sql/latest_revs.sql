-- What an index holds of what was published last, and what it should hold of what was purged last.
(
    select rev, doc_count as documents
    from search_revs
    where index_name = :index_name and state = 'live'
    order by rev desc
    limit 1000
)
union all
(
    select rev, 0
    from search_revs
    where index_name = :index_name and state = 'purged'
    order by rev desc
    limit 1000
)
