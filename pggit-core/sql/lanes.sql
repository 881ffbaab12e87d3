-- Short ways for the commonest commands, which change one part of a table: they read that part and not the whole. Each gives null where
-- it cannot be sure that nothing else changed; the general way, stage_root(), is taken then. OFFSET 0 keeps the planner from computing a
-- definition again wherever it is used.

-- CREATE INDEX on a table that hands it on to nobody.
create or replace function pggit.stage_index(in_objid oid, in_command_tag text, in_rules jsonb)
returns int
language plpgsql
as $$
declare
    owner record;
    staged_count int;
begin
    select x.indrelid, c.relkind into owner
    from pg_index as x
    join pg_class as c on c.oid = x.indrelid
    where x.indexrelid = in_objid;
    if owner.relkind not in ('r', 'm')
        -- a table that is not known under this address was made again unseen
        or not exists (
            select from pggit.elements as e where e.root_objid = owner.indrelid and e.objid = owner.indrelid and e.objsubid = 0
            union all
            select from pggit.staged_changes as s where s.root_objid = owner.indrelid and s.objid = owner.indrelid and s.objsubid = 0
        )
        or pggit.root_decision('pg_class'::regclass, owner.indrelid, in_command_tag, in_rules) is not true
    then
        return null;
    end if;
    insert into pggit.staged_changes (
        transaction_id, origin, gone, object_type, object_identity, schema_name, object_key, classid, objid, objsubid,
        root_classid, root_objid, position, definition_id, definition, dependencies, command_tag, statement_at)
    select pg_current_xact_id(), 'event', false, e.object_type, e.object_identity, e.schema_name, e.parent_key, e.classid, e.objid, e.objsubid,
           e.root_classid, e.root_objid, e.position, pggit.sha256_hex(e.definition::text), e.definition, e.dependencies, in_command_tag, statement_timestamp()
    from (select * from pggit.read_index(array[owner.indrelid]) as i where i.objid = in_objid offset 0) as e;
    get diagnostics staged_count = row_count;
    return nullif(staged_count, 0);
end
$$;
comment on function pggit.stage_index(oid, text, jsonb) is 'Stages an index that was just created, without reading its table; null where the table has to be read';

-- ALTER TABLE that wrote the rows of the table and of columns, and no other part of it: ADD COLUMN, SET DEFAULT, SET STORAGE, ENABLE ROW
-- LEVEL SECURITY ... A visible row whose transaction is not older than ours was written by us, or committed since: then it is read too.
create or replace function pggit.stage_columns(in_objid oid, in_command_tag text, in_rules jsonb)
returns int
language plpgsql
as $$
declare
    own_age constant int := age(pg_current_xact_id()::xid);
    written int[];
    known jsonb;
    staged_count int;
begin
    select array(
               select a.attnum::int
               from pg_attribute as a
               where a.attrelid = c.oid
                 and a.attnum > 0
                 and not a.attisdropped
                 and age(a.xmin) <= own_age)
    into written
    from pg_class as c
    where c.oid = in_objid
      and c.relkind = 'r'
      and not c.relhassubclass
      and not c.relispartition
      and not exists (select from pg_constraint as k where k.conrelid = c.oid and age(k.xmin) <= own_age)
      and not exists (select from pg_index as x where x.indrelid = c.oid and age(x.xmin) <= own_age)
      and not exists (select from pg_trigger as t where t.tgrelid = c.oid and age(t.xmin) <= own_age)
      and not exists (select from pg_rewrite as r where r.ev_class = c.oid and age(r.xmin) <= own_age)
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
        return null;
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
        return null;
    end if;
    insert into pggit.staged_changes (
        transaction_id, origin, gone, object_type, object_identity, schema_name, object_key, classid, objid, objsubid,
        root_classid, root_objid, position, definition_id, definition, dependencies, command_tag, statement_at)
    select pg_current_xact_id(), 'event', false, e.object_type, e.object_identity, e.schema_name, coalesce(e.parent_key, e.element_key),
           e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid, e.position, e.definition_id, e.definition, e.dependencies,
           in_command_tag, statement_timestamp()
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
    get diagnostics staged_count = row_count;
    return staged_count;
end
$$;
comment on function pggit.stage_columns(oid, text, jsonb) is 'Stages the columns of a table that a command wrote, and the table itself; null where more of it has to be read';

-- CREATE FUNCTION and CREATE PROCEDURE: one element without parts. What is there under the same address already (OR REPLACE) keeps its name.
create or replace function pggit.stage_function(in_objid oid, in_command_tag text, in_rules jsonb)
returns int
language plpgsql
as $$
declare
    staged_count int;
begin
    -- a function that returns a type which is not there yet makes a shell of it
    if exists (select from pg_proc as p join pg_type as t on t.oid = p.prorettype where p.oid = in_objid and not t.typisdefined)
        or pggit.root_decision('pg_proc'::regclass, in_objid, in_command_tag, in_rules) is not true
    then
        return null;
    end if;
    if in_command_tag = 'CREATE FUNCTION' then
        insert into pggit.staged_changes (
            transaction_id, origin, gone, object_type, object_identity, schema_name, object_key, classid, objid, objsubid,
            root_classid, root_objid, position, definition_id, definition, dependencies, command_tag, statement_at)
        select pg_current_xact_id(), 'event', false, e.object_type, e.object_identity, e.schema_name, e.object_type || ' ' || e.object_identity,
               e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid, e.position, pggit.sha256_hex(e.definition::text), e.definition,
               e.dependencies, in_command_tag, statement_timestamp()
        from (select * from pggit.read_function(array[in_objid]) offset 0) as e
        where (e.definition ->> 'comment' like '%@pggit%') is not true;
    else
        insert into pggit.staged_changes (
            transaction_id, origin, gone, object_type, object_identity, schema_name, object_key, classid, objid, objsubid,
            root_classid, root_objid, position, definition_id, definition, dependencies, command_tag, statement_at)
        select pg_current_xact_id(), 'event', false, e.object_type, e.object_identity, e.schema_name, e.object_type || ' ' || e.object_identity,
               e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid, e.position, pggit.sha256_hex(e.definition::text), e.definition,
               e.dependencies, in_command_tag, statement_timestamp()
        from (select * from pggit.read_procedure(array[in_objid]) offset 0) as e
        where (e.definition ->> 'comment' like '%@pggit%') is not true;
    end if;
    get diagnostics staged_count = row_count;
    return nullif(staged_count, 0);
end
$$;
comment on function pggit.stage_function(oid, text, jsonb) is 'Stages a function or procedure that was just created or replaced; null where the general way has to look';

-- CREATE TABLE: nothing is known of it, and all that it may have are columns and constraints.
create or replace function pggit.stage_new_table(in_objid oid, in_command_tag text, in_rules jsonb)
returns int
language plpgsql
as $$
declare
    has_constraints boolean;
    staged_count int;
    more int := 0;
begin
    select exists (select from pg_constraint as k where k.conrelid = in_objid)
    into has_constraints
    from pg_class as c
    where c.oid = in_objid
      and c.relkind = 'r'
      and not c.relispartition
      and not exists (
          select from pg_index as x
          where x.indrelid = in_objid
            and not exists (select from pg_constraint as k where k.conrelid = in_objid and k.conindid = x.indexrelid)
      );
    if not found or pggit.root_decision('pg_class'::regclass, in_objid, in_command_tag, in_rules) is not true then
        return null;
    end if;
    insert into pggit.staged_changes (
        transaction_id, origin, gone, object_type, object_identity, schema_name, object_key, classid, objid, objsubid,
        root_classid, root_objid, position, definition_id, definition, dependencies, command_tag, statement_at)
    select pg_current_xact_id(), 'event', false, e.object_type, e.object_identity, e.schema_name,
           coalesce(e.parent_key, e.object_type || ' ' || e.object_identity), e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid,
           e.position, pggit.sha256_hex(e.definition::text), e.definition, e.dependencies, in_command_tag, statement_timestamp()
    from (
        select * from pggit.read_table(array[in_objid])
        union all
        select * from pggit.read_column(array[in_objid])
        offset 0
    ) as e
    where coalesce(case when e.definition ? 'comment' then pggit.directive_of(e.definition ->> 'comment', e.object_type) end, true);
    get diagnostics staged_count = row_count;
    if has_constraints then
        insert into pggit.staged_changes (
            transaction_id, origin, gone, object_type, object_identity, schema_name, object_key, classid, objid, objsubid,
            root_classid, root_objid, position, definition_id, definition, dependencies, command_tag, statement_at)
        select pg_current_xact_id(), 'event', false, e.object_type, e.object_identity, e.schema_name, e.parent_key,
               e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid, e.position, pggit.sha256_hex(e.definition::text), e.definition,
               e.dependencies, in_command_tag, statement_timestamp()
        from (select * from pggit.read_constraint(array[in_objid]) offset 0) as e
        where coalesce(case when e.definition ? 'comment' then pggit.directive_of(e.definition ->> 'comment', e.object_type) end, true);
        get diagnostics more = row_count;
    end if;
    return staged_count + more;
end
$$;
comment on function pggit.stage_new_table(oid, text, jsonb) is 'Stages a table that was just created; null where it has more than columns and constraints';
