-- Foreign-data wrappers. Options that could be secrets are kept by name only.
select 'pg_catalog.pg_foreign_data_wrapper'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_foreign_data_wrapper'::regclass::oid as root_classid,
       o.oid as root_objid,
       'foreign-data wrapper' as object_type,
       (pg_identify_object('pg_catalog.pg_foreign_data_wrapper'::regclass, o.oid, 0)).identity as object_identity,
       null::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(o.fdwowner),
           'handler', case when o.fdwhandler <> 0 then o.fdwhandler::regproc::text end,
           'validator', case when o.fdwvalidator <> 0 then o.fdwvalidator::regproc::text end,
           'options', pggit.sorted(array(select pggit.shown_option(u.item) from unnest(o.fdwoptions) as u (item))),
           'privileges', case
               when o.fdwacl is not null and not (o.fdwacl @> acldefault('F', o.fdwowner) and o.fdwacl <@ acldefault('F', o.fdwowner))
                   then coalesce(pggit.sorted(o.fdwacl::text[]), '[]')
           end,
           'comment', (
               select d.description
               from pg_description as d
               where d.objoid = o.oid
                 and d.classoid = 'pg_catalog.pg_foreign_data_wrapper'::regclass
                 and d.objsubid = 0
           )
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass
             and d.objid = o.oid
             and d.deptype in ('n', 'a')
             and d.refclassid <> 'pg_catalog.pg_namespace'::regclass
       ) as dependencies
from pg_foreign_data_wrapper as o
where o.oid = any ($1)
