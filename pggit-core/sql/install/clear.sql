-- Takes away the triggers, which every install makes anew.
do $clear$
begin
    update pggit.repository as r
    set reconcile_due = true
    where r.trigger_marks is distinct from pggit.trigger_marks();
    drop event trigger if exists pggit_ddl_command_end;
    drop event trigger if exists pggit_sql_drop;
    drop trigger if exists fold_on_commit on pggit.fold_requests;
    drop trigger if exists note_kept_statement on pggit.staged_changes;
end
$clear$;
