-- Operator families with what was added to them loosely.
select 'pg_catalog.pg_opfamily'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_opfamily'::regclass::oid as root_classid,
       o.oid as root_objid,
       'operator family' as object_type,
       (pg_identify_object('pg_catalog.pg_opfamily'::regclass, o.oid, 0)).identity as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(o.opfowner),
           'operators', (
               select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                          'strategy', m.amopstrategy,
                          'operator', (pg_identify_object('pg_catalog.pg_operator'::regclass, m.amopopr, 0)).identity,
                          'left', format_type(m.amoplefttype, null),
                          'right', format_type(m.amoprighttype, null),
                          'sort_family', case when m.amopsortfamily <> 0 then (pg_identify_object('pg_catalog.pg_opfamily'::regclass, m.amopsortfamily, 0)).identity end
                      )) order by convert_to(m.amoplefttype::regtype::text, 'UTF8'), convert_to(m.amoprighttype::regtype::text, 'UTF8'), m.amopstrategy)
               from pg_depend as d
               join pg_amop as m on m.oid = d.objid
               where d.classid = 'pg_catalog.pg_amop'::regclass
                 and d.refclassid = 'pg_catalog.pg_opfamily'::regclass
                 and d.refobjid = o.oid
                 and d.deptype = 'a'
           ),
           'functions', (
               select jsonb_agg(jsonb_build_object(
                          'number', m.amprocnum,
                          'function', (pg_identify_object('pg_catalog.pg_proc'::regclass, m.amproc, 0)).identity,
                          'left', format_type(m.amproclefttype, null),
                          'right', format_type(m.amprocrighttype, null)
                      ) order by convert_to(m.amproclefttype::regtype::text, 'UTF8'), convert_to(m.amprocrighttype::regtype::text, 'UTF8'), m.amprocnum)
               from pg_depend as d
               join pg_amproc as m on m.oid = d.objid
               where d.classid = 'pg_catalog.pg_amproc'::regclass
                 and d.refclassid = 'pg_catalog.pg_opfamily'::regclass
                 and d.refobjid = o.oid
                 and d.deptype = 'a'
           ),
           'comment', pggit.comment_on('pg_catalog.pg_opfamily'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_opfamily'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_opfamily as o
join pg_namespace as n on n.oid = o.opfnamespace
where o.oid = any ($1)
