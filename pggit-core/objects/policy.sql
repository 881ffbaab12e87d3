-- Row security policies.
select 'pg_catalog.pg_policy'::regclass::oid as classid,
       p.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_class'::regclass::oid as root_classid,
       p.polrelid as root_objid,
       'policy' as object_type,
       quote_ident(p.polname) || ' on ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) as object_identity,
       n.nspname::text as schema_name,
       'table ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'command', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
           'restrictive', nullif(not p.polpermissive, false),
           'roles', (select jsonb_agg(case r.role when 0 then 'public' else quote_ident(pg_get_userbyid(r.role)) end order by convert_to(case r.role when 0 then 'public' else pg_get_userbyid(r.role)::text end, 'UTF8')) from unnest(p.polroles) as r (role)),
           'using', pggit.settled(pg_get_expr(p.polqual, p.polrelid)),
           'check', pggit.settled(pg_get_expr(p.polwithcheck, p.polrelid)),
           'comment', pggit.comment_on('pg_catalog.pg_policy'::regclass, p.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_policy'::regclass, p.oid, 'n', p.polrelid) as dependencies
from pg_policy as p
join pg_class as c on c.oid = p.polrelid
join pg_namespace as n on n.oid = c.relnamespace
where p.polrelid = any ($1)
