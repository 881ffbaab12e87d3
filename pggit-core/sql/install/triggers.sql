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

-- They belong to the owner of the schema, whoever replaced them, where that role may own such triggers.
do $owner$
declare
    owner constant regrole := (select n.nspowner from pg_namespace as n where n.nspname = 'pggit');
begin
    if owner <> current_user::regrole and (select r.rolsuper from pg_roles as r where r.oid = owner) then
        execute format('alter event trigger pggit_ddl_command_end owner to %s', owner);
        execute format('alter event trigger pggit_sql_drop owner to %s', owner);
    end if;
end
$owner$;
