-- Who was let in, and how far: by what grant_access() gave of the schema and of the functions that tell its levels apart.
select r.rolname::text as role_name,
       (array['read', 'write', 'admin'])[max(case p.proname when 'pause_tracking' then 3 when 'commit' then 2 else 1 end)] as access
from pg_catalog.pg_namespace as n
join pg_catalog.pg_proc as p on p.pronamespace = n.oid and p.proname in ('log', 'commit', 'pause_tracking')
cross join lateral pg_catalog.aclexplode(p.proacl) as a
join pg_catalog.pg_roles as r on r.oid = a.grantee
where n.nspname = 'pggit'
  and a.grantee not in (n.nspowner, p.proowner)
  and exists (select from pg_catalog.aclexplode(n.nspacl) as u where u.grantee = a.grantee and u.privilege_type = 'USAGE')
group by r.rolname
