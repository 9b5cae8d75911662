-- The runs that answer and have vectors of texts or frames; `films`: only of these, null: of all.
select run_id
from current_runs
where stage in ('text_embeddings', 'frame_embeddings')
  and (cast(:films as text[]) is null or asset_id = any(cast(:films as text[])))
