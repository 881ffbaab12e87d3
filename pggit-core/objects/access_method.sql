-- Access methods.
select 'pg_catalog.pg_am'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_am'::regclass::oid as root_classid,
       o.oid as root_objid,
       'access method' as object_type,
       (pg_identify_object('pg_catalog.pg_am'::regclass, o.oid, 0)).identity as object_identity,
       null::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'type', case o.amtype when 't' then 'table' else 'index' end,
           'handler', case when o.amhandler <> 0 then o.amhandler::regproc::text end,
           'comment', (
               select d.description
               from pg_description as d
               where d.objoid = o.oid
                 and d.classoid = 'pg_catalog.pg_am'::regclass
                 and d.objsubid = 0
           )
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.classid = 'pg_catalog.pg_am'::regclass
             and d.objid = o.oid
             and d.deptype in ('n', 'a')
             and d.refclassid <> 'pg_catalog.pg_namespace'::regclass
       ) as dependencies
from pg_am as o
where o.oid = any ($1)
