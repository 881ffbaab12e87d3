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
           'privileges', case
               when o.lanacl is not null and not (o.lanacl @> acldefault('l', o.lanowner) and o.lanacl <@ acldefault('l', o.lanowner))
                   then coalesce(pggit.sorted(o.lanacl::text[]), '[]')
           end,
           'comment', (
               select d.description
               from pg_description as d
               where d.objoid = o.oid
                 and d.classoid = 'pg_catalog.pg_language'::regclass
                 and d.objsubid = 0
           )
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.classid = 'pg_catalog.pg_language'::regclass
             and d.objid = o.oid
             and d.deptype in ('n', 'a')
             and d.refclassid <> 'pg_catalog.pg_namespace'::regclass
       ) as dependencies
from pg_language as o
where o.oid = any ($1)
