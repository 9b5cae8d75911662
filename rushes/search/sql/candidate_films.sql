-- Films whose path a leaf may be found in.
select asset_id
from asset
where path ~* cast(:pattern as text)
  and (cast(:films as text[]) is null or asset_id = any(cast(:films as text[])))
limit :most
