-- Extensions; their members are theirs and no elements. Privileges on them are recorded where they are not those that the extension gave.
select 'pg_catalog.pg_extension'::regclass::oid as classid,
       e.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_extension'::regclass::oid as root_classid,
       e.oid as root_objid,
       'extension' as object_type,
       quote_ident(e.extname) as object_identity,
       null::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'schema', quote_ident(n.nspname),
           'version', e.extversion,
           'member_privileges', (
               select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                          'on', p.target, 'column', p.attribute, 'to', p.grantee, 'by', p.grantor,
                          'privileges', p.privileges, 'grantable', p.grantable, 'initial', p.initial, 'initial_grantable', p.initial_grantable
                      )) order by convert_to(p.grantor, 'UTF8') nulls first, convert_to(p.target, 'UTF8'), convert_to(p.attribute, 'UTF8') nulls first, convert_to(p.grantee, 'UTF8'))
               from (
                   select m.target, m.attribute,
                          case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee,
                          case when a.grantor <> m.owner then quote_ident(pg_get_userbyid(a.grantor)) end as grantor,
                          string_agg(lower(a.privilege_type) || m.suffix, ', ' order by a.privilege_type) filter (where a.is_now and not a.is_grantable) as privileges,
                          string_agg(lower(a.privilege_type) || m.suffix, ', ' order by a.privilege_type) filter (where a.is_now and a.is_grantable) as grantable,
                          string_agg(lower(a.privilege_type) || m.suffix, ', ' order by a.privilege_type) filter (where not a.is_now and not a.is_grantable) as initial,
                          string_agg(lower(a.privilege_type) || m.suffix, ', ' order by a.privilege_type) filter (where not a.is_now and a.is_grantable) as initial_grantable
                   from (
                       select case f.prokind when 'p' then 'procedure ' else 'function ' end || (pg_identify_object(d.classid, d.objid, 0)).identity as target,
                              null::text as attribute, '' as suffix, f.proowner as owner, f.proacl as now,
                              coalesce((select i.initprivs from pg_init_privs as i where i.objoid = d.objid and i.classoid = d.classid and i.objsubid = 0), acldefault('f', f.proowner)) as was
                       from pg_depend as d
                       join pg_proc as f on d.classid = 'pg_catalog.pg_proc'::regclass and f.oid = d.objid
                       where d.refclassid = 'pg_catalog.pg_extension'::regclass
                         and d.refobjid = e.oid
                         and d.deptype = 'e'
                         and f.proacl is not null
                       union all
                       select case c.relkind when 'S' then 'sequence ' else 'table ' end || quote_ident(s.nspname) || '.' || quote_ident(c.relname),
                              null, '', c.relowner, c.relacl,
                              coalesce((select i.initprivs from pg_init_privs as i where i.objoid = d.objid and i.classoid = d.classid and i.objsubid = 0),
                                       acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))
                       from pg_depend as d
                       join pg_class as c on d.classid = 'pg_catalog.pg_class'::regclass and c.oid = d.objid
                       join pg_namespace as s on s.oid = c.relnamespace
                       where d.refclassid = 'pg_catalog.pg_extension'::regclass
                         and d.refobjid = e.oid
                         and d.deptype = 'e'
                         and c.relacl is not null
                       union all
                       select 'table ' || quote_ident(s.nspname) || '.' || quote_ident(c.relname), quote_ident(a.attname), ' (' || quote_ident(a.attname) || ')', c.relowner, a.attacl,
                              (select i.initprivs from pg_init_privs as i where i.objoid = d.objid and i.classoid = d.classid and i.objsubid = a.attnum)
                       from pg_depend as d
                       join pg_class as c on d.classid = 'pg_catalog.pg_class'::regclass and c.oid = d.objid
                       join pg_namespace as s on s.oid = c.relnamespace
                       join pg_attribute as a on a.attrelid = c.oid
                       where d.refclassid = 'pg_catalog.pg_extension'::regclass
                         and d.refobjid = e.oid
                         and d.deptype = 'e'
                         and not a.attisdropped
                         and (a.attacl is not null
                              or exists (select from pg_init_privs as i where i.objoid = d.objid and i.classoid = d.classid and i.objsubid = a.attnum))
                       union all
                       select case d.classid
                                  when 'pg_catalog.pg_type'::regclass then 'type '
                                  when 'pg_catalog.pg_namespace'::regclass then 'schema '
                                  when 'pg_catalog.pg_language'::regclass then 'language '
                                  when 'pg_catalog.pg_foreign_server'::regclass then 'foreign server '
                                  else 'foreign data wrapper '
                              end || (pg_identify_object(d.classid, d.objid, 0)).identity,
                              null, '', o.owner, o.acl,
                              coalesce((select i.initprivs from pg_init_privs as i where i.objoid = d.objid and i.classoid = d.classid and i.objsubid = 0), acldefault(o.class, o.owner))
                       from pg_depend as d
                       join lateral (
                           select 'T'::"char" as class, t.typowner as owner, t.typacl as acl from pg_type as t where d.classid = 'pg_catalog.pg_type'::regclass and t.oid = d.objid
                           union all
                           select 'n', n.nspowner, n.nspacl from pg_namespace as n where d.classid = 'pg_catalog.pg_namespace'::regclass and n.oid = d.objid
                           union all
                           select 'l', l.lanowner, l.lanacl from pg_language as l where d.classid = 'pg_catalog.pg_language'::regclass and l.oid = d.objid
                           union all
                           select 'S', v.srvowner, v.srvacl from pg_foreign_server as v where d.classid = 'pg_catalog.pg_foreign_server'::regclass and v.oid = d.objid
                           union all
                           select 'F', w.fdwowner, w.fdwacl from pg_foreign_data_wrapper as w where d.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass and w.oid = d.objid
                       ) as o on o.acl is not null
                       where d.refclassid = 'pg_catalog.pg_extension'::regclass
                         and d.refobjid = e.oid
                         and d.deptype = 'e'
                   ) as m
                   cross join lateral (
                       select x.grantee, x.grantor, x.privilege_type, x.is_grantable, true as is_now from aclexplode(m.now) as x
                       union all
                       select x.grantee, x.grantor, x.privilege_type, x.is_grantable, false from aclexplode(m.was) as x
                   ) as a
                   group by m.target, m.attribute, m.owner, a.grantee, a.grantor
               ) as p
               where (p.privileges, p.grantable) is distinct from (p.initial, p.initial_grantable)
           ),
           'comment', (
               select d.description
               from pg_description as d
               where d.objoid = e.oid
                 and d.classoid = 'pg_catalog.pg_extension'::regclass
                 and d.objsubid = 0
           )
       )) as definition,
       (
           select array_agg(distinct 'extension ' || quote_ident(r.extname))
           from pg_depend as d
           join pg_extension as r on r.oid = d.refobjid
           where d.classid = 'pg_catalog.pg_extension'::regclass
             and d.objid = e.oid
             and d.refclassid = 'pg_catalog.pg_extension'::regclass
       ) as dependencies
from pg_extension as e
join pg_namespace as n on n.oid = e.extnamespace
where e.oid = any ($1)
