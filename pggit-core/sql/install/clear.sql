-- Takes away what every install replaces: functions, views and triggers, but no table.
do $clear$
declare
    doomed_views text;
    doomed_functions text;
begin
    update pggit.repository as r
    set reconcile_due = true
    where r.trigger_marks is distinct from pggit.trigger_marks();
    drop event trigger if exists pggit_ddl_command_end;
    drop event trigger if exists pggit_sql_drop;
    drop trigger if exists fold_on_commit on pggit.fold_requests;
    drop trigger if exists note_kept_statement on pggit.staged_changes;
    select pg_catalog.string_agg(c.oid::pg_catalog.regclass::text, ', ')
    into doomed_views
    from pg_catalog.pg_class as c
    where c.relnamespace = 'pggit'::pg_catalog.regnamespace
      and c.relkind = 'v'
      and c.relname <> 'deployment_state';
    select pg_catalog.string_agg(p.oid::pg_catalog.regprocedure::text, ', ')
    into doomed_functions
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'pggit'::pg_catalog.regnamespace;
    execute 'drop view if exists ' || doomed_views || ' cascade';
    execute 'drop routine if exists ' || doomed_functions || ' cascade';
end
$clear$;
