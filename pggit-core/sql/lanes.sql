-- Short ways for the commonest commands. A command that made or changed something plain, which has only what most objects have, is
-- staged by one small query; starting a query costs more than running it, and the queries that read everything are large. None gives
-- true unless it is sure that the object is plain and that nothing else changed; the general way, stage_root(), is taken then. What
-- is written here has to be what read_table() and its like would say: law 1 is tested after each of these commands. OFFSET 0 keeps the
-- planner from computing a definition again wherever it is used.

-- Whether a short way may be taken where rules might say no. Directives in comments are looked for by the short ways themselves.
create or replace function pggit.rules_allow(in_classid oid, in_objid oid, in_command_tag text, in_rules jsonb)
returns boolean
language plpgsql
as $$
begin
    return coalesce(pggit.root_decision(in_classid, in_objid, in_command_tag, in_rules), false);
end
$$;
comment on function pggit.rules_allow(oid, oid, text, jsonb) is 'Whether the rules let an object be tracked; false also for what cannot be';

-- Checks and foreign keys, and what else is a constraint and no key.
create or replace function pggit.stage_new_constraints(in_relation oid, in_command_tag text)
returns int
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    staged_count int;
begin
    insert into pggit.staged_changes (
        object_type, object_identity, schema_name, object_key, classid, objid, objsubid, root_classid, root_objid,
        definition_id, definition, dependencies, command_tag, sent)
    select e.object_type, e.object_identity, e.schema_name, e.parent_key, e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid,
           pggit.sha256_hex(e.definition::text), e.definition, e.dependencies, in_command_tag, null
    from (select * from pggit.read_constraint(array[in_relation]) as r where r.definition ->> 'type' not in ('primary key', 'unique') offset 0) as e
    where (e.definition ->> 'comment' like '%@pggit%') is not true;
    get diagnostics staged_count = row_count;
    return staged_count;
end
$$;
comment on function pggit.stage_new_constraints(oid, text) is 'Stages the constraints of a table that was just created, but for its keys';

-- CREATE TABLE: nothing is known of it, and all that it may have are columns and constraints.
create or replace function pggit.stage_new_table(in_objid oid, in_identity text, in_schema name, in_command_tag text, in_rules jsonb, in_sent pggit.sent_statement)
returns boolean
language plpgsql
as $$
declare
    target record;
    staged_count int;
begin
    select t.definition, t.columns, t.constraints, t.indexes
    into target
    from pggit.read_new_table(in_objid) as t
    where in_rules = '{}' or pggit.rules_allow('pg_class'::regclass, in_objid, in_command_tag, in_rules);
    if not found then
        return false;
    end if;
    insert into pggit.staged_changes (
        object_type, object_identity, schema_name, object_key, classid, objid, objsubid, root_classid, root_objid, position,
        definition_id, definition, dependencies, command_tag, sent)
    select e.object_type, e.identity, in_schema, 'table ' || in_identity, e.classid, e.objid, coalesce(e.attnum, 0),
           'pg_class'::regclass, in_objid, e.attnum, pggit.sha256_hex(e.definition::text), e.definition, e.dependencies, in_command_tag,
           case when e.object_type = 'table' then pggit.with_statement(in_sent) end
    from (
        -- where the types agree there is one layer less
        select 'table' as object_type, in_identity as identity, 'pg_class'::regclass::oid as classid, in_objid as objid, null::int as attnum,
               target.definition as definition, null::text[] as dependencies
        union all
        select 'table column', in_identity || '.' || quote_ident(p.attname), 'pg_class'::regclass::oid, in_objid, p.attnum, p.definition, p.dependencies
        from pggit.read_columns(in_objid) as p
        where p.is_plain
        union all
        select 'table constraint', quote_ident(k.conname) || ' on ' || in_identity, 'pg_constraint'::regclass::oid, k.objid, null::int, k.definition, null::text[]
        from pggit.read_keys(in_objid) as k
        offset 0
    ) as e;
    get diagnostics staged_count = row_count;
    if target.constraints[2] > target.constraints[1] then
        staged_count := staged_count + pggit.stage_new_constraints(in_objid, in_command_tag);
    end if;
    -- what is not plain is staged by the general way, which leaves out what is staged already; and every index is a key's
    return staged_count = 1 + target.columns + target.constraints[2] and target.indexes = target.constraints[1];
end
$$;
comment on function pggit.stage_new_table(oid, text, name, text, jsonb, pggit.sent_statement) is 'Stages a table that was just created; false where it is not plain, and what is plain may be staged';

-- ALTER TABLE that added plain columns and wrote nothing else of the table.
create or replace function pggit.stage_new_columns(in_objid oid, in_identity text, in_schema name, in_command_tag text, in_rules jsonb, in_sent pggit.sent_statement)
returns boolean
language plpgsql
as $$
declare
    target record;
    staged_count int;
begin
    select t.classid, t.written
    into target
    from pggit.read_grown_table(in_objid, in_identity) as t
    where in_rules = '{}' or pggit.rules_allow('pg_class'::regclass, in_objid, in_command_tag, in_rules);
    if target.written is null then
        return pggit.stage_columns(in_objid, in_command_tag, in_rules, in_sent);
    end if;
    insert into pggit.staged_changes (
        object_type, object_identity, schema_name, object_key, classid, objid, objsubid, root_classid, root_objid, position,
        definition_id, definition, dependencies, command_tag, sent)
    select 'table column', in_identity || '.' || quote_ident(e.attname), in_schema, 'table ' || in_identity, target.classid, in_objid, e.attnum,
           target.classid, in_objid, e.attnum, pggit.sha256_hex(e.definition::text), e.definition, e.dependencies, in_command_tag,
           case when e.attnum = target.written[1] then pggit.with_statement(in_sent) end
    from (
        select a.attnum, a.attname, a.definition, a.dependencies
        from pggit.read_columns(in_objid) as a
        where a.is_plain
          and a.attnum = any (target.written)
        offset 0
    ) as e;
    get diagnostics staged_count = row_count;
    -- what is not plain is staged by the general way, which leaves out what is staged already
    return staged_count = cardinality(target.written);
end
$$;
comment on function pggit.stage_new_columns(oid, text, name, text, jsonb, pggit.sent_statement) is 'Stages what ALTER TABLE wrote, if that is columns; false where more has to be read, and new columns that are plain may be staged';

-- ALTER TABLE that wrote the rows of the table and of columns, and no other part of it: ADD COLUMN, SET DEFAULT, SET STORAGE, ENABLE ROW
-- LEVEL SECURITY ... What counts as written is as above.
create or replace function pggit.stage_columns(in_objid oid, in_command_tag text, in_rules jsonb, in_sent pggit.sent_statement)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    own_age constant int := age(pg_current_xact_id()::xid);
    written int[];
    known jsonb;
begin
    select array(
               select a.attnum::int
               from pg_attribute as a
               where a.attrelid = c.oid
                 and a.attnum > 0 and not a.attisdropped
                 and age(a.xmin) <= own_age
                 and a.cmin::text::bigint > m.read_at)
    into written
    from pg_class as c
    cross join lateral (
        select coalesce(max(s.cmin::text::bigint), -1) as read_at
        from pggit.staged_changes as s
        where s.root_objid = in_objid and s.objid = in_objid and s.transaction_id = pg_current_xact_id()
    ) as m
    where c.oid = in_objid
      and c.relkind = 'r'
      and not (c.relhassubclass or c.relispartition)
      and not exists (select from pg_attribute as a where a.attrelid = c.oid and (a.attnum < 0 and a.attacl is not null
          or a.attisdropped and age(a.xmin) <= own_age and a.cmin::text::bigint > m.read_at)) -- which took more along perhaps
      and not exists (select from pg_constraint as k where k.conrelid = c.oid and age(k.xmin) <= own_age and k.cmin::text::bigint > m.read_at)
      and not exists (select from pg_index as x where x.indrelid = c.oid and age(x.xmin) <= own_age and x.cmin::text::bigint > m.read_at)
      and not exists (select from pg_trigger as t where t.tgrelid = c.oid and age(t.xmin) <= own_age and t.cmin::text::bigint > m.read_at)
      and not exists (select from pg_rewrite as r where r.ev_class = c.oid and age(r.xmin) <= own_age and r.cmin::text::bigint > m.read_at)
      and not exists (select from pg_statistic_ext as s where s.stxrelid = c.oid and age(s.xmin) <= own_age)
      -- what reads the table may read differently, and sequences follow it
      and not exists (
          select from pg_depend as d
          left join pg_class as s on d.classid = 'pg_class'::regclass and s.oid = d.objid
          where d.refclassid = 'pg_class'::regclass
            and d.refobjid = c.oid
            and (d.classid in ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_policy'::regclass) or s.relkind = 'S')
      );
    if written is null or pggit.root_decision('pg_class'::regclass, in_objid, in_command_tag, in_rules) is not true then
        return false;
    end if;
    known := pggit.known_elements('pg_class'::regclass, in_objid);
    if known = '{}'
        or exists (
            -- another name for the table or a column, which others may depend on
            select
            from jsonb_each(known) as k
            join pg_class as c on c.oid = in_objid
            join pg_namespace as n on n.oid = c.relnamespace
            left join pg_attribute as a on a.attrelid = in_objid and a.attnum = (k.value ->> 3)::int and a.attnum > 0
            where (k.value ->> 2)::oid = in_objid
              and (k.value ->> 1)::oid = 'pg_class'::regclass
              and k.key is distinct from case
                      when a.attnum is null then 'table ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname)
                      else 'table column ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname)
                  end)
    then
        return false;
    end if;
    insert into pggit.staged_changes (
        object_type, object_identity, schema_name, object_key, classid, objid, objsubid, root_classid, root_objid, position,
        definition_id, known_definition_id, definition, dependencies, command_tag, sent)
    select e.object_type, e.object_identity, e.schema_name, coalesce(e.parent_key, e.element_key), e.classid, e.objid, e.objsubid,
           e.root_classid, e.root_objid, e.position, e.definition_id, known -> e.element_key ->> 0, e.definition, e.dependencies, in_command_tag,
           case when row_number() over () = 1 then pggit.with_statement(in_sent) end
    from (
        select r.*, r.object_type || ' ' || r.object_identity as element_key, pggit.sha256_hex(r.definition::text) as definition_id
        from (
            select * from pggit.read_table(array[in_objid])
            union all
            select * from pggit.read_column(array[in_objid]) as a where a.objsubid = any (written)
            offset 0
        ) as r
        offset 0
    ) as e
    where known -> e.element_key is distinct from jsonb_build_array(e.definition_id, e.classid, e.objid, e.objsubid)
      and coalesce(case when e.definition ? 'comment' then pggit.directive_of(e.definition ->> 'comment', e.object_type) end, true);
    return true;
end
$$;
comment on function pggit.stage_columns(oid, text, jsonb, pggit.sent_statement) is 'Stages the columns of a table that a command wrote, and the table itself; false where more of it has to be read';
