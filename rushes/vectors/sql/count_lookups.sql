insert into embedding_cache_counters as counters (model, hits, misses)
values (:model, :hits, :misses)
on conflict (model) do update
set hits = counters.hits + excluded.hits,
    misses = counters.misses + excluded.misses
