-- The rows that waited longest, without those of films that somebody works on; `skip locked` lets
-- two workers pass one another. A film is claimed by one of them: the insert decides.
with waiting as (
    select q.id, q.asset_id, q.created_at
    from search_sync_queue q
    where not exists (select from search_sync_claims c where c.asset_id = q.asset_id)
    order by q.id
    limit :rows
    for update of q skip locked
),
film as (
    select asset_id from waiting group by asset_id order by min(id) limit :films
),
claimed as (
    insert into search_sync_claims (asset_id, worker_key)
    select asset_id, :worker_key from film order by asset_id
    on conflict (asset_id) do nothing
    returning asset_id
)
select w.id, w.asset_id, w.created_at
from waiting w
join claimed using (asset_id)
order by w.id
