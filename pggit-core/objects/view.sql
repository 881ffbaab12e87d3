-- Views with their columns, which are no elements of their own: their order and types follow from the query.
select 'pg_catalog.pg_class'::regclass::oid as classid,
       c.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_class'::regclass::oid as root_classid,
       c.oid as root_objid,
       'view' as object_type,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(c.relowner),
           'query', pggit.settled_query(pg_get_viewdef(c.oid)),
           'columns', (
               select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                          'name', quote_ident(a.attname),
                          'type', format_type(a.atttypid, a.atttypmod),
                          'collation', case when a.attcollation <> 0 and a.attcollation <> (select t.typcollation from pg_type as t where t.oid = a.atttypid) then a.attcollation::regcollation::text end,
                          'default', case when a.atthasdef then (select pggit.settled(pg_get_expr(e.adbin, e.adrelid)) from pg_attrdef as e where e.adrelid = a.attrelid and e.adnum = a.attnum) end,
                          'statistics', nullif(a.attstattarget, -1),
                          'privileges', case when a.attacl is not null then pggit.sorted(a.attacl::text[]) end,
                          'comment', (select d.description from pg_description as d where d.objoid = a.attrelid and d.classoid = 'pg_catalog.pg_class'::regclass and d.objsubid = a.attnum)
                      )) order by a.attnum)
               from pg_attribute as a
               where a.attrelid = c.oid
                 and a.attnum > 0
                 and not a.attisdropped
           ),
           -- a check option is no part of the list for pg_dump, and comes last when that is restored
           'options', case
               when c.reloptions is not null
                   then (select jsonb_agg(o.option order by o.option like 'check\_option=%', o.ord) from unnest(c.reloptions) with ordinality as o (option, ord))
           end,
           'privileges', case
               when c.relacl is not null and not (c.relacl @> acldefault('r', c.relowner) and c.relacl <@ acldefault('r', c.relowner))
                   then coalesce(pggit.table_privileges(c.relacl), '[]')
           end,
           'comment', (
               select d.description
               from pg_description as d
               where d.objoid = c.oid
                 and d.classoid = 'pg_catalog.pg_class'::regclass
                 and d.objsubid = 0
           )
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_rewrite as w
           join pg_depend as d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = w.oid and d.deptype = 'n'
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where w.ev_class = c.oid
             and w.rulename = '_RETURN'
             and d.refobjid <> c.oid
       ) as dependencies
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where c.oid = any ($1)
  and c.relkind = 'v'
