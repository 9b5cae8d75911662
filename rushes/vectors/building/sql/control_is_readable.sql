-- A hosted Postgres may keep the control file to itself.
select has_function_privilege('pg_catalog.pg_control_system()', 'execute') as is_readable
