-- Range types, with the multirange type that PostgreSQL makes beside each.
select 'pg_catalog.pg_type'::regclass::oid as classid,
       t.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_type'::regclass::oid as root_classid,
       t.oid as root_objid,
       'type' as object_type,
       quote_ident(n.nspname) || '.' || quote_ident(t.typname) as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'kind', 'range',
           'owner', pg_get_userbyid(t.typowner),
           'subtype', format_type(r.rngsubtype, null),
           'subtype_opclass', (select quote_ident(cn.nspname) || '.' || quote_ident(o.opcname) from pg_opclass as o join pg_namespace as cn on cn.oid = o.opcnamespace where o.oid = r.rngsubopc and not o.opcdefault),
           'collation', case when r.rngcollation <> 0 and r.rngcollation <> (select u.typcollation from pg_type as u where u.oid = r.rngsubtype) then r.rngcollation::regcollation::text end,
           'canonical', case when r.rngcanonical <> 0 then r.rngcanonical::regproc::text end,
           'subtype_diff', case when r.rngsubdiff <> 0 then r.rngsubdiff::regproc::text end,
           'multirange', (select quote_ident(mn.nspname) || '.' || quote_ident(m.typname) from pg_type as m join pg_namespace as mn on mn.oid = m.typnamespace where m.oid = r.rngmultitypid),
           'privileges', pggit.own_privileges(t.typacl, 'T', t.typowner),
           'comment', pggit.comment_on('pg_catalog.pg_type'::regclass, t.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_type'::regclass, t.oid, 'n', t.oid) as dependencies
from pg_type as t
join pg_namespace as n on n.oid = t.typnamespace
join pg_range as r on r.rngtypid = t.oid
where t.oid = any ($1)
  and t.typtype = 'r'
