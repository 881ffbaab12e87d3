-- Text search parsers.
select 'pg_catalog.pg_ts_parser'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_ts_parser'::regclass::oid as root_classid,
       o.oid as root_objid,
       'text search parser' as object_type,
       (pg_identify_object('pg_catalog.pg_ts_parser'::regclass, o.oid, 0)).identity as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'start', case when o.prsstart <> 0 then o.prsstart::regproc::text end,
           'token', case when o.prstoken <> 0 then o.prstoken::regproc::text end,
           'end', case when o.prsend <> 0 then o.prsend::regproc::text end,
           'headline', case when o.prsheadline <> 0 then o.prsheadline::regproc::text end,
           'lextypes', case when o.prslextype <> 0 then o.prslextype::regproc::text end,
           'comment', pggit.comment_on('pg_catalog.pg_ts_parser'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_ts_parser'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_ts_parser as o
join pg_namespace as n on n.oid = o.prsnamespace
where o.oid = any ($1)
