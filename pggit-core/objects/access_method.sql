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
           'comment', pggit.comment_on('pg_catalog.pg_am'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_am'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_am as o
where o.oid = any ($1)
