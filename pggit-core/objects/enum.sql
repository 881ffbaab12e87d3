-- Enumerated types with their labels in order.
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
           'kind', 'enum',
           'owner', pg_get_userbyid(t.typowner),
           'labels', (select coalesce(jsonb_agg(e.enumlabel order by e.enumsortorder), '[]') from pg_enum as e where e.enumtypid = t.oid),
           'privileges', pggit.own_privileges(t.typacl, 'T', t.typowner),
           'comment', pggit.comment_on('pg_catalog.pg_type'::regclass, t.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_type'::regclass, t.oid, 'n', t.oid) as dependencies
from pg_type as t
join pg_namespace as n on n.oid = t.typnamespace
where t.oid = any ($1)
  and t.typtype = 'e'
