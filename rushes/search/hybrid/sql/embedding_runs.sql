-- The runs of these films that answer and have vectors of texts or frames.
select run_id
from current_runs
where asset_id = any(cast(:films as text[]))
  and stage in ('text_embeddings', 'frame_embeddings')
