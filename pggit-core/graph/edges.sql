-- What needs what as the catalogs know it, between the relations, functions and types that objects.sql lists: a view by its rule, a table
-- by its defaults, constraints, triggers, policies and indexes. That a sequence belongs to a column is no need.
with places as materialized (
    select 'pg_catalog.pg_class'::regclass::oid as classid, c.oid as objid,
           case c.relkind when 'c' then 'pg_catalog.pg_type'::regclass else 'pg_catalog.pg_class'::regclass end::oid as root_classid,
           case c.relkind when 'c' then c.reltype when 'i' then x.indrelid when 'I' then x.indrelid else c.oid end as root_objid
    from pg_catalog.pg_class as c
    left join pg_catalog.pg_index as x on x.indexrelid = c.oid
    where c.oid >= 16384
    union all
    select 'pg_catalog.pg_type'::regclass, t.oid,
           case when c.relkind <> 'c' then 'pg_catalog.pg_class'::regclass else 'pg_catalog.pg_type'::regclass end,
           case when c.relkind <> 'c' then c.oid when t.typtype = 'm' then (select r.rngtypid from pg_catalog.pg_range as r where r.rngmultitypid = t.oid) else coalesce(e.oid, t.oid) end
    from pg_catalog.pg_type as t
    left join pg_catalog.pg_type as e on e.typarray = t.oid
    left join pg_catalog.pg_class as c on c.oid = coalesce(e.typrelid, t.typrelid)
    where t.oid >= 16384
    union all
    select 'pg_catalog.pg_proc'::regclass, p.oid, 'pg_catalog.pg_proc'::regclass, p.oid from pg_catalog.pg_proc as p where p.oid >= 16384
    union all
    select 'pg_catalog.pg_rewrite'::regclass, w.oid, 'pg_catalog.pg_class'::regclass, w.ev_class from pg_catalog.pg_rewrite as w where w.oid >= 16384
    union all
    select 'pg_catalog.pg_attrdef'::regclass, a.oid, 'pg_catalog.pg_class'::regclass, a.adrelid from pg_catalog.pg_attrdef as a
    union all
    select 'pg_catalog.pg_constraint'::regclass, k.oid,
           case when k.conrelid <> 0 then 'pg_catalog.pg_class'::regclass else 'pg_catalog.pg_type'::regclass end,
           case when k.conrelid <> 0 then k.conrelid else k.contypid end
    from pg_catalog.pg_constraint as k
    where k.oid >= 16384
    union all
    select 'pg_catalog.pg_trigger'::regclass, t.oid, 'pg_catalog.pg_class'::regclass, t.tgrelid from pg_catalog.pg_trigger as t where not t.tgisinternal
    union all
    select 'pg_catalog.pg_policy'::regclass, y.oid, 'pg_catalog.pg_class'::regclass, y.polrelid from pg_catalog.pg_policy as y
    union all
    select 'pg_catalog.pg_statistic_ext'::regclass, s.oid, 'pg_catalog.pg_class'::regclass, s.stxrelid from pg_catalog.pg_statistic_ext as s
)
select distinct a.root_classid as dependant_classid, a.root_objid as dependant_objid, b.root_classid as needed_classid, b.root_objid as needed_objid
from pg_catalog.pg_depend as d
join places as a on a.classid = d.classid and a.objid = d.objid
join places as b on b.classid = d.refclassid and b.objid = d.refobjid
where (a.root_classid, a.root_objid) <> (b.root_classid, b.root_objid)
  and d.deptype in ('n', 'a', 'i')
  and not (d.deptype in ('a', 'i') and exists (select from pg_catalog.pg_class as c where c.oid = d.objid and c.relkind = 'S' and d.classid = 'pg_catalog.pg_class'::regclass))
