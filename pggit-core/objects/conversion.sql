-- Conversions between encodings.
select 'pg_catalog.pg_conversion'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_conversion'::regclass::oid as root_classid,
       o.oid as root_objid,
       'conversion' as object_type,
       (pg_identify_object('pg_catalog.pg_conversion'::regclass, o.oid, 0)).identity as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(o.conowner),
           'from', pg_encoding_to_char(o.conforencoding),
           'to', pg_encoding_to_char(o.contoencoding),
           'function', case when o.conproc <> 0 then o.conproc::regproc::text end,
           'default', nullif(o.condefault, false),
           'comment', pggit.comment_on('pg_catalog.pg_conversion'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_conversion'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_conversion as o
join pg_namespace as n on n.oid = o.connamespace
where o.oid = any ($1)
