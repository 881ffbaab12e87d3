-- Sequences, but for those of identity columns, which are part of the column.
select 'pg_catalog.pg_class'::regclass::oid as classid,
       c.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_class'::regclass::oid as root_classid,
       c.oid as root_objid,
       'sequence' as object_type,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(c.relowner),
           'persistence', case c.relpersistence when 'u' then 'unlogged' end,
           'type', format_type(q.seqtypid, null),
           'start', q.seqstart,
           'increment', q.seqincrement,
           'min', q.seqmin,
           'max', q.seqmax,
           'cache', q.seqcache,
           'cycle', nullif(q.seqcycle, false),
           'owned_by', (
               select quote_ident(tn.nspname) || '.' || quote_ident(t.relname) || '.' || quote_ident(a.attname)
               from pg_depend as d
               join pg_class as t on t.oid = d.refobjid
               join pg_namespace as tn on tn.oid = t.relnamespace
               join pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
               where d.classid = 'pg_catalog.pg_class'::regclass
                 and d.objid = c.oid
                 and d.objsubid = 0
                 and d.refclassid = 'pg_catalog.pg_class'::regclass
                 and d.deptype = 'a'
           ),
           'privileges', pggit.own_privileges(c.relacl, 's', c.relowner),
           'comment', pggit.comment_on('pg_catalog.pg_class'::regclass, c.oid)
       )) as definition,
       null::text[] as dependencies
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
join pg_sequence as q on q.seqrelid = c.oid
where c.oid = any ($1)
  and c.relkind = 'S'
  and not exists (
      select from pg_depend as d
      where d.classid = 'pg_catalog.pg_class'::regclass
        and d.objid = c.oid
        and d.objsubid = 0
        and d.deptype = 'i'
  )
