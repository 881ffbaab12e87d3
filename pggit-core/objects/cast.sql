-- Casts.
select 'pg_catalog.pg_cast'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_cast'::regclass::oid as root_classid,
       o.oid as root_objid,
       'cast' as object_type,
       (pg_identify_object('pg_catalog.pg_cast'::regclass, o.oid, 0)).identity as object_identity,
       null::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'context', case o.castcontext when 'a' then 'assignment' when 'i' then 'implicit' else 'explicit' end,
           'method', case o.castmethod when 'f' then 'function' when 'b' then 'binary' else 'inout' end,
           'function', case when o.castfunc <> 0 then (pg_identify_object('pg_catalog.pg_proc'::regclass, o.castfunc, 0)).identity end,
           'comment', (
               select d.description
               from pg_description as d
               where d.objoid = o.oid
                 and d.classoid = 'pg_catalog.pg_cast'::regclass
                 and d.objsubid = 0
           )
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.classid = 'pg_catalog.pg_cast'::regclass
             and d.objid = o.oid
             and d.deptype in ('n', 'a')
             and d.refclassid <> 'pg_catalog.pg_namespace'::regclass
       ) as dependencies
from pg_cast as o
where o.oid = any ($1)
