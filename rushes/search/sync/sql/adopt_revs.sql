insert into search_revs as kept
    (rev, index_name, asset_id, doc_count, state, is_published, retired_at)
select rev, :index_name, '', doc_count, 'retired', true, :now
from unnest(cast(:revs as bigint[]), cast(:doc_counts as int[])) as each (rev, doc_count)
on conflict (rev) do update
set state = 'retired', index_name = excluded.index_name, is_published = true,
    retired_at = excluded.retired_at, task_at = null
where kept.state = 'purged'
