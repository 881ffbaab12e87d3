-- What makes capture happen. ALWAYS: also in sessions that replicate or restore.
create event trigger pggit_ddl_command_end
    on ddl_command_end
    execute function pggit.capture_commands();
alter event trigger pggit_ddl_command_end enable always;
comment on event trigger pggit_ddl_command_end is 'pgGit: records what commands create and alter';

create event trigger pggit_sql_drop
    on sql_drop
    execute function pggit.capture_drops();
alter event trigger pggit_sql_drop enable always;
comment on event trigger pggit_sql_drop is 'pgGit: records what commands drop';
