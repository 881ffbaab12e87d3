-- The first commit: the schema as it stands when pgGit comes.

create or replace function pggit.record_initial(in_message text)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into pggit.staged_changes (
        transaction_id, origin, gone, object_type, object_identity, schema_name, object_key, classid, objid, objsubid,
        root_classid, root_objid, position, definition_id, definition, dependencies, statement_at)
    select pg_current_xact_id(), 'reconcile', false, c.object_type, c.object_identity, c.schema_name,
           coalesce(c.parent_key, c.object_type || ' ' || c.object_identity), c.classid, c.objid, c.objsubid,
           c.root_classid, c.root_objid, c.position, pggit.sha256_hex(c.definition::text), c.definition, c.dependencies, statement_timestamp()
    from pggit.read_all() as c
    order by c.object_type <> 'schema', c.object_type <> 'extension', c.parent_key nulls first, c.position nulls first, c.object_identity collate "C";
    return pggit.fold_staged(array[pg_current_xact_id()], 'reconcile', 'initial', in_message, session_user, clock_timestamp());
end
$$;
comment on function pggit.record_initial(text) is 'Makes the first commit of the schema as it stands';
