select asset_id
from (
    select asset_id from asset where asset_id > :after
    union
    select asset_id from search_ledger where asset_id > :after
) as film
order by asset_id
limit :limit
