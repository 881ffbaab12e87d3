-- Foreign tables; their columns, constraints and triggers are elements of their own.
select 'pg_catalog.pg_class'::regclass::oid as classid,
       c.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_class'::regclass::oid as root_classid,
       c.oid as root_objid,
       'foreign table' as object_type,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(c.relowner),
           'server', (select quote_ident(s.srvname) from pg_foreign_table as f join pg_foreign_server as s on s.oid = f.ftserver where f.ftrelid = c.oid),
           'options', pggit.sorted(array(
               select pggit.shown_option(u.item) from pg_foreign_table as f cross join unnest(f.ftoptions) as u (item) where f.ftrelid = c.oid)),
           'partition_of', case
               when c.relispartition
                   then (select quote_ident(pn.nspname) || '.' || quote_ident(p.relname)
                         from pg_inherits as i
                         join pg_class as p on p.oid = i.inhparent
                         join pg_namespace as pn on pn.oid = p.relnamespace
                         where i.inhrelid = c.oid)
           end,
           'partition_bound', case when c.relispartition then pggit.settled(pg_get_expr(c.relpartbound, c.oid)) end,
           'inherits', case
               when not c.relispartition
                   then (select jsonb_agg(quote_ident(pn.nspname) || '.' || quote_ident(p.relname) order by i.inhseqno)
                         from pg_inherits as i
                         join pg_class as p on p.oid = i.inhparent
                         join pg_namespace as pn on pn.oid = p.relnamespace
                         where i.inhrelid = c.oid)
           end,
           'privileges', case
               when c.relacl is not null and not (c.relacl @> acldefault('r', c.relowner) and c.relacl <@ acldefault('r', c.relowner))
                   then coalesce(pggit.table_privileges(c.relacl), '[]')
           end,
           'comment', pggit.comment_on('pg_catalog.pg_class'::regclass, c.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_class'::regclass, c.oid, 'na', c.oid)
       || case
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
where c.oid = any ($1)
  and c.relkind = 'f'
