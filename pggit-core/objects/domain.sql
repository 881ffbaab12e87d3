-- Domains; their constraints are elements of their own.
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
           'kind', 'domain',
           'owner', pg_get_userbyid(t.typowner),
           'base_type', format_type(t.typbasetype, t.typtypmod),
           'not_null', nullif(t.typnotnull, false),
           'default', case
               when t.typdefaultbin is not null then pggit.settled(pg_get_expr(t.typdefaultbin, 0))
               when u.typtype = 'd' then quote_literal(t.typdefault)
               -- a base type keeps the default it was made with, and its domains have it until they say another, or none
               when t.typdefault is null and u.typdefault is not null then 'NULL'
           end,
           'collation', case when t.typcollation <> 0 and t.typcollation <> u.typcollation then t.typcollation::regcollation::text end,
           'privileges', pggit.own_privileges(t.typacl, 'T', t.typowner),
           'comment', pggit.comment_on('pg_catalog.pg_type'::regclass, t.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_type'::regclass, t.oid, 'n', t.oid) as dependencies
from pg_type as t
join pg_namespace as n on n.oid = t.typnamespace
join pg_type as u on u.oid = t.typbasetype
where t.oid = any ($1)
  and t.typtype = 'd'
