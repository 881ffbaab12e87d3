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
           'comment', (
               select d.description
               from pg_description as d
               where d.objoid = o.oid
                 and d.classoid = 'pg_catalog.pg_ts_dict'::regclass
                 and d.objsubid = 0
           )
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.classid = 'pg_catalog.pg_ts_dict'::regclass
             and d.objid = o.oid
             and d.deptype in ('n', 'a')
             and d.refclassid <> 'pg_catalog.pg_namespace'::regclass
       ) as dependencies
from pg_ts_dict as o
join pg_namespace as n on n.oid = o.dictnamespace
where o.oid = any ($1)
