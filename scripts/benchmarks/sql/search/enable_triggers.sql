do $$
declare each record;
begin
    for each in
        select t.tgrelid::regclass as held_by, t.tgname as name
        from pg_trigger t
        join pg_proc p on p.oid = t.tgfoid
        where not t.tgisinternal and p.proname like 'search\_note\_%'
    loop
        execute format('alter table %s enable trigger %I', each.held_by, each.name);
    end loop;
end
$$
