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
           'comment', (
               select d.description
               from pg_description as d
               where d.objoid = o.oid
                 and d.classoid = 'pg_catalog.pg_event_trigger'::regclass
                 and d.objsubid = 0
           )
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where d.classid = 'pg_catalog.pg_event_trigger'::regclass
             and d.objid = o.oid
             and d.deptype in ('n', 'a')
             and d.refclassid <> 'pg_catalog.pg_namespace'::regclass
       ) as dependencies
from pg_event_trigger as o
where o.oid = any ($1)
