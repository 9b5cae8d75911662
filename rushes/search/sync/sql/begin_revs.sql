with wanted as materialized (
    select nextval('search_rev_seq') as rev, index_name, asset_id, doc_count, place
    from unnest(
        cast(:index_names as text[]), cast(:asset_ids as text[]), cast(:doc_counts as int[])
    ) with ordinality as each (index_name, asset_id, doc_count, place)
),
made as (
    insert into search_revs (rev, index_name, asset_id, doc_count, state)
    select rev, index_name, asset_id, doc_count, 'pending' from wanted
),
noted as (
    insert into search_ledger (index_name, asset_id, pending_rev)
    select index_name, asset_id, rev from wanted
    on conflict (index_name, asset_id) do update set pending_rev = excluded.pending_rev
)
select rev from wanted order by place
