-- Materialized views with their columns, which are no elements of their own: their order and types follow from the query.
select 'pg_catalog.pg_class'::regclass::oid as classid,
       c.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_class'::regclass::oid as root_classid,
       c.oid as root_objid,
       'materialized view' as object_type,
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
                          'default', case when a.atthasdef then (select pggit.settled(pg_get_expr(e.adbin, e.adrelid)) from pg_attrdef as e where e.adrelid = a.attrelid and e.adnum = a.attnum) end,
                          'statistics', nullif(a.attstattarget, -1),
                          'storage', case
                              when a.attstorage <> (select t.typstorage from pg_type as t where t.oid = a.atttypid)
                                  then case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' when 'x' then 'extended' end
                          end,
                          'compression', case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end,
                          'options', to_jsonb(a.attoptions),
                          'privileges', case when a.attacl is not null then pggit.sorted(a.attacl::text[]) end,
                          'comment', (select d.description from pg_description as d where d.objoid = a.attrelid and d.classoid = 'pg_catalog.pg_class'::regclass and d.objsubid = a.attnum)
                      )) order by a.attnum)
               from pg_attribute as a
               where a.attrelid = c.oid
                 and a.attnum > 0
                 and not a.attisdropped
           ),
           'options', to_jsonb(c.reloptions),
           'toast_options', case when c.reltoastrelid <> 0 then (select to_jsonb(t.reloptions) from pg_class as t where t.oid = c.reltoastrelid) end,
           'access_method', case when c.relam <> 0 then (select nullif(m.amname, 'heap') from pg_am as m where m.oid = c.relam) end,
           'tablespace', case when c.reltablespace <> 0 then (select t.spcname from pg_tablespace as t where t.oid = c.reltablespace) end,
           'clustered_on', case
               when c.relhasindex
                   then (select quote_ident(x.relname)
                         from pg_index as i
                         join pg_class as x on x.oid = i.indexrelid
                         where i.indrelid = c.oid
                           and i.indisclustered)
           end,
           'privileges', case
               when c.relacl is not null and not (c.relacl @> acldefault('r', c.relowner) and c.relacl <@ acldefault('r', c.relowner))
                   then coalesce(pggit.table_privileges(c.relacl), '[]')
           end,
           'depends_on', (
               select jsonb_agg(quote_ident(x.extname) order by x.extname)
               from pg_depend as d
               join pg_extension as x on x.oid = d.refobjid
               where d.classid = 'pg_catalog.pg_class'::regclass
                 and d.objid = c.oid
                 and d.deptype = 'x'
           ),
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
  and c.relkind = 'm'
