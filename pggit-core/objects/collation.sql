-- Collations. The names of the columns differ between versions; the definition does not.
select 'pg_catalog.pg_collation'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_collation'::regclass::oid as root_classid,
       o.oid as root_objid,
       'collation' as object_type,
       (pg_identify_object('pg_catalog.pg_collation'::regclass, o.oid, 0)).identity as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(o.collowner),
           'provider', case o.collprovider when 'i' then 'icu' when 'c' then 'libc' when 'b' then 'builtin' when 'd' then 'default' end,
           'deterministic', case when not o.collisdeterministic then false end,
           'locale', coalesce(to_jsonb(o) ->> 'colllocale', to_jsonb(o) ->> 'colliculocale'),
           'rules', to_jsonb(o) ->> 'collicurules',
           'lc_collate', o.collcollate,
           'lc_ctype', o.collctype,
           'comment', pggit.comment_on('pg_catalog.pg_collation'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_collation'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_collation as o
join pg_namespace as n on n.oid = o.collnamespace
where o.oid = any ($1)
