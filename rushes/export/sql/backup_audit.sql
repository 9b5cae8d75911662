-- The whole audit log; where its subject is a film, its content too.
select l.at, l.actor, l.action, l.subject, l.details, a.content_hash as film
from audit_log l
left join asset a on a.asset_id = l.subject
order by l.entry_id
