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
           'comment', pggit.comment_on('pg_catalog.pg_cast'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_cast'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_cast as o
where o.oid = any ($1)
