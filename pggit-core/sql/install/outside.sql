-- What stands outside of pgGit's schema on what is in it, and would go with it: the address there, and who depends on it. The triggers by
-- which pgGit hears of the tables of migration tools are its own.
with inside as (
    select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid as classid, c.oid as objid, c.oid as stands_for
    from pg_catalog.pg_class as c
    where c.relnamespace = pg_catalog.to_regnamespace('pggit')
    union all
    select 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, coalesce(nullif(t.typrelid, 0), e.typrelid, t.oid)
    from pg_catalog.pg_type as t
    left join pg_catalog.pg_type as e on e.typarray = t.oid
    where t.typnamespace = pg_catalog.to_regnamespace('pggit')
    union all
    select 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, p.oid
    from pg_catalog.pg_proc as p
    where p.pronamespace = pg_catalog.to_regnamespace('pggit')
),
-- rules, defaults and the like are their relation's
dependents as (
    select i.stands_for as objid, d.classid as dependent_classid, d.objid as dependent_objid, d.objsubid as dependent_objsubid,
           coalesce(r.ev_class, a.adrelid, nullif(k.conrelid, 0), t.tgrelid, p.polrelid, case d.classid when 'pg_catalog.pg_class'::pg_catalog.regclass then d.objid end) as relid,
           t.tgname
    from inside as i
    join pg_catalog.pg_depend as d on d.refclassid = i.classid and d.refobjid = i.objid and d.deptype in ('n', 'a')
    left join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and r.oid = d.objid
    left join pg_catalog.pg_attrdef as a on d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and a.oid = d.objid
    left join pg_catalog.pg_constraint as k on d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and k.oid = d.objid
    left join pg_catalog.pg_trigger as t on d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and t.oid = d.objid
    left join pg_catalog.pg_policy as p on d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass and p.oid = d.objid
)
select distinct d.objid, coalesce(view.type || ' ' || view.identity, own.type || ' ' || own.identity) as dependent
from dependents as d
cross join lateral pg_catalog.pg_identify_object(d.dependent_classid, d.dependent_objid, d.dependent_objsubid) as own
left join pg_catalog.pg_class as c on c.oid = d.relid
left join lateral pg_catalog.pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass, d.relid, 0) as view
    on d.dependent_classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
where not exists (select from inside as i where i.classid = d.dependent_classid and i.objid = d.dependent_objid)
  and not exists (select from inside as i where i.objid = d.relid)
  and d.dependent_classid not in ('pg_catalog.pg_event_trigger'::pg_catalog.regclass, 'pg_catalog.pg_publication_rel'::pg_catalog.regclass, 'pg_catalog.pg_default_acl'::pg_catalog.regclass)
  and own.schema is distinct from 'pggit'
  and d.tgname not like 'pggit\_%' is not false
order by 2
