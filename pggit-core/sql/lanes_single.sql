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
returns int
language plpgsql
as $$
declare
    staged_count int;
begin
    insert into pggit.staged_changes (
        object_type, object_identity, schema_name, object_key, classid, objid, objsubid, root_classid, root_objid, definition_id, definition, command_tag, sent)
    select 'index', in_identity, in_schema, e.parent_key, 'pg_class'::regclass, in_objid, 0, 'pg_class'::regclass, e.indrelid, pggit.sha256_hex(e.definition::text), e.definition, in_command_tag,
           pggit.with_statement(in_sent)
    from (
        select x.indrelid,
               case c.relkind when 'm' then 'materialized view ' else 'table ' end || quote_ident(in_schema) || '.' || quote_ident(c.relname) as parent_key,
               jsonb_build_object('definition', pg_get_indexdef(in_objid)) as definition
        from pg_index as x
        join pg_class as i on i.oid = x.indexrelid
        join pg_class as c on c.oid = x.indrelid
        where x.indexrelid = in_objid
          and c.relkind in ('r', 'm')
          and x.indisvalid
          and x.indexprs is null
          and x.indpred is null
          and i.reltablespace = 0
          and not i.relispartition
          -- a table that is not known under this address was made again unseen
          and (exists (select from pggit.elements as e where e.root_objid = c.oid and e.objid = c.oid and e.objsubid = 0)
              or exists (select from pggit.staged_changes as s where s.root_objid = c.oid and s.objid = c.oid and s.objsubid = 0))
          -- a table that has joined an extension is not followed
          and not exists (select from pg_depend as d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
          -- an operator class or collation of somebody's, a constraint's index
          and not exists (select from pg_depend as d where d.classid = 'pg_class'::regclass and d.objid = in_objid and d.deptype <> 'a')
          and not exists (select from pg_description as d where d.objoid = c.oid and d.classoid = 'pg_class'::regclass and d.objsubid = 0 and d.description like '%@pggit%')
          and not exists (select from pg_description as d where d.objoid = c.relnamespace and d.classoid = 'pg_namespace'::regclass and d.description like '%@pggit%')
          and (in_rules = '{}' or pggit.rules_allow('pg_class'::regclass, c.oid, in_command_tag, in_rules))
        offset 0
    ) as e;
    get diagnostics staged_count = row_count;
    return nullif(staged_count, 0);
end
$$;
comment on function pggit.stage_index(oid, text, name, text, jsonb, pggit.sent_statement) is 'Stages a plain index that was just created, without reading its table; null where the table has to be read';

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
returns int
language plpgsql
as $$
begin
    insert into pggit.staged_changes (
        object_type, object_identity, schema_name, object_key, classid, objid, objsubid, root_classid, root_objid, definition_id, definition, dependencies, command_tag, sent)
    select e.object_type, in_identity, in_schema, e.object_type || ' ' || in_identity, 'pg_proc'::regclass, in_objid, 0, 'pg_proc'::regclass, in_objid,
           pggit.sha256_hex(e.definition::text), e.definition, nullif(e.needs, '{}'), in_command_tag,
           pggit.with_statement(in_sent)
    from (
        select case p.prokind when 'p' then 'procedure' else 'function' end as object_type,
               jsonb_strip_nulls(jsonb_build_object(
                   'owner', pg_get_userbyid(p.proowner),
                   'arguments', case
                       when p.pronargdefaults = 0 then pg_get_function_arguments(in_objid)
                       else pggit.printed_arguments(in_objid)
                   end,
                   'result', pg_get_function_result(in_objid),
                   'language', (select l.lanname from pg_language as l where l.oid = p.prolang),
                   'source', p.prosrc,
                   'security_definer', case when p.prosecdef then true end,
                   'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' end,
                   'strict', case when p.proisstrict then true end,
                   'parallel', case p.proparallel when 's' then 'safe' when 'r' then 'restricted' end,
                   'cost', case when p.procost <> 100 then p.procost::text end,
                   'rows', case when p.proretset and p.prorows <> 1000 then p.prorows::text end,
                   'settings', to_jsonb(p.proconfig)
               )) as definition,
               case
                   when exists (select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = in_objid and d.refclassid <> 'pg_namespace'::regclass)
                       then pggit.needs_of('pg_proc'::regclass, in_objid)
                   else '{}'
               end as needs
        from pg_proc as p
        where p.oid = in_objid
          and p.prokind in ('f', 'p')
          -- neither of C nor internal: these may return a type that is not there yet, and make a shell of it
          and p.prolang not in (12, 13)
          and p.prosqlbody is null
          and p.prosupport = 0
          and p.protrftypes is null
          and p.proacl is null
          and not p.proleakproof
          and not exists (
              select from pg_description as d
              where d.objoid in (in_objid, p.pronamespace)
                and (d.classoid = 'pg_proc'::regclass or d.description like '%@pggit%'))
          and (in_rules = '{}' or pggit.rules_allow('pg_proc'::regclass, in_objid, in_command_tag, in_rules))
        offset 0
    ) as e
    where e.needs is not null;
    return case when found then 1 end;
end
$$;
comment on function pggit.stage_function(oid, text, name, text, jsonb, pggit.sent_statement) is 'Stages a plain function or procedure that was just created or replaced; null where the general way has to look';
