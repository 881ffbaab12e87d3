-- Base types, and the shells that stand for types to come.
select 'pg_catalog.pg_type'::regclass::oid as classid,
       t.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_type'::regclass::oid as root_classid,
       t.oid as root_objid,
       'type' as object_type,
       (pg_identify_object('pg_catalog.pg_type'::regclass, t.oid, 0)).identity as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'kind', case when t.typisdefined then 'base' else 'shell' end,
           'owner', pg_get_userbyid(t.typowner),
           'input', case when t.typinput <> 0 then t.typinput::regproc::text end,
           'output', case when t.typoutput <> 0 then t.typoutput::regproc::text end,
           'receive', case when t.typreceive <> 0 then t.typreceive::regproc::text end,
           'send', case when t.typsend <> 0 then t.typsend::regproc::text end,
           'typmod_in', case when t.typmodin <> 0 then t.typmodin::regproc::text end,
           'typmod_out', case when t.typmodout <> 0 then t.typmodout::regproc::text end,
           'analyze', case when t.typanalyze <> 0 then t.typanalyze::regproc::text end,
           'subscript', case when t.typsubscript <> 0 then t.typsubscript::regproc::text end,
           'length', case when t.typisdefined then t.typlen end,
           'by_value', case when t.typisdefined then nullif(t.typbyval, false) end,
           'alignment', case when t.typisdefined then t.typalign::text end,
           'storage', case when t.typisdefined then t.typstorage::text end,
           'category', case when t.typisdefined then nullif(t.typcategory::text, 'U') end,
           'preferred', nullif(t.typispreferred, false),
           'delimiter', nullif(t.typdelim::text, ','),
           'element', case when t.typelem <> 0 then format_type(t.typelem, null) end,
           'default', t.typdefault,
           'collatable', nullif(t.typcollation <> 0, false),
           'privileges', pggit.own_privileges(t.typacl, 'T', t.typowner),
           'comment', pggit.comment_on('pg_catalog.pg_type'::regclass, t.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_type'::regclass, t.oid, 'na', t.oid) as dependencies
from pg_type as t
join pg_namespace as n on n.oid = t.typnamespace
where t.oid = any ($1)
  and (t.typtype = 'b' or not t.typisdefined)
