-- Schemas; public too, for it can be dropped, given away and opened to others.
select 'pg_catalog.pg_namespace'::regclass::oid as classid,
       n.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_namespace'::regclass::oid as root_classid,
       n.oid as root_objid,
       'schema' as object_type,
       quote_ident(n.nspname) as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(n.nspowner),
           'privileges', pggit.own_privileges(n.nspacl, 'n', n.nspowner),
           'comment', pggit.comment_on('pg_catalog.pg_namespace'::regclass, n.oid)
       )) as definition,
       null::text[] as dependencies
from pg_namespace as n
where n.oid = any ($1)
