-- Values of regclass and its like name objects. Where one is the bound of a partition, or an item of an array that is a constant,
-- PostgreSQL notes no dependency: whenever anything is renamed or dropped, what holds such values is read again.

create or replace function pggit.naming_types()
returns regtype[]
language sql
immutable parallel safe
as $$
    select '{regproc,regprocedure,regoper,regoperator,regclass,regtype,regnamespace,regconfig,regdictionary,regcollation,regrole}'::regtype[]
$$;
comment on function pggit.naming_types() is 'The types whose values are objects, printed by name';

create or replace function pggit.naming_classes()
returns oid[]
language sql
stable
as $$
    select array(
        select o.oid from pg_opclass as o
        where o.opcintype = any ('{oid,anyarray,record}'::regtype[]::oid[] || pggit.naming_types()::oid[]))
$$;
comment on function pggit.naming_classes() is 'The operator classes by which such types, and arrays and rows of them, can be the keys of partitioned tables';

-- Of an expression's type nothing is noted, and a domain may stand on others: it may be any of them.
create or replace function pggit.naming_keys(in_partitioned_table oid)
returns regtype[]
language sql
stable
as $$
    select coalesce(array_agg(distinct n.type), '{}')
    from pg_partitioned_table as p
    cross join unnest(p.partattrs::int2[], p.partclass::oid[]) as k (attnum, class)
    left join pg_attribute as a on a.attrelid = p.partrelid and a.attnum = k.attnum and k.attnum > 0
    left join pg_type as t on t.oid = a.atttypid
    join unnest(pggit.naming_types()) as n (type)
        on t.typtype is distinct from 'b' or n.type in (t.oid, t.typelem)
    where p.partrelid = in_partitioned_table
      and k.class = any (pggit.naming_classes())
$$;
comment on function pggit.naming_keys(oid) is 'The types of the keys of a partitioned table by which its partitions'' bounds may name objects';

create or replace function pggit.naming_unnoted()
returns jsonb
language plpgsql
stable
as $$
declare
    roots jsonb := '[]';
    partitioned oid[];
begin
    if exists (select from pg_partitioned_table) then
        -- ordinary keys are told by this alone
        partitioned := (
            select array_agg(p.partrelid)
            from (select c.classes from pggit.naming_classes() as c (classes) offset 0) as c
            join pg_partitioned_table as p on p.partclass::oid[] && c.classes);
        if partitioned is not null then
            select coalesce(jsonb_agg(jsonb_build_array('pg_class'::regclass::oid::bigint, i.inhrelid::bigint)), '[]')
            into roots
            from unnest(partitioned) as p (relid)
            join pg_inherits as i on i.inhparent = p.relid
            where pggit.naming_keys(p.relid) <> '{}';
        end if;
    end if;
    if not pggit.is_isolated() then
        select roots || coalesce(jsonb_agg(distinct jsonb_build_array(n.root_classid::bigint, n.root_objid::bigint)), '[]')
        into roots
        from (
            select e.root_classid, e.root_objid, b.definition
            from pggit.blobs as b
            join pggit.elements as e on e.definition_id = b.definition_id
            where b.definition::text like '%::reg%[]%'
            union all
            select s.root_classid, s.root_objid, s.definition
            from pggit.staged_changes as s
            where s.definition::text like '%::reg%[]%' and not s.gone
        ) as n
        -- what the body of a function says is text
        where (n.definition - '{source,comment}'::text[])::text ~ '::reg[a-z]+\[\]';
    end if;
    return roots;
end
$$;
comment on function pggit.naming_unnoted() is 'What may hold names of objects that it is not noted to depend on, as roots';

create or replace function pggit.named_in_bound(in_partition oid)
returns text[]
language plpgsql
stable
as $$
declare
    key record;
    named oid[];
    needed text[] := '{}';
begin
    for key in
        select n.type::text, case when b.body like '{%' then b.body else array[b.body]::text end as names,
               case n.type
                   when 'regproc'::regtype then 'pg_proc'::regclass
                   when 'regprocedure'::regtype then 'pg_proc'::regclass
                   when 'regoper'::regtype then 'pg_operator'::regclass
                   when 'regoperator'::regtype then 'pg_operator'::regclass
                   when 'regclass'::regtype then 'pg_class'::regclass
                   when 'regtype'::regtype then 'pg_type'::regclass
                   when 'regnamespace'::regtype then 'pg_namespace'::regclass
                   when 'regconfig'::regtype then 'pg_ts_config'::regclass
                   when 'regdictionary'::regtype then 'pg_ts_dict'::regclass
                   when 'regcollation'::regtype then 'pg_collation'::regclass
               end as catalog
        from pg_inherits as i
        join pg_class as c on c.oid = i.inhrelid
        cross join unnest(pggit.naming_keys(i.inhparent)) as n (type)
        cross join regexp_matches(pg_get_expr(c.relpartbound, 0), '(E?)''((?:[^'']|'''')*)''', 'g') as m (parts)
        cross join lateral (
            select replace(case m.parts[1] when 'E' then replace(m.parts[2], '\\', '\') else m.parts[2] end, '''''', '''') as body) as b
        where i.inhrelid = in_partition
    loop
        continue when key.catalog is null;
        begin
            execute format('select %L::%s[]::pg_catalog.oid[]', key.names, key.type) into named;
        exception
            when others then
                -- it names nothing of that kind
                continue;
        end;
        needed := needed || array(
            select o.type || ' ' || o.identity
            from unnest(named) as u (objid)
            cross join pg_identify_object(key.catalog, u.objid, 0) as o
            where u.objid >= 16384 and u.objid <> in_partition and o.identity is not null);
    end loop;
    return nullif(needed, '{}');
end
$$;
comment on function pggit.named_in_bound(oid) is 'What the bound of a partition names, as dependencies are written; null where that is nothing';
