-- The statements that take away the views and functions which nobody outside stands on ($1): an install makes them anew. What somebody
-- stands on, and what that needs, is replaced where it stands.
with recursive replaced as (
    select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid as classid, c.oid as objid, c.reltype as type, 'view' as kind, c.oid::pg_catalog.regclass::text as name
    from pg_catalog.pg_class as c
    where c.relnamespace = 'pggit'::pg_catalog.regnamespace
      and c.relkind = 'v'
      and c.relname <> 'deployment_state'
    union all
    select 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, null, 'routine', p.oid::pg_catalog.regprocedure::text
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'pggit'::pg_catalog.regnamespace
),
kept as (
    select r.classid, r.objid
    from replaced as r
    where r.objid = any ($1)
    union
    select n.classid, n.objid
    from kept as k
    left join pg_catalog.pg_rewrite as w on k.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and w.ev_class = k.objid
    join pg_catalog.pg_depend as d
        on d.classid = case when w.oid is null then k.classid else 'pg_catalog.pg_rewrite'::pg_catalog.regclass end
       and d.objid = coalesce(w.oid, k.objid)
    join replaced as n on n.classid = d.refclassid and n.objid = d.refobjid or d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass and n.type = d.refobjid
)
select pg_catalog.format('drop %s if exists %s cascade', r.kind, pg_catalog.string_agg(r.name, ', ')) as value
from replaced as r
where not exists (select from kept as k where k.classid = r.classid and k.objid = r.objid)
group by r.kind
order by r.kind desc
