-- Triggers, constraint triggers too; those that PostgreSQL makes for foreign keys are part of the constraint.
select 'pg_catalog.pg_trigger'::regclass::oid as classid,
       t.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_class'::regclass::oid as root_classid,
       t.tgrelid as root_objid,
       'trigger' as object_type,
       quote_ident(t.tgname) || ' on ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) as object_identity,
       n.nspname::text as schema_name,
       case c.relkind when 'v' then 'view ' when 'f' then 'foreign table ' else 'table ' end || quote_ident(n.nspname) || '.' || quote_ident(c.relname) as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'definition', pggit.settled(pg_get_triggerdef(t.oid)),
           'enabled', case t.tgenabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end,
           'inherited', nullif(t.tgparentid <> 0, false),
           'depends_on', (
               select jsonb_agg(quote_ident(x.extname) order by x.extname)
               from pg_depend as d
               join pg_extension as x on x.oid = d.refobjid
               where d.classid = 'pg_catalog.pg_trigger'::regclass
                 and d.objid = t.oid
                 and d.deptype = 'x'
           ),
           'comment', (
               select d.description
               from pg_description as d
               where d.objoid = t.oid
                 and d.classoid = 'pg_catalog.pg_trigger'::regclass
                 and d.objsubid = 0
           )
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.classid = 'pg_catalog.pg_trigger'::regclass
              and d.objid = t.oid
              -- also what a partition has it from
              and d.deptype in ('n', 'P')
              and d.refclassid <> 'pg_catalog.pg_namespace'::regclass
              and d.refobjid <> t.tgrelid
       ) as dependencies
from pg_trigger as t
join pg_class as c on c.oid = t.tgrelid
join pg_namespace as n on n.oid = c.relnamespace
where t.tgrelid = any ($1)
  and not t.tgisinternal
  and not (t.tgname like 'pggit\_%' and t.tgfoid in (select p.oid from pg_proc as p where p.pronamespace = pg_catalog.to_regnamespace('pggit')))
