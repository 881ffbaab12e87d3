-- Who else is concerned when an object changes: found through pg_depend and pg_inherits, by index.

-- The roots of what depends on the given addresses ([classid, objid, objsubid]), which a rename makes read differently.
create or replace function pggit.dependent_roots(in_addresses jsonb)
returns jsonb
language sql
stable
as $$
    with given as (
        select (a.value ->> 0)::oid as classid, (a.value ->> 1)::oid as objid, (a.value ->> 2)::int as objsubid
        from jsonb_array_elements(in_addresses) as a
    ),
    -- a relation's row type and a type's array type stand for the relation and the type
    row_types as (
        select 'pg_type'::regclass::oid as classid, c.reltype as objid, 0 as objsubid
        from given as g
        join pg_class as c on g.classid = 'pg_class'::regclass and g.objsubid = 0 and c.oid = g.objid
        where c.reltype <> 0
    ),
    referenced as (
        select * from given
        union
        select * from row_types
        union
        select 'pg_type'::regclass::oid, t.typarray, 0
        from (select * from given union all select * from row_types) as g
        join pg_type as t on g.classid = 'pg_type'::regclass and t.oid = g.objid
        where t.typarray <> 0
    ),
    direct as (
        select distinct d.classid, d.objid
        from referenced as r
        join pg_depend as d on d.refclassid = r.classid and d.refobjid = r.objid and (r.objsubid = 0 or d.refobjsubid = r.objsubid)
        where d.deptype in ('n', 'a', 'i')
    ),
    -- what an operator class names belongs to its family too, and a table of a type may have heirs
    dependents as (
        select * from direct
        union
        select k.refclassid, k.refobjid
        from direct as d
        join pg_depend as k on k.classid = d.classid and k.objid = d.objid and k.refclassid = 'pg_opclass'::regclass
        where d.classid in ('pg_amop'::regclass, 'pg_amproc'::regclass)
        union
        select d.classid, i.inhrelid
        from direct as d
        join pg_class as c on c.oid = d.objid and c.reloftype <> 0
        join pg_inherits as i on i.inhparent = c.oid
        where d.classid = 'pg_class'::regclass
    ),
    roots as (
        select o.root_classid, o.root_objid
        from dependents as d
        cross join lateral pggit.root_of(d.classid, d.objid, (pg_identify_object(d.classid, d.objid, 0)).type) as o
        where o.root_objid is not null
        union
        -- privileges on members of extensions stand by themselves
        select 'pg_init_privs'::regclass, d.objid
        from given as g
        join pg_depend as d on d.classid = g.classid and d.objid = g.objid and d.deptype = 'e'
        union
        -- operators name each other without depending on each other
        select g.classid, o.oid
        from given as g
        join pg_operator as o on g.objid in (o.oprcom, o.oprnegate)
        where g.classid = 'pg_operator'::regclass
        union
        select (u.root ->> 0)::oid, (u.root ->> 1)::oid
        from jsonb_array_elements(pggit.naming_unnoted()) as u (root)
    )
    select coalesce(jsonb_agg(jsonb_build_array(r.root_classid::bigint, r.root_objid::bigint)), '[]')
    from roots as r
$$;
comment on function pggit.dependent_roots(jsonb) is 'The roots of everything that depends on the given addresses';

-- Privileges on objects of PostgreSQL itself and on members of extensions are elements of their own.
create or replace function pggit.with_privileges(in_roots jsonb)
returns jsonb
language sql
stable
as $$
    select coalesce(jsonb_agg(distinct jsonb_build_array(case when o.is_ours then g.classid else 'pg_init_privs'::regclass end::bigint, g.objid::bigint)), '[]')
    from (select (a.value ->> 0)::oid as classid, (a.value ->> 1)::oid as objid from jsonb_array_elements(in_roots) as a) as g
    cross join lateral (
        select case
                   when g.objid < 16384 then g.classid = 'pg_namespace'::regclass and g.objid = to_regnamespace('public')
                   else not exists (select from pg_depend as d where d.classid = g.classid and d.objid = g.objid and d.deptype = 'e')
               end as is_ours
    ) as o
$$;
comment on function pggit.with_privileges(jsonb) is 'Roots, with the privileges in the place of each object that is not ours to make';

-- Default privileges make those on an extension's members differ from what the extension gave.
create or replace function pggit.privileges_by_default()
returns jsonb
language sql
stable
as $$
    select coalesce(jsonb_agg(distinct jsonb_build_array('pg_init_privs'::regclass::oid::bigint, d.objid::bigint)), '[]')
    from pg_depend as d
    where d.refclassid = 'pg_extension'::regclass
      and d.deptype = 'e'
      and d.classid in ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_type'::regclass, 'pg_namespace'::regclass, 'pg_language'::regclass,
                        'pg_foreign_server'::regclass, 'pg_foreign_data_wrapper'::regclass)
      and age(d.xmin) <= age(pg_current_xact_id()::xid)
      and exists (select from pg_default_acl)
$$;
comment on function pggit.privileges_by_default() is 'The privileges on what this transaction has made a member of an extension, as roots, where there are default privileges';

-- What goes with an extension takes along the privileges that were recorded of it; an old snapshot does not tell which these are.
create or replace function pggit.privileges_gone()
returns jsonb
language plpgsql
stable
as $$
declare
    known oid[];
begin
    if not pggit.is_isolated() then
        known := array(
            select e.root_objid from pggit.elements as e where e.root_classid = 'pg_init_privs'::regclass
            union
            select s.root_objid from pggit.staged_changes as s where s.root_classid = 'pg_init_privs'::regclass);
    end if;
    return (
        select coalesce(jsonb_agg(distinct jsonb_build_array('pg_init_privs'::regclass::oid::bigint, d.objid::bigint)), '[]')
        from pg_event_trigger_dropped_objects() as d
        where d.objsubid = 0
          and d.classid in ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_type'::regclass, 'pg_namespace'::regclass, 'pg_language'::regclass,
                            'pg_foreign_server'::regclass, 'pg_foreign_data_wrapper'::regclass)
          and (known is null or d.objid = any (known)));
end
$$;
comment on function pggit.privileges_gone() is 'The privileges on members of extensions that this command has dropped, as roots';

-- For a transaction with an old snapshot that dropped something: the event triggers that are there no more.
create or replace function pggit.stage_lost_event_triggers(in_transaction_id xid8)
returns void
language sql
as $$
    insert into pggit.staged_changes (
        transaction_id, gone, object_type, object_identity, object_key, classid, objid, objsubid, root_classid, root_objid, command_tag, statement_at)
    select in_transaction_id, true, e.object_type, e.object_identity, e.object_key, e.classid, e.objid, 0, e.classid, e.objid, s.command_tag, s.statement_at
    from pggit.elements as e
    cross join lateral (
        select x.command_tag, x.statement_at
        from pggit.staged_changes as x
        where x.transaction_id = in_transaction_id
          and x.root_classid = 'pg_event_trigger'::regclass
          and x.root_objid = 0
        limit 1
    ) as s
    where e.object_type = 'event trigger'
      and not exists (select from pg_event_trigger as t where t.oid = e.objid)
$$;
comment on function pggit.stage_lost_event_triggers(xid8) is 'Stages the end of event triggers that went with a function in a transaction with an old snapshot';

-- A column more or less, or under another name, changes how PostgreSQL prints the joins of views, functions and policies over the relation.
create or replace function pggit.readers_of(in_relations oid[])
returns jsonb
language sql
stable
as $$
    select coalesce(jsonb_agg(distinct jsonb_build_array(o.root_classid::bigint, o.root_objid::bigint)), '[]')
    from pg_depend as d
    cross join lateral pggit.root_of(d.classid, d.objid, '') as o
    where d.refclassid = 'pg_class'::regclass
      and d.refobjid = any (in_relations)
      and d.classid in ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_policy'::regclass)
      and o.root_objid is not null
      and exists (
          select from pg_attribute as a
          where a.attrelid = d.refobjid
            and age(a.xmin) <= age(pg_current_xact_id()::xid)
      )
$$;
comment on function pggit.readers_of(oid[]) is 'What reads relations whose columns this transaction has written';

-- Commands on a table reach its partitions and children without naming them; DETACH names the parent only. A new partition of a table
-- that others refer to gives these a key more. Sequences follow their table. ALTER TYPE ... CASCADE reaches the tables of the type; a range names its
-- multirange. What joins a family of operators may belong to one of its classes, and the other way round. A function that returns a type
-- which is not there yet makes a shell of it.
create or replace function pggit.relatives_of(in_classid oid, in_objid oid, in_command_tag text, in_may_detach boolean)
returns jsonb
language plpgsql
as $$
declare
    relation record;
    family oid[] := array[in_objid];
    found_roots jsonb := '[]';
begin
    if in_classid = 'pg_type'::regclass and in_command_tag = 'ALTER TYPE' then
        return pggit.dependent_roots(jsonb_build_array(jsonb_build_array(in_classid::bigint, in_objid::bigint, 0)))
               || pggit.dependent_roots((
                      select jsonb_build_array(jsonb_build_array('pg_class'::regclass::oid::bigint, t.typrelid::bigint, 0))
                      from pg_type as t
                      where t.oid = in_objid))
               || (select coalesce(jsonb_agg(jsonb_build_array(in_classid::bigint, r.rngtypid::bigint)), '[]') from pg_range as r where r.rngmultitypid = in_objid);
    elsif in_classid in ('pg_opclass'::regclass, 'pg_opfamily'::regclass) then
        select coalesce(jsonb_agg(jsonb_build_array(f.classid::bigint, f.objid::bigint)), '[]')
        into found_roots
        from (
            select 'pg_opfamily'::regclass::oid as classid, o.opcfamily as objid from pg_opclass as o where in_classid = 'pg_opclass'::regclass and o.oid = in_objid
            union all
            select 'pg_opclass'::regclass, o.oid from pg_opclass as o where in_classid = 'pg_opfamily'::regclass and o.opcfamily = in_objid
        ) as f;
        return found_roots;
    elsif in_classid = 'pg_proc'::regclass and in_command_tag = 'CREATE FUNCTION' then
        select coalesce(jsonb_agg(jsonb_build_array('pg_type'::regclass::oid::bigint, t.oid::bigint)), '[]')
        into found_roots
        from pg_proc as p
        join pg_type as t on t.oid = p.prorettype
        where p.oid = in_objid
          and not t.typisdefined;
        return found_roots;
    elsif in_classid <> 'pg_class'::regclass then
        return found_roots;
    end if;
    select c.relkind, c.relhassubclass, c.relispartition
    into relation
    from pg_class as c
    where c.oid = in_objid;
    if relation.relhassubclass and in_command_tag <> 'COMMENT' then
        family := array(
            with recursive members as (
                select in_objid as relid
                union
                select i.inhrelid
                from members as m
                join pg_inherits as i on i.inhparent = m.relid
            )
            select m.relid from members as m);
        select jsonb_agg(jsonb_build_array(in_classid::bigint, f.relid::bigint))
        into found_roots
        from unnest(family) as f (relid);
    end if;
    if in_command_tag in ('ALTER TABLE', 'ALTER FOREIGN TABLE', 'ALTER VIEW', 'CREATE VIEW', 'ALTER MATERIALIZED VIEW') then
        found_roots := found_roots || pggit.readers_of(family);
    end if;
    if relation.relispartition or (relation.relkind = 'p' and in_command_tag = 'ALTER TABLE') then
        select found_roots || coalesce(jsonb_agg(distinct jsonb_build_array(in_classid::bigint, k.conrelid::bigint)), '[]')
        into found_roots
        from pg_depend as d
        join pg_constraint as k on k.oid = d.objid and k.confrelid = d.refobjid and k.conparentid <> 0
        where d.refclassid = in_classid
          and d.refobjid = any (family)
          and d.classid = 'pg_constraint'::regclass;
    end if;
    if relation.relkind = 'p' and in_command_tag = 'ALTER TABLE' and in_may_detach then
        -- triggers go from all that is below a partition that was detached
        with recursive written as (
            select w.root_objid as relid from pggit.roots_written_since('TABLE', null, 'partitions') as w
            union
            select i.inhrelid from written as w join pg_inherits as i on i.inhparent = w.relid
        )
        select found_roots || coalesce(jsonb_agg(jsonb_build_array(in_classid::bigint, w.relid::bigint)), '[]')
        into found_roots
        from written as w;
    end if;
    if in_command_tag in ('ALTER TABLE', 'ALTER FOREIGN TABLE') then
        -- owner and persistence are those of the sequences too that belong to columns
        select found_roots || coalesce(jsonb_agg(distinct jsonb_build_array(in_classid::bigint, c.oid::bigint)), '[]')
        into found_roots
        from pg_depend as d
        join pg_class as c on c.oid = d.objid and c.relkind = 'S' and age(c.xmin) <= age(pg_current_xact_id()::xid)
        where d.refclassid = in_classid
          and d.refobjid = any (family)
          and d.classid = in_classid
          and d.deptype = 'a';
    end if;
    if in_command_tag in ('ALTER TABLE', 'ALTER FOREIGN TABLE', 'ALTER MATERIALIZED VIEW') then
        -- a column's new type makes its statistics anew
        select found_roots || coalesce(jsonb_agg(jsonb_build_array('pg_statistic_ext'::regclass::oid::bigint, s.oid::bigint)), '[]')
        into found_roots
        from pg_statistic_ext as s
        where s.stxrelid = in_objid;
    end if;
    return found_roots;
end
$$;
comment on function pggit.relatives_of(oid, oid, text, boolean) is 'What a command changes beside the object that it names';

-- What is dropped is named as the session has names quoted (quote_all_identifiers); we name it as everybody does, and transforms as 15.
create or replace function pggit.requoted(in_identity text)
returns text
language plpgsql
stable
as $$
begin
    if in_identity like 'for % language %' then
        in_identity := regexp_replace(in_identity, '^for (.*?) (?:on )?language ', 'for \1 on language ');
    end if;
    if position('"' in in_identity) = 0 then
        return in_identity;
    end if;
    return (
        select string_agg(case when p.part[1] like '"_%' then quote_ident(replace(substr(p.part[1], 2, length(p.part[1]) - 2), '""', '"')) else p.part[1] end, '' order by p.place)
        from regexp_matches(in_identity, '"(?:[^"]|"")+"|[^"]+|"', 'g') with ordinality as p (part, place));
end
$$;
comment on function pggit.requoted(text) is 'An identity with quotes where they are needed';

-- The root that an object belonged to which has been dropped, as long as the root itself lives.
create or replace function pggit.surviving_root(in_object_type text, in_object_identity text, in_address_names text[], in_objid oid)
returns table (root_classid oid, root_objid oid)
language sql
stable
as $$
    select case c.relkind when 'c' then 'pg_type'::regclass::oid else 'pg_class'::regclass::oid end,
           case c.relkind when 'c' then c.reltype else c.oid end
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where in_object_type in ('table column', 'composite type column', 'foreign table column', 'view column', 'materialized view column', 'default value', 'table constraint', 'trigger', 'rule', 'policy')
      and n.nspname = in_address_names[1]
      and c.relname = in_address_names[2]
    union
    select o.root_classid, o.root_objid
    from pggit.part_owner(in_object_type, in_object_identity) as o
    union
    select e.root_classid, e.root_objid
    from pggit.elements as e
    where not pggit.is_isolated()
      and e.object_type = in_object_type
      and e.object_identity = in_object_identity
    union
    select s.root_classid, s.root_objid
    from pggit.staged_changes as s
    where not pggit.is_isolated()
      and s.objid = in_objid
      and s.objid <> s.root_objid
      and s.object_type = in_object_type
      and s.object_identity = in_object_identity
$$;
comment on function pggit.surviving_root(text, text, text[], oid) is 'The object that a dropped column, constraint, index or the like belonged to';
