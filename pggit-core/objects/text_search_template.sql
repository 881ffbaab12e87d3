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
           'comment', pggit.comment_on('pg_catalog.pg_ts_template'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_ts_template'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_ts_template as o
join pg_namespace as n on n.oid = o.tmplnamespace
where o.oid = any ($1)
