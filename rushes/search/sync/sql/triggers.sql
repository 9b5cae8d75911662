-- Which statements on which tables the outbox hears of. `is_enabled`: in an ordinary session.
select
    t.tgrelid::regclass::text as table_name,
    t.tgname as trigger_name,
    t.tgenabled in ('O', 'A') as is_enabled,
    array_remove(array[
        case when t.tgtype & 4 > 0 then 'insert' end,
        case when t.tgtype & 8 > 0 then 'delete' end,
        case when t.tgtype & 16 > 0 then 'update' end,
        case when t.tgtype & 32 > 0 then 'truncate' end
    ], null) as events
from pg_trigger t
join pg_proc p on p.oid = t.tgfoid
where not t.tgisinternal
  and p.proname like 'search\_note\_%'
order by 1, 2
