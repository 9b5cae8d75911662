-- The runs of these stages that answer by the policies of their films.
select run_id
from current_runs
where stage = any(cast(:stages as text[]))
