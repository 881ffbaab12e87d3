-- Enumerated types with their labels in order.
select 'pg_catalog.pg_type'::regclass::oid as classid,
       t.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_type'::regclass::oid as root_classid,
       t.oid as root_objid,
       'type' as object_type,
       quote_ident(n.nspname) || '.' || quote_ident(t.typname) as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'kind', 'enum',
           'owner', pg_get_userbyid(t.typowner),
           'labels', (select coalesce(jsonb_agg(e.enumlabel order by e.enumsortorder), '[]') from pg_enum as e where e.enumtypid = t.oid),
           'privileges', case
               when t.typacl is not null and not (t.typacl @> acldefault('T', t.typowner) and t.typacl <@ acldefault('T', t.typowner))
                   then coalesce(pggit.sorted(t.typacl::text[]), '[]')
           end,
           'comment', (
               select d.description
               from pg_description as d
               where d.objoid = t.oid
                 and d.classoid = 'pg_catalog.pg_type'::regclass
                 and d.objsubid = 0
           )
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.classid = 'pg_catalog.pg_type'::regclass
              and d.objid = t.oid
              and d.deptype = 'n'
              and d.refclassid <> 'pg_catalog.pg_namespace'::regclass
              and d.refobjid <> t.oid
       ) as dependencies
from pg_type as t
join pg_namespace as n on n.oid = t.typnamespace
where t.oid = any ($1)
  and t.typtype = 'e'
