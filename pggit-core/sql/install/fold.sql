-- What is left to the readers of the history otherwise: a transaction that folds as it commits.
create constraint trigger fold_on_commit
    after insert on pggit.fold_requests
    deferrable initially deferred
    for each row
    execute function pggit.fold_transaction();
alter table pggit.fold_requests enable always trigger fold_on_commit;

create trigger note_kept_statement
    after insert on pggit.staged_changes
    for each row
    when (new.is_serializable)
    execute function pggit.note_kept_statement();
alter table pggit.staged_changes enable always trigger note_kept_statement;

-- The views that show one table can be written to as that table, by the owner who mends something.
do $rules$
declare
    shown record;
begin
    for shown in
        select v.view_name, v.table_name, v.key,
               string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns,
               string_agg('new.' || quote_ident(a.attname), ', ' order by a.attnum) as values,
               string_agg(format('%1$I = new.%1$I', a.attname), ', ' order by a.attnum) filter (where t.attidentity = '') as assignments
        from (values
            ('commits', 'commit_records', 'commit_number'),
            ('branches', 'branch_records', 'branch_name'),
            ('statements', 'statement_records', 'statement_id'),
            ('function_signatures', 'signature_records', 'signature_id'),
            ('function_versions', 'version_records', 'version_id')
        ) as v (view_name, table_name, key)
        join pg_attribute as a on a.attrelid = to_regclass('pggit.' || v.view_name) and a.attnum > 0
        join pg_attribute as t on t.attrelid = to_regclass('pggit.' || v.table_name) and t.attname = a.attname
        group by v.view_name, v.table_name, v.key
    loop
        execute format('create or replace rule write_insert as on insert to pggit.%I do instead insert into pggit.%I (%s) overriding system value values (%s)',
                       shown.view_name, shown.table_name, shown.columns, shown.values);
        execute format('create or replace rule write_update as on update to pggit.%I do instead update pggit.%I set %s where %4$I = old.%4$I',
                       shown.view_name, shown.table_name, shown.assignments, shown.key);
        execute format('create or replace rule write_delete as on delete to pggit.%I do instead delete from pggit.%I where %3$I = old.%3$I',
                       shown.view_name, shown.table_name, shown.key);
    end loop;
end
$rules$;
