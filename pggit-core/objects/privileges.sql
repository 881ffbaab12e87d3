-- Privileges on what is not ours to make: the objects of PostgreSQL itself and the members of extensions, where they are not those that
-- initdb or the extension gave. Each as it differs; the owner's grants first, then those that they let others make.
-- initdb makes information_schema after it has filled pg_init_privs: there it gives USAGE and SELECT to everybody, but for some relations.
with recursive lists as materialized (
    select 'pg_catalog.pg_proc'::regclass::oid as classid, p.oid as objid,
           case p.prokind when 'p' then 'procedure ' else 'function ' end || (pg_identify_object('pg_catalog.pg_proc'::regclass, p.oid, 0)).identity as target,
           0 as objsubid, null::text as attribute, p.proowner as owner, p.proacl as now, acldefault('f', p.proowner) as fresh
    from pg_proc as p
    where p.oid = any ($1)
      and p.proacl is not null
    union all
    select 'pg_catalog.pg_class'::regclass, c.oid, case c.relkind when 'S' then 'sequence ' else 'table ' end || quote_ident(n.nspname) || '.' || quote_ident(c.relname),
           0, null, c.relowner, c.relacl,
           acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner)
           || case when c.oid < 16384 and n.nspname = 'information_schema' and c.relname not in ('sql_parts', 'transforms') and c.relname !~ '^_'
                  then array[makeaclitem(0, c.relowner, 'SELECT', false)] end
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.oid = any ($1)
      and c.relacl is not null
      and c.relkind <> 't'
    union all
    select 'pg_catalog.pg_class'::regclass, c.oid, case c.relkind when 'S' then 'sequence ' else 'table ' end || quote_ident(n.nspname) || '.' || quote_ident(c.relname),
           a.attnum, quote_ident(a.attname), c.relowner, a.attacl, null
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = c.oid and not a.attisdropped
    where c.oid = any ($1)
      and c.relkind <> 't'
    union all
    select 'pg_catalog.pg_type'::regclass, t.oid, 'type ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname), 0, null, t.typowner, t.typacl, acldefault('T', t.typowner)
    from pg_type as t
    join pg_namespace as n on n.oid = t.typnamespace
    where t.oid = any ($1)
      and t.typacl is not null
    union all
    select 'pg_catalog.pg_namespace'::regclass, n.oid, 'schema ' || quote_ident(n.nspname), 0, null, n.nspowner, n.nspacl,
           acldefault('n', n.nspowner) || case when n.oid < 16384 then array[makeaclitem(0, n.nspowner, 'USAGE', false)] end
    from pg_namespace as n
    where n.oid = any ($1)
      and n.nspacl is not null
      and (n.oid >= 16384 or n.nspname in ('pg_catalog', 'information_schema'))
    union all
    select 'pg_catalog.pg_language'::regclass, l.oid, 'language ' || quote_ident(l.lanname), 0, null, l.lanowner, l.lanacl, acldefault('l', l.lanowner)
    from pg_language as l
    where l.oid = any ($1)
      and l.lanacl is not null
    union all
    select 'pg_catalog.pg_foreign_server'::regclass, s.oid, 'foreign server ' || quote_ident(s.srvname), 0, null, s.srvowner, s.srvacl, acldefault('S', s.srvowner)
    from pg_foreign_server as s
    where s.oid = any ($1)
      and s.srvacl is not null
    union all
    select 'pg_catalog.pg_foreign_data_wrapper'::regclass, w.oid, 'foreign data wrapper ' || quote_ident(w.fdwname), 0, null, w.fdwowner, w.fdwacl, acldefault('F', w.fdwowner)
    from pg_foreign_data_wrapper as w
    where w.oid = any ($1)
      and w.fdwacl is not null
),
states as materialized (
    select l.classid, l.objid, l.target, l.attribute, l.owner, a.grantee, a.grantor, a.privilege_type as privilege,
           max(a.is_grantable::int) filter (where a.is_now) as now, max(a.is_grantable::int) filter (where not a.is_now) as was
    from lists as l
    left join pg_init_privs as i on i.objoid = l.objid and i.classoid = l.classid and i.objsubid = l.objsubid
    cross join lateral (
        select x.*, true as is_now from aclexplode(l.now) as x
        union all
        select x.*, false from aclexplode(coalesce(i.initprivs, l.fresh)) as x
    ) as a
    where l.objid < 16384
       or exists (select from pg_depend as d where d.classid = l.classid and d.objid = l.objid and d.deptype = 'e')
    group by l.classid, l.objid, l.target, l.attribute, l.owner, a.grantee, a.grantor, a.privilege_type
),
-- who may pass on what, and how many have passed it on before
passing as (
    select distinct s.classid, s.objid, null::text collate "C" as attribute, s.owner as role, s.privilege, 0 as hops
    from states as s
    union
    select s.classid, s.objid, s.attribute collate "C", s.grantee, s.privilege, p.hops + 1
    from passing as p
    join states as s on s.classid = p.classid and s.objid = p.objid and s.grantor = p.role and s.privilege = p.privilege
                    and (p.attribute is null or s.attribute = p.attribute)
    where s.now = 1
      and s.grantee <> s.owner
      and p.hops < 50
),
items as (
    select s.classid, s.objid, s.target, h.hops, s.attribute,
           case when s.grantor <> s.owner then quote_ident(pg_get_userbyid(s.grantor)) end as grantor,
           case s.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(s.grantee)) end as grantee,
           string_agg(n.name, ', ' order by n.name) filter (where s.now = 0) as privileges,
           string_agg(n.name, ', ' order by n.name) filter (where s.now = 1) as grantable,
           string_agg(n.name, ', ' order by n.name) filter (where s.was = 0) as initial,
           string_agg(n.name, ', ' order by n.name) filter (where s.was = 1) as initial_grantable
    from states as s
    cross join lateral (
        select min(p.hops) as hops
        from passing as p
        where p.classid = s.classid
          and p.objid = s.objid
          and p.role = s.grantor
          and p.privilege = s.privilege
          and (p.attribute is null or p.attribute = s.attribute)
    ) as h
    cross join lateral (select lower(s.privilege) || coalesce(' (' || s.attribute || ')', '') as name) as n
    where s.now is distinct from s.was
    group by s.classid, s.objid, s.target, h.hops, s.attribute, s.grantor, s.owner, s.grantee
)
select i.classid,
       i.objid,
       0 as objsubid,
       'pg_catalog.pg_init_privs'::regclass::oid as root_classid,
       i.objid as root_objid,
       'privileges' as object_type,
       'on ' || i.target as object_identity,
       null::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_build_object('grants', jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
           'to', i.grantee, 'by', i.grantor, 'privileges', i.privileges, 'grantable', i.grantable, 'initial', i.initial, 'initial_grantable', i.initial_grantable
       )) order by i.hops, convert_to(i.attribute, 'UTF8') nulls first, convert_to(i.grantor, 'UTF8') nulls first, convert_to(i.grantee, 'UTF8'))) as definition,
       (
           select array_agg(distinct needed.key)
           from pg_depend as d
           join pg_extension as e on e.oid = d.refobjid
           cross join lateral pg_identify_object(i.classid, i.objid, 0) as o
           cross join lateral (values ('extension ' || quote_ident(e.extname)), ('schema ' || o.schema)) as needed (key)
           where d.classid = i.classid
             and d.objid = i.objid
             and d.deptype = 'e'
             and needed.key is not null
       ) as dependencies
from items as i
group by i.classid, i.objid, i.target
