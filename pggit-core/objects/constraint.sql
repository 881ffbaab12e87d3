-- Constraints of tables. The index of a key is part of its constraint. A NOT NULL constraint (an object from 18 on) that says
-- no more than the column's not_null, under the name that PostgreSQL would give it or the parent's has, is left to the column. The
-- foreign keys that PostgreSQL makes to each partition of what a key refers to are left to that key, whose name theirs come from.
select 'pg_catalog.pg_constraint'::regclass::oid as classid,
       k.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_class'::regclass::oid as root_classid,
       k.conrelid as root_objid,
       'table constraint' as object_type,
       quote_ident(k.conname) || ' on ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) as object_identity,
       n.nspname::text as schema_name,
       case c.relkind when 'f' then 'foreign table ' else 'table ' end || quote_ident(n.nspname) || '.' || quote_ident(c.relname) as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_object(array[
           'definition', case k.contype when 'f' then pg_get_constraintdef(k.oid) else pggit.settled(pg_get_constraintdef(k.oid)) end,
           'type', case k.contype when 'p' then 'primary key' when 'u' then 'unique' when 'c' then 'check' when 'f' then 'foreign key' when 'x' then 'exclude' when 'n' then 'not null' end,
           'index_comment', s.description,
           'comment', o.description
       ]))
       || case
           when k.contype in ('p', 'u', 'x')
               then coalesce(
                   (select jsonb_build_object('index_depends_on', jsonb_agg(quote_ident(x.extname) order by x.extname))
                    from pg_depend as d
                    join pg_extension as x on x.oid = d.refobjid
                    where d.classid = 'pg_catalog.pg_class'::regclass
                      and d.objid = k.conindid
                      and d.deptype = 'x'
                    having count(*) > 0),
                   '{}')
           else '{}'
       end
       -- what few constraints have
       || case
           when k.contype = 'x' or k.conparentid <> 0 or k.coninhcount > 0
                or i.reloptions is not null or i.reltablespace <> 0 or i.relkind = 'I' or i.relispartition
               then jsonb_strip_nulls(jsonb_build_object(
                   'index_options', to_jsonb(i.reloptions),
                   'index_tablespace', case when i.reltablespace <> 0 then (select t.spcname from pg_tablespace as t where t.oid = i.reltablespace) end,
                   'index_statistics', case
                       when k.contype = 'x'
                           then (select jsonb_object_agg(a.attnum, a.attstattarget)
                                 from pg_attribute as a
                                 where a.attrelid = k.conindid
                                   and a.attnum > 0
                                   and a.attstattarget > -1)
                   end,
                   'partition_of', case
                       when k.conparentid <> 0 and k.contype in ('p', 'u', 'x')
                           then (select quote_ident(pn.nspname) || '.' || quote_ident(p.relname)
                                 from pg_inherits as h
                                 join pg_class as p on p.oid = h.inhparent
                                 join pg_namespace as pn on pn.oid = p.relnamespace
                                 where h.inhrelid = k.conindid)
                   end,
                   -- an index of the parent's that is no constraint
                   'index_partition_of', case
                       when k.conparentid = 0 and i.relispartition
                           then (select quote_ident(pn.nspname) || '.' || quote_ident(p.relname)
                                 from pg_inherits as h
                                 join pg_class as p on p.oid = h.inhparent
                                 join pg_namespace as pn on pn.oid = p.relnamespace
                                 where h.inhrelid = k.conindid)
                   end,
                   -- PostgreSQL attaches no index to one that excludes: such constraints come to the partitions from above, or do not
                   'excludes', case
                       when i.relkind = 'I' or i.relispartition
                           then (select case when x.indisvalid or i.relkind <> 'I' then 'true' else '"only"' end::jsonb from pg_index as x where x.indexrelid = i.oid and x.indisexclusion)
                   end,
                   'inherited', case
                       when k.conparentid <> 0 or k.coninhcount > 0
                           then case
                               when k.conislocal and k.coninhcount > 0 and not (k.contype = 'n' and c.relispartition) then 'merged'
                               -- a foreign key that an attached partition brought, under a name of its own
                               when k.contype = 'f' and exists (
                                   select from pg_constraint as p
                                   where p.oid = k.conparentid and p.confrelid = k.confrelid and p.conrelid <> k.conrelid and p.conname <> k.conname) then 'merged'
                               else 'yes'
                           end
                   end,
                   'validated_alone', case
                       when k.coninhcount > 0 and k.convalidated and exists (
                           select from pg_inherits as h
                           join pg_constraint as p on p.conrelid = h.inhparent
                           where h.inhrelid = k.conrelid
                             and (p.oid = k.conparentid or (p.conname = k.conname and p.contype = k.contype))
                             and not p.convalidated)
                           -- another parent may have one that is valid, under another name
                           and not (k.contype = 'n' and exists (
                               select from pg_inherits as h
                               join pg_constraint as p on p.conrelid = h.inhparent and p.contype = 'n' and p.convalidated
                               join pg_attribute as a on a.attrelid = p.conrelid and a.attnum = p.conkey[1]
                               join pg_attribute as o on o.attrelid = k.conrelid and o.attnum = k.conkey[1] and o.attname = a.attname
                               where h.inhrelid = k.conrelid))
                           then true
                   end
               ))
           else '{}'
       end as definition,
       case when k.contype <> 'p' then (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.classid = 'pg_catalog.pg_constraint'::regclass
              and d.objid = k.oid
              and d.deptype = 'n'
              and d.refclassid <> 'pg_catalog.pg_namespace'::regclass
              and d.refobjid <> k.conrelid
       ) end as dependencies
from pg_constraint as k
join pg_class as c on c.oid = k.conrelid
join pg_namespace as n on n.oid = c.relnamespace
left join pg_class as i on i.oid = case when k.contype in ('p', 'u', 'x') then k.conindid end
left join pg_description as o on o.objoid = k.oid and o.classoid = 'pg_catalog.pg_constraint'::regclass and o.objsubid = 0
left join pg_description as s on s.objoid = i.oid and s.classoid = 'pg_catalog.pg_class'::regclass and s.objsubid = 0
where k.conrelid = any ($1)
  and k.contype in ('p', 'u', 'c', 'f', 'x', 'n')
  and c.relkind in ('r', 'p', 'f')
  and (k.contype <> 'n'
      or not k.convalidated
      or k.connoinherit
      or o.description is not null
      or case
             when k.coninhcount = 0
                 then k.conname <> pggit.not_null_name(c.relname::text, (select a.attname::text from pg_attribute as a where a.attrelid = k.conrelid and a.attnum = k.conkey[1]))
             -- PostgreSQL forgets with a dump that a partition said itself what it has from its parent
             else k.conislocal and not c.relispartition or k.conname is distinct from (
                 select p.conname
                 from pg_inherits as h
                 join pg_constraint as p on p.conrelid = h.inhparent and p.contype = 'n' and p.convalidated and not p.connoinherit
                 join pg_attribute as a on a.attrelid = p.conrelid and a.attnum = p.conkey[1]
                 where h.inhrelid = k.conrelid
                   and a.attname = (select o.attname from pg_attribute as o where o.attrelid = k.conrelid and o.attnum = k.conkey[1])
                 order by h.inhseqno
                 limit 1)
         end)
  and not (k.contype = 'f' and k.conparentid <> 0 and exists (select from pg_constraint as p where p.oid = k.conparentid and p.conrelid = k.conrelid))
