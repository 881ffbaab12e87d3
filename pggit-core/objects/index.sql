-- Indexes that no constraint has made.
select 'pg_catalog.pg_class'::regclass::oid as classid,
       x.indexrelid as objid,
       0 as objsubid,
       'pg_catalog.pg_class'::regclass::oid as root_classid,
       x.indrelid as root_objid,
       'index' as object_type,
       quote_ident(n.nspname) || '.' || quote_ident(i.relname) as object_identity,
       n.nspname::text as schema_name,
       case c.relkind when 'm' then 'materialized view ' else 'table ' end || quote_ident(n.nspname) || '.' || quote_ident(c.relname) as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_object(array[
           'definition', pggit.settled(pg_get_indexdef(x.indexrelid)),
           'comment', o.description
       ]))
       -- what few indexes have
       || case
           when i.reltablespace <> 0 or not x.indisvalid or i.relispartition or x.indexprs is not null or needs.extensions is not null
               then jsonb_strip_nulls(jsonb_build_object(
                   'tablespace', case when i.reltablespace <> 0 then (select t.spcname from pg_tablespace as t where t.oid = i.reltablespace) end,
                   'invalid', case when i.relkind = 'i' and not x.indisvalid then true end,
                   'partition_of', case
                       when i.relispartition
                           then (select quote_ident(pn.nspname) || '.' || quote_ident(p.relname)
                                 from pg_inherits as h
                                 join pg_class as p on p.oid = h.inhparent
                                 join pg_namespace as pn on pn.oid = p.relnamespace
                                 where h.inhrelid = i.oid)
                   end,
                   'statistics', case
                       when x.indexprs is not null
                           then (select jsonb_object_agg(a.attnum, a.attstattarget)
                                 from pg_attribute as a
                                 where a.attrelid = i.oid
                                   and a.attnum > 0
                                   and a.attstattarget > -1)
                   end,
                   'depends_on', needs.extensions
               ))
           else '{}'
       end as definition,
       needs.objects as dependencies
from pg_index as x
join pg_class as i on i.oid = x.indexrelid
join pg_class as c on c.oid = x.indrelid
join pg_namespace as n on n.oid = c.relnamespace
left join pg_description as o on o.objoid = i.oid and o.classoid = 'pg_catalog.pg_class'::regclass and o.objsubid = 0
cross join lateral (
    select array_agg(distinct needed.type || ' ' || needed.identity) filter (where d.deptype = 'n') as objects,
           jsonb_agg(needed.identity order by needed.identity collate "C") filter (where d.deptype = 'x') as extensions
    from pg_depend as d
    cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
    where d.classid = 'pg_catalog.pg_class'::regclass
      and d.objid = i.oid
      and d.deptype in ('n', 'x')
      and d.refclassid <> 'pg_catalog.pg_namespace'::regclass
      and d.refobjid <> x.indrelid
) as needs
where x.indrelid = any ($1)
  and not x.indisprimary
  and not exists (
      select from pg_depend as d
      where d.classid = 'pg_catalog.pg_class'::regclass
        and d.objid = x.indexrelid
        and d.refclassid = 'pg_catalog.pg_constraint'::regclass
        and d.deptype = 'i'
  )
