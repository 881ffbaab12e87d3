-- Text search dictionaries.
select 'pg_catalog.pg_ts_dict'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_ts_dict'::regclass::oid as root_classid,
       o.oid as root_objid,
       'text search dictionary' as object_type,
       (pg_identify_object('pg_catalog.pg_ts_dict'::regclass, o.oid, 0)).identity as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(o.dictowner),
           'template', (pg_identify_object('pg_catalog.pg_ts_template'::regclass, o.dicttemplate, 0)).identity,
           'options', o.dictinitoption,
           'comment', pggit.comment_on('pg_catalog.pg_ts_dict'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_ts_dict'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_ts_dict as o
join pg_namespace as n on n.oid = o.dictnamespace
where o.oid = any ($1)
