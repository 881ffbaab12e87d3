-- What goes when the temporary objects in schemas ($1) go, as PostgreSQL finds it: whatever depends on them, and whatever that is an internal part of.
with recursive gone as (
    select 'pg_catalog.pg_namespace'::pg_catalog.regclass::oid as classid, s.oid as objid, 0 as objsubid
    from pg_catalog.unnest($1) as s (oid)
    union
    select n.classid, n.objid, n.objsubid
    from gone as g
    cross join lateral (
        select d.classid, d.objid, d.objsubid
        from pg_catalog.pg_depend as d
        where d.refclassid = g.classid
          and d.refobjid = g.objid
          and (g.objsubid = 0 or d.refobjsubid = g.objsubid)
        union all
        select d.refclassid, d.refobjid, d.refobjsubid
        from pg_catalog.pg_depend as d
        where d.classid = g.classid
          and d.objid = g.objid
          and d.objsubid = g.objsubid
          and d.deptype in ('i', 'P')
    ) as n
)
select pg_catalog.jsonb_object_agg(pg_catalog.format('%s %s %s', g.classid, g.objid, g.objsubid), true)
           filter (where g.classid <> 'pg_catalog.pg_namespace'::pg_catalog.regclass)
from gone as g
