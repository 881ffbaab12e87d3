-- Text search templates.
select 'pg_catalog.pg_ts_template'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_ts_template'::regclass::oid as root_classid,
       o.oid as root_objid,
       'text search template' as object_type,
       (pg_identify_object('pg_catalog.pg_ts_template'::regclass, o.oid, 0)).identity as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'init', case when o.tmplinit <> 0 then o.tmplinit::regproc::text end,
           'lexize', case when o.tmpllexize <> 0 then o.tmpllexize::regproc::text end,
           'comment', (
               select d.description
               from pg_description as d
               where d.objoid = o.oid
                 and d.classoid = 'pg_catalog.pg_ts_template'::regclass
                 and d.objsubid = 0
           )
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.classid = 'pg_catalog.pg_ts_template'::regclass
             and d.objid = o.oid
             and d.deptype in ('n', 'a')
             and d.refclassid <> 'pg_catalog.pg_namespace'::regclass
       ) as dependencies
from pg_ts_template as o
join pg_namespace as n on n.oid = o.tmplnamespace
where o.oid = any ($1)
