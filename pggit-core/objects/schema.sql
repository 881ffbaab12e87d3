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
           'privileges', case
               when n.nspacl is not null and not (n.nspacl @> acldefault('n', n.nspowner) and n.nspacl <@ acldefault('n', n.nspowner))
                   then coalesce(pggit.sorted(n.nspacl::text[]), '[]')
           end,
           'comment', (
               select d.description
               from pg_description as d
               where d.objoid = n.oid
                 and d.classoid = 'pg_catalog.pg_namespace'::regclass
                 and d.objsubid = 0
           )
       )) as definition,
       null::text[] as dependencies
from pg_namespace as n
where n.oid = any ($1)
