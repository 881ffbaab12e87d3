-- Takes away what every install replaces: functions, views and triggers, but no table.
do $clear$
declare
    doomed record;
begin
    drop event trigger if exists pggit_ddl_command_end;
    drop event trigger if exists pggit_sql_drop;
    drop trigger if exists fold_on_commit on pggit.statements;
    for doomed in
        select c.oid::pg_catalog.regclass as name
        from pg_catalog.pg_class as c
        where c.relnamespace = 'pggit'::pg_catalog.regnamespace
          and c.relkind = 'v'
          and c.relname <> 'deployment_state'
    loop
        execute pg_catalog.format('drop view if exists %s cascade', doomed.name);
    end loop;
    for doomed in
        select p.oid::pg_catalog.regprocedure as name
        from pg_catalog.pg_proc as p
        where p.pronamespace = 'pggit'::pg_catalog.regnamespace
    loop
        execute pg_catalog.format('drop function if exists %s cascade', doomed.name);
    end loop;
end
$clear$;
