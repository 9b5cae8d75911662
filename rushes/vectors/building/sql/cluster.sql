select cast(system_identifier as text) as identifier from pg_control_system()
