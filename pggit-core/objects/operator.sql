-- Operators. What only names an operator to come (a shell) says so.
select 'pg_catalog.pg_operator'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_operator'::regclass::oid as root_classid,
       o.oid as root_objid,
       'operator' as object_type,
       (pg_identify_object('pg_catalog.pg_operator'::regclass, o.oid, 0)).identity as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(o.oprowner),
           'shell', case when o.oprcode = 0 then true end,
           'function', case when o.oprcode <> 0 then (pg_identify_object('pg_catalog.pg_proc'::regclass, o.oprcode, 0)).identity end,
           'left', case when o.oprleft <> 0 then format_type(o.oprleft, null) end,
           'right', case when o.oprright <> 0 then format_type(o.oprright, null) end,
           'commutator', case when o.oprcom <> 0 then (pg_identify_object('pg_catalog.pg_operator'::regclass, o.oprcom, 0)).identity end,
           'negator', case when o.oprnegate <> 0 then (pg_identify_object('pg_catalog.pg_operator'::regclass, o.oprnegate, 0)).identity end,
           'restrict', case when o.oprrest <> 0 then o.oprrest::regproc::text end,
           'join', case when o.oprjoin <> 0 then o.oprjoin::regproc::text end,
           'hashes', nullif(o.oprcanhash, false),
           'merges', nullif(o.oprcanmerge, false),
           'comment', pggit.comment_on('pg_catalog.pg_operator'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_operator'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_operator as o
join pg_namespace as n on n.oid = o.oprnamespace
where o.oid = any ($1)
