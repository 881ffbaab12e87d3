-- Tables, partitioned and unlogged ones too. Columns, constraints, indexes and the rest are elements of their own.
select 'pg_catalog.pg_class'::regclass::oid as classid,
       c.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_class'::regclass::oid as root_classid,
       c.oid as root_objid,
       'table' as object_type,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_object(array[
           'owner', pg_get_userbyid(c.relowner)::text,
           'clustered_on', case
               when c.relhasindex and exists (select from pg_index as i where i.indrelid = c.oid and i.indisclustered)
                   then pggit.marked_index(c.oid, false)
           end,
           'comment', o.description
       ]))
       || case
           when exists (select from pg_class as t where t.oid = c.reltoastrelid and t.reloptions is not null)
               then (select jsonb_build_object('toast_options', t.reloptions) from pg_class as t where t.oid = c.reltoastrelid)
           else '{}'
       end
       -- what few tables have; 2 is heap
       || case
           when c.relpersistence = 'u' or c.relkind = 'p' or c.relispartition or c.reloftype <> 0 or c.relam not in (0, 2) or c.reltablespace <> 0
                or c.reloptions is not null or c.relrowsecurity or c.relforcerowsecurity or c.relreplident <> 'd' or c.relacl is not null
                or exists (select from pg_inherits as i where i.inhrelid = c.oid)
               then jsonb_strip_nulls(jsonb_build_object(
                   'inherits', case
                       when not c.relispartition and exists (select from pg_inherits as i where i.inhrelid = c.oid)
                           then pggit.parents(c.oid)
                   end,
                   'privileges', case
                       when c.relacl is not null and not (c.relacl @> acldefault('r', c.relowner) and c.relacl <@ acldefault('r', c.relowner))
                           then coalesce(pggit.table_privileges(c.relacl), '[]')
                   end,
                   'persistence', case c.relpersistence when 'u' then 'unlogged' end,
                   'partition_key', case when c.relkind = 'p' then pggit.settled(pg_get_partkeydef(c.oid)) end,
                   'partition_of', case when c.relispartition then pggit.parents(c.oid) ->> 0 end,
                   'partition_bound', case when c.relispartition then pggit.settled(pg_get_expr(c.relpartbound, 0)) end,
                   'of_type', case when c.reloftype <> 0 then format_type(c.reloftype, null) end,
                   -- what is partitioned has none of its own unless one is said, from 17 on
                   'access_method', case when c.relam not in (0, 2) or (c.relkind = 'p' and c.relam <> 0) then (select m.amname from pg_am as m where m.oid = c.relam) end,
                   'tablespace', case when c.reltablespace <> 0 then (select t.spcname from pg_tablespace as t where t.oid = c.reltablespace) end,
                   'options', to_jsonb(c.reloptions),
                   'row_security', nullif(c.relrowsecurity, false),
                   'force_row_security', nullif(c.relforcerowsecurity, false),
                   'replica_identity', case c.relreplident
                       when 'f' then 'full'
                       when 'n' then 'nothing'
                       when 'i' then 'using index ' || pggit.marked_index(c.oid, true)
                   end
               ))
           else '{}'
       end as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.classid = 'pg_catalog.pg_class'::regclass
              and d.objid = c.oid
              and d.objsubid = 0
              and d.deptype = 'n'
              and d.refclassid <> 'pg_catalog.pg_namespace'::regclass
              and d.refobjid <> c.oid
       ) || case
           -- few are partitioned by what can name objects
           when c.relispartition and exists (
                    select
                    from pg_inherits as i
                    join pg_partitioned_table as p on p.partrelid = i.inhparent
                    join pg_opclass as o on o.oid = any (p.partclass::oid[])
                    where i.inhrelid = c.oid
                      and o.opcintype not in ('int4'::regtype, 'int8'::regtype, 'text'::regtype, 'date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype, 'uuid'::regtype))
               then pggit.named_in_bound(c.oid)
       end as dependencies
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
left join pg_description as o on o.objoid = c.oid and o.classoid = 'pg_catalog.pg_class'::regclass and o.objsubid = 0
where c.oid = any ($1)
  and c.relkind in ('r', 'p')
