select refresh_film(asset_id, stage)
from (select distinct asset_id, stage from runs where status = 'completed') as done
