-- Text search configurations with their mappings.
select 'pg_catalog.pg_ts_config'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_ts_config'::regclass::oid as root_classid,
       o.oid as root_objid,
       'text search configuration' as object_type,
       (pg_identify_object('pg_catalog.pg_ts_config'::regclass, o.oid, 0)).identity as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(o.cfgowner),
           'parser', (pg_identify_object('pg_catalog.pg_ts_parser'::regclass, o.cfgparser, 0)).identity,
           'mappings', (
               select jsonb_object_agg(m.alias, m.dictionaries)
               from (
                   select t.alias, jsonb_agg((pg_identify_object('pg_catalog.pg_ts_dict'::regclass, m.mapdict, 0)).identity order by m.mapseqno) as dictionaries
                   from pg_ts_config_map as m
                   join ts_token_type(o.cfgparser) as t on t.tokid = m.maptokentype
                   where m.mapcfg = o.oid
                   group by t.alias
               ) as m
           ),
           'comment', pggit.comment_on('pg_catalog.pg_ts_config'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_ts_config'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_ts_config as o
join pg_namespace as n on n.oid = o.cfgnamespace
where o.oid = any ($1)
