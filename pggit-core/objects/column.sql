-- Columns of tables. An inherited column is an element of its own, marked as inherited.
-- A serial's sequence is a sequence; an identity column's sequence is part of the column.
select 'pg_catalog.pg_class'::regclass::oid as classid,
       a.attrelid as objid,
       a.attnum::int as objsubid,
       'pg_catalog.pg_class'::regclass::oid as root_classid,
       a.attrelid as root_objid,
       case c.relkind when 'f' then 'foreign table column' else 'table column' end as object_type,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname) as object_identity,
       n.nspname::text as schema_name,
       case c.relkind when 'f' then 'foreign table ' else 'table ' end || quote_ident(n.nspname) || '.' || quote_ident(c.relname) as parent_key,
       a.attnum::int as "position",
       case
           -- half of all columns have no more, and leaving out what is null takes as long as all the rest
           when e.oid is null and d.description is null then jsonb_object(array['type', format_type(a.atttypid, a.atttypmod)])
           else jsonb_strip_nulls(jsonb_object(array[
               'type', format_type(a.atttypid, a.atttypmod),
               -- only what is generated names columns: without a table PostgreSQL need not open and lock it
               'default', pggit.settled(pg_get_expr(e.adbin, case when a.attgenerated <> '' then e.adrelid else 0 end)),
               'comment', d.description
           ]))
       end
       || case when a.attnotnull then '{"not_null": true}'::jsonb else '{}' end
       || case a.attidentity when 'a' then '{"identity": "always"}'::jsonb when 'd' then '{"identity": "by default"}' else '{}' end
       -- what few columns have
       || case
           when a.attgenerated <> '' or a.attcollation <> t.typcollation or a.attstorage <> t.typstorage or a.attcompression <> ''
                or a.attstattarget <> -1 or a.attoptions is not null or a.attfdwoptions is not null or a.attinhcount > 0 or a.attacl is not null
               then jsonb_strip_nulls(jsonb_build_object(
                   'generated', case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end,
                   'collation', case when a.attcollation <> 0 and a.attcollation <> t.typcollation then a.attcollation::regcollation::text end,
                   'storage', case
                       when a.attstorage <> t.typstorage
                           then case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' when 'x' then 'extended' end
                   end,
                   'compression', case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end,
                   'statistics', nullif(a.attstattarget, -1),
                   'options', case when a.attoptions is not null then (select jsonb_agg(o.option order by o.ord) from unnest(a.attoptions) with ordinality as o (option, ord) where o.option not like 'pg\_attver=%') end,
                   'foreign_options', case when a.attfdwoptions is not null then pggit.sorted(array(
                       select pggit.shown_option(o.option)
                       from unnest(a.attfdwoptions) as o (option))) end,
                   'inherited', case when a.attinhcount > 0 then case when a.attislocal then 'merged' else 'yes' end end,
                   'privileges', case when a.attacl is not null then pggit.sorted(a.attacl::text[]) end
               ))
           else '{}'
       end
       || case when a.attidentity <> '' then coalesce(pggit.identity_sequence(a.attrelid, a.attnum, c.relpersistence), '{}') else '{}' end as definition,
       case
           when a.atttypid >= 16384 or a.attcollation >= 16384
                or (a.atthasdef and exists (select from pg_depend as d where d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = e.oid and d.deptype = 'n'))
               then (
                   select array_agg(distinct needed.type || ' ' || needed.identity)
                   from (
                       select d.refclassid, d.refobjid, d.refobjsubid
                       from pg_depend as d
                       where d.classid = 'pg_catalog.pg_class'::regclass
                         and d.objid = a.attrelid
                         and d.objsubid = a.attnum
                         and d.deptype = 'n'
                       union
                       select d.refclassid, d.refobjid, d.refobjsubid
                       from pg_depend as d
                       where d.classid = 'pg_catalog.pg_attrdef'::regclass
                         and d.objid = e.oid
                         and d.deptype = 'n'
                   ) as d
                   cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
                   where d.refobjid <> a.attrelid
               )
       end as dependencies
from pg_attribute as a
join pg_class as c on c.oid = a.attrelid
join pg_namespace as n on n.oid = c.relnamespace
join pg_type as t on t.oid = a.atttypid
left join pg_attrdef as e on a.atthasdef and e.adrelid = a.attrelid and e.adnum = a.attnum
left join pg_description as d on d.objoid = a.attrelid and d.classoid = 'pg_catalog.pg_class'::regclass and d.objsubid = a.attnum
where a.attrelid = any ($1)
  and a.attnum > 0
  and not a.attisdropped
  and c.relkind in ('r', 'p', 'f')
