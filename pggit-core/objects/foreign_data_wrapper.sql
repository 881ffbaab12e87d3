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
           'privileges', pggit.own_privileges(o.fdwacl, 'F', o.fdwowner),
           'comment', pggit.comment_on('pg_catalog.pg_foreign_data_wrapper'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_foreign_data_wrapper'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_foreign_data_wrapper as o
where o.oid = any ($1)
