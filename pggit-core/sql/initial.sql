-- The first commit: the schema as it stands when pgGit comes.

create or replace function pggit.stage_all()
returns void
language plpgsql
as $$
begin
    with directives as materialized (
        -- the few comments that say what is tracked
        select d.classoid, d.objoid, n.nspname::text as schema_name,
               pggit.directive_of(d.description, case d.classoid when 'pg_proc'::regclass then 'function' else '' end) as tracked
        from pg_description as d
        left join pg_namespace as n on n.oid = d.objoid and d.classoid = 'pg_namespace'::regclass
        where d.objsubid = 0
          and d.description like '%@pggit%'
    )
    insert into pggit.staged_changes (
        transaction_id, origin, gone, object_type, object_identity, schema_name, object_key, classid, objid, objsubid,
        root_classid, root_objid, position, definition_id, definition, dependencies, statement_at)
    select pg_current_xact_id(), 'reconcile', false, c.object_type, c.object_identity, c.schema_name,
           coalesce(c.parent_key, c.object_type || ' ' || c.object_identity), c.classid, c.objid, c.objsubid,
           c.root_classid, c.root_objid, c.position, pggit.sha256_hex(c.definition::text), c.definition, c.dependencies, statement_timestamp()
    from pggit.read_all() as c
    left join directives as r on r.classoid = c.root_classid and r.objoid = c.root_objid
    left join directives as n on n.schema_name = c.schema_name
    where coalesce(pggit.directive_of(c.definition ->> 'comment', c.object_type), r.tracked, n.tracked, true)
    order by c.object_type <> 'schema', c.object_type <> 'extension', c.parent_key nulls first, c.position nulls first, c.object_identity collate "C";
end
$$;
comment on function pggit.stage_all() is 'Stages the schema as it stands';

create or replace function pggit.record_initial(in_message text)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    attempts int := 0;
begin
    loop
        begin
            perform pggit.stage_all();
            exit;
        exception
            when internal_error or undefined_table or undefined_object or undefined_function or undefined_column then
                attempts := attempts + 1;
                perform pggit.wait_for_steady_catalogs(attempts, sqlerrm);
            when statement_too_complex then
                perform pggit.refuse_unprintable(sqlerrm);
        end;
    end loop;
    return pggit.fold_staged(array[pg_current_xact_id()], 'reconcile', 'initial', in_message, pggit.caller(), clock_timestamp());
end
$$;
comment on function pggit.record_initial(text) is 'Makes the first commit of the schema as it stands';
