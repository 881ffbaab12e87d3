-- Subscriptions. The connection, which may hold a password, is never read. Columns that a version does not have fall back to
-- those of the same name in "absent".
select 'pg_catalog.pg_subscription'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_subscription'::regclass::oid as root_classid,
       o.oid as root_objid,
       'subscription' as object_type,
       (pg_identify_object('pg_catalog.pg_subscription'::regclass, o.oid, 0)).identity as object_identity,
       null::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(o.subowner),
           'publications', to_jsonb(o.subpublications),
           'slot', o.subslotname,
           'binary', nullif(o.subbinary, false),
           'streaming', nullif(case when o.substream::text in ('t', 'true') then 'on' when o.substream::text = 'p' then 'parallel' else 'off' end, 'off'),
           'two_phase', nullif(o.subtwophasestate <> 'd', false),
           'disable_on_error', nullif(o.subdisableonerr, false),
           'synchronous_commit', nullif(o.subsynccommit, 'off'),
           'origin', nullif((select suborigin from pg_subscription as x where x.oid = o.oid), 'any'),
           'run_as_owner', nullif((select subrunasowner from pg_subscription as x where x.oid = o.oid), false),
           'failover', nullif((select subfailover from pg_subscription as x where x.oid = o.oid), false),
           'password_required', nullif((select subpasswordrequired from pg_subscription as x where x.oid = o.oid), true),
           'comment', pggit.comment_on('pg_catalog.pg_subscription'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_subscription'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_subscription as o
cross join (select null::text as suborigin, null::boolean as subrunasowner, null::boolean as subfailover, null::boolean as subpasswordrequired) as absent
where o.oid = any ($1)
