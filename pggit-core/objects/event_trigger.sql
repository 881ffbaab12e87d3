-- Event triggers other than our own. PostgreSQL fires no event trigger for them: they are found by comparison.
select 'pg_catalog.pg_event_trigger'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_event_trigger'::regclass::oid as root_classid,
       o.oid as root_objid,
       'event trigger' as object_type,
       (pg_identify_object('pg_catalog.pg_event_trigger'::regclass, o.oid, 0)).identity as object_identity,
       null::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(o.evtowner),
           'event', o.evtevent,
           'function', case when o.evtfoid <> 0 then (pg_identify_object('pg_catalog.pg_proc'::regclass, o.evtfoid, 0)).identity end,
           'enabled', case o.evtenabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end,
           'tags', to_jsonb(o.evttags),
           'comment', pggit.comment_on('pg_catalog.pg_event_trigger'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_event_trigger'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_event_trigger as o
where o.oid = any ($1)
