with passed as materialized (
    select case when last_value < :greatest then setval('search_rev_seq', :greatest) end
    from search_rev_seq
)
update search_ledger_serial
set max_rev = greatest(max_rev, :greatest)
where (select count(*) from passed) = 1
