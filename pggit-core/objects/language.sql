-- Procedural languages that no extension has made.
select 'pg_catalog.pg_language'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_language'::regclass::oid as root_classid,
       o.oid as root_objid,
       'language' as object_type,
       (pg_identify_object('pg_catalog.pg_language'::regclass, o.oid, 0)).identity as object_identity,
       null::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(o.lanowner),
           'trusted', nullif(o.lanpltrusted, false),
           'handler', case when o.lanplcallfoid <> 0 then o.lanplcallfoid::regproc::text end,
           'inline', case when o.laninline <> 0 then o.laninline::regproc::text end,
           'validator', case when o.lanvalidator <> 0 then o.lanvalidator::regproc::text end,
           'privileges', pggit.own_privileges(o.lanacl, 'l', o.lanowner),
           'comment', pggit.comment_on('pg_catalog.pg_language'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_language'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_language as o
where o.oid = any ($1)
