-- Newest first until the limit is reached: what lies beyond goes. Of two processes that prune at
-- once, each takes what the other has not in hand.
with ranked as (
    select ctid as place, sum(bytes) over (order by last_used_at desc, input_sha256) as running
    from embedding_cache
),
victims as (
    select embedding_cache.ctid as place
    from embedding_cache
    join ranked on ranked.place = embedding_cache.ctid
    where ranked.running > :limit
    for update of embedding_cache skip locked
)
delete from embedding_cache using victims where embedding_cache.ctid = victims.place
