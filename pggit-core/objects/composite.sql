-- Types made with CREATE TYPE ... AS (...). Their attributes are properties: order is part of what such a type is.
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
           'kind', 'composite',
           'owner', pg_get_userbyid(t.typowner),
           'attributes', (
               select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                          'name', quote_ident(a.attname),
                          'type', format_type(a.atttypid, a.atttypmod),
                          'collation', case
                              when a.attcollation <> 0 and a.attcollation <> (select u.typcollation from pg_type as u where u.oid = a.atttypid)
                                  then a.attcollation::regcollation::text
                          end,
                          'comment', (select d.description from pg_description as d where d.objoid = a.attrelid and d.classoid = 'pg_catalog.pg_class'::regclass and d.objsubid = a.attnum)
                      )) order by a.attnum), '[]')
               from pg_attribute as a
               where a.attrelid = t.typrelid
                 and a.attnum > 0
                 and not a.attisdropped
           ),
           'privileges', pggit.own_privileges(t.typacl, 'T', t.typowner),
           'comment', pggit.comment_on('pg_catalog.pg_type'::regclass, t.oid)
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.classid = 'pg_catalog.pg_class'::regclass
              and d.objid = t.typrelid
              and d.deptype = 'n'
              and d.refclassid <> 'pg_catalog.pg_namespace'::regclass
              and d.refobjid not in (t.oid, t.typrelid)
       ) as dependencies
from pg_type as t
join pg_namespace as n on n.oid = t.typnamespace
join pg_class as c on c.oid = t.typrelid and c.relkind = 'c'
where t.oid = any ($1)
  and t.typtype = 'c'
