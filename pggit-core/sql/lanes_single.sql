-- Short ways for what is a single element: an index, a function.

-- What a new object needs besides its schema; null where it is another's, as an extension's.
create or replace function pggit.needs_of(in_classid oid, in_objid oid)
returns text[]
language plpgsql
stable
as $$
begin
    return (
        select case
                   when not bool_or(d.deptype in ('e', 'i', 'x'))
                       then array_agg(distinct needed.type || ' ' || needed.identity) filter (where d.deptype = 'n')
               end
        from pg_depend as d
        cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
        where d.classid = in_classid
          and d.objid = in_objid
          and d.refclassid <> 'pg_namespace'::regclass);
end
$$;
comment on function pggit.needs_of(oid, oid) is 'What an object depends on besides its schema; null for what belongs to another object';

-- CREATE INDEX on a table that is known and hands it on to nobody.
create or replace function pggit.stage_index(in_objid oid, in_identity text, in_schema name, in_command_tag text, in_rules jsonb, in_sent pggit.sent_statement)
returns boolean
language plpgsql
as $$
begin
    insert into pggit.staged_changes (
        object_type, object_identity, schema_name, object_key, classid, objid, objsubid, root_classid, root_objid, definition_id, definition, command_tag, sent)
    select 'index', in_identity, in_schema, e.parent_key, 'pg_class'::regclass, in_objid, 0, 'pg_class'::regclass, e.relation, pggit.sha256_hex(e.definition::text), e.definition, in_command_tag,
           pggit.with_statement(in_sent)
    from (
        select x.relation, x.parent_key, x.definition
        from pggit.read_plain_index(in_objid, in_schema) as x
        where in_rules = '{}' or pggit.rules_allow('pg_class'::regclass, x.relation, in_command_tag, in_rules)
        offset 0
    ) as e;
    return found;
end
$$;
comment on function pggit.stage_index(oid, text, name, text, jsonb, pggit.sent_statement) is 'Stages a plain index that was just created, without reading its table; false where the table has to be read';

create or replace function pggit.printed_arguments(in_objid oid)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return pggit.settled(pg_get_function_arguments(in_objid));
end
$$;
comment on function pggit.printed_arguments(oid) is 'The arguments of a function with their defaults, as pgGit records them';

-- CREATE FUNCTION and CREATE PROCEDURE: one element without parts. What is there under the same address already (OR REPLACE) keeps its name.
create or replace function pggit.stage_function(in_objid oid, in_identity text, in_schema name, in_command_tag text, in_rules jsonb, in_sent pggit.sent_statement)
returns boolean
language plpgsql
as $$
begin
    insert into pggit.staged_changes (
        object_type, object_identity, schema_name, object_key, classid, objid, objsubid, root_classid, root_objid, definition_id, definition, dependencies, command_tag, sent)
    select e.object_type, in_identity, in_schema, e.object_type || ' ' || in_identity, 'pg_proc'::regclass, in_objid, 0, 'pg_proc'::regclass, in_objid,
           pggit.sha256_hex(e.definition::text), e.definition, nullif(e.needs, '{}'), in_command_tag,
           pggit.with_statement(in_sent)
    from (
        select p.object_type, p.definition, p.needs
        from pggit.read_plain_function(in_objid) as p
        where in_rules = '{}' or pggit.rules_allow('pg_proc'::regclass, in_objid, in_command_tag, in_rules)
        offset 0
    ) as e
    where e.needs is not null;
    return found;
end
$$;
comment on function pggit.stage_function(oid, text, name, text, jsonb, pggit.sent_statement) is 'Stages a plain function or procedure that was just created or replaced; false where the general way has to look';
