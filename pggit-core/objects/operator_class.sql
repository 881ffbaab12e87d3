-- Operator classes with the operators and functions that belong to them.
select 'pg_catalog.pg_opclass'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_opclass'::regclass::oid as root_classid,
       o.oid as root_objid,
       'operator class' as object_type,
       (pg_identify_object('pg_catalog.pg_opclass'::regclass, o.oid, 0)).identity as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(o.opcowner),
           'default', nullif(o.opcdefault, false),
           'type', format_type(o.opcintype, null),
           'storage', case when o.opckeytype <> 0 then format_type(o.opckeytype, null) end,
           'family', (pg_identify_object('pg_catalog.pg_opfamily'::regclass, o.opcfamily, 0)).identity,
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
                 and d.refclassid = 'pg_catalog.pg_opclass'::regclass
                 and d.refobjid = o.oid
                 and d.deptype = 'i'
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
                 and d.refclassid = 'pg_catalog.pg_opclass'::regclass
                 and d.refobjid = o.oid
                 and d.deptype = 'i'
           ),
           'comment', pggit.comment_on('pg_catalog.pg_opclass'::regclass, o.oid)
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from (
               select d.refclassid, d.refobjid, d.refobjsubid
               from pg_depend as d
               where d.classid = 'pg_catalog.pg_opclass'::regclass
                 and d.objid = o.oid
                 and d.deptype in ('n', 'a')
               union
               -- and what its members need
               select d.refclassid, d.refobjid, d.refobjsubid
               from pg_depend as m
               join pg_depend as d on d.classid = m.classid and d.objid = m.objid and d.deptype in ('n', 'a')
               where m.classid in ('pg_catalog.pg_amop'::regclass, 'pg_catalog.pg_amproc'::regclass)
                 and m.refclassid = 'pg_catalog.pg_opclass'::regclass
                 and m.refobjid = o.oid
                 and m.deptype = 'i'
           ) as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.refclassid <> 'pg_catalog.pg_namespace'::regclass
       ) as dependencies
from pg_opclass as o
join pg_namespace as n on n.oid = o.opcnamespace
where o.oid = any ($1)
