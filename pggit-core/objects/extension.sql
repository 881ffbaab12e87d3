-- Extensions; their members are theirs and no elements.
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
           'comment', pggit.comment_on('pg_catalog.pg_extension'::regclass, e.oid)
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.classid = 'pg_catalog.pg_extension'::regclass
             and d.objid = e.oid
             and d.deptype in ('n', 'a')
       ) as dependencies
from pg_extension as e
join pg_namespace as n on n.oid = e.extnamespace
where e.oid = any ($1)
