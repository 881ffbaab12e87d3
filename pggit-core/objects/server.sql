-- Foreign servers. Options that could be secrets are kept by name only.
select 'pg_catalog.pg_foreign_server'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_foreign_server'::regclass::oid as root_classid,
       o.oid as root_objid,
       'server' as object_type,
       (pg_identify_object('pg_catalog.pg_foreign_server'::regclass, o.oid, 0)).identity as object_identity,
       null::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(o.srvowner),
           'wrapper', (select quote_ident(w.fdwname) from pg_foreign_data_wrapper as w where w.oid = o.srvfdw),
           'type', o.srvtype,
           'version', o.srvversion,
           'options', pggit.sorted(array(select pggit.shown_option(u.item) from unnest(o.srvoptions) as u (item))),
           'privileges', pggit.own_privileges(o.srvacl, 'S', o.srvowner),
           'comment', pggit.comment_on('pg_catalog.pg_foreign_server'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_foreign_server'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_foreign_server as o
where o.oid = any ($1)
