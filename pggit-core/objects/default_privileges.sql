-- Default privileges.
select 'pg_catalog.pg_default_acl'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_default_acl'::regclass::oid as root_classid,
       o.oid as root_objid,
       'default acl' as object_type,
       (pg_identify_object('pg_catalog.pg_default_acl'::regclass, o.oid, 0)).identity as object_identity,
       null::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'role', pg_get_userbyid(o.defaclrole),
           'schema', (select quote_ident(n.nspname) from pg_namespace as n where n.oid = o.defaclnamespace),
           'objects', case o.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' when 'n' then 'schemas' when 'L' then 'large objects' end,
           'privileges', coalesce(case o.defaclobjtype when 'r' then pggit.table_privileges(o.defaclacl) else pggit.sorted(o.defaclacl::text[]) end, '[]')
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.classid = 'pg_catalog.pg_default_acl'::regclass
             and d.objid = o.oid
             and d.deptype in ('n', 'a')
       ) as dependencies
from pg_default_acl as o
where o.oid = any ($1)
