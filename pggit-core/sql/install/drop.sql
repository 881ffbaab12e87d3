-- Takes pgGit out.
set local client_min_messages = warning;
drop event trigger if exists pggit_ddl_command_end;
drop event trigger if exists pggit_sql_drop;
drop schema pggit cascade;
