-- User mappings. Of their options only the user's name is kept with its value; all others by name only. The view is read, for
-- the catalog is closed to those who are no superusers.
select 'pg_catalog.pg_user_mapping'::regclass::oid as classid,
       o.umid as objid,
       0 as objsubid,
       'pg_catalog.pg_user_mapping'::regclass::oid as root_classid,
       o.umid as root_objid,
       'user mapping' as object_type,
       (pg_identify_object('pg_catalog.pg_user_mapping'::regclass, o.umid, 0)).identity as object_identity,
       null::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'user', case when o.umuser = 0 then 'public' else quote_ident(o.usename) end,
           'server', quote_ident(o.srvname),
           'options', (
               select jsonb_agg(case when split_part(u.item, '=', 1) not in ('user', 'username') then split_part(u.item, '=', 1) || '=***' else u.item end order by convert_to(u.item, 'UTF8'))
               from unnest(o.umoptions) as u (item)
           )
       )) as definition,
       array['server ' || quote_ident(o.srvname)] as dependencies
from pg_user_mappings as o
where o.umid = any ($1)
