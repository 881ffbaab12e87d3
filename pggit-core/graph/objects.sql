-- What dependencies are between: relations, functions and types of all schemas but PostgreSQL's and pgGit's own. A function comes with
-- its language and body, where PostgreSQL has not parsed that itself, and with the path along which its body is read.
select 'pg_catalog.pg_class'::regclass::oid as classid,
       c.oid as objid,
       case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' when 'S' then 'sequence' else 'table' end as object_type,
       n.nspname::text as schema_name,
       c.relname::text as object_name,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) as identity,
       null::text as language,
       null::text as body,
       '{}'::text[] as path
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  and c.oid >= 16384
  and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'pggit')
union all
select 'pg_catalog.pg_type'::regclass,
       t.oid,
       'type',
       n.nspname::text,
       t.typname::text,
       quote_ident(n.nspname) || '.' || quote_ident(t.typname),
       null,
       null,
       '{}'
from pg_catalog.pg_type as t
join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
left join pg_catalog.pg_class as c on c.oid = t.typrelid
where t.typtype in ('b', 'c', 'd', 'e', 'r')
  and coalesce(c.relkind, 'c') = 'c'
  and not exists (select from pg_catalog.pg_type as e where e.typarray = t.oid)
  and t.oid >= 16384
  and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'pggit')
union all
select 'pg_catalog.pg_proc'::regclass,
       p.oid,
       'function',
       n.nspname::text,
       p.proname::text,
       (pg_catalog.pg_identify_object('pg_catalog.pg_proc'::regclass, p.oid, 0)).identity,
       l.lanname::text,
       case when p.prosqlbody is not null then null when l.lanname = 'plpgsql' then pg_catalog.pg_get_functiondef(p.oid) else p.prosrc end,
       coalesce((
           select pg_catalog.array_agg(btrim(s.name, ' "'))
           from pg_catalog.unnest(p.proconfig) as g (item)
           cross join lateral pg_catalog.string_to_table(substr(g.item, 13), ',') as s (name)
           where g.item like 'search\_path=%'), '{public}')
from pg_catalog.pg_proc as p
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
join pg_catalog.pg_language as l on l.oid = p.prolang
where p.oid >= 16384
  and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'pggit')
  and not exists (select from pg_catalog.pg_depend as d where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
order by 6, 3
