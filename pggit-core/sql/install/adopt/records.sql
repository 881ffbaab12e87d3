-- Deployments, changesets, conflicts and migrations: what is over is kept as it was, what was under way is over now.

with old as materialized (
    select pggit.aside_uuid(r ->> 'deployment_id') as id, r
    from pggit.aside_rows('deployment_mode') as r
),
kept as (
    insert into pggit.deployment_mode (
        deployment_id, deployment_name, branch_name, started_at, started_by, ended_at, auto_commit, changes_count, status, message)
    select coalesce(o.id, gen_random_uuid()), coalesce(pggit.aside_word(o.r ->> 'deployment_name'), 'unnamed'), p.head_branch,
           coalesce(pggit.aside_time(o.r ->> 'started_at'), pggit.aside_time(o.r ->> 'ended_at'), now()),
           coalesce(pggit.aside_word(o.r ->> 'started_by'), 'unknown'),
           coalesce(pggit.aside_time(o.r ->> 'ended_at'), now()),
           coalesce((o.r ->> 'auto_commit')::boolean, false),
           pggit.aside_number(o.r ->> 'changes_count')::int,
           case when o.r ->> 'status' = 'completed' then 'completed' else 'cancelled' end,
           case when o.r ->> 'status' is distinct from 'completed' and o.r ->> 'status' is distinct from 'cancelled' then 'It was open when this pgGit took over' end
    from old as o
    cross join pggit.repository as p
    on conflict do nothing
    returning message
)
select pggit.aside_note('deployments', count(*), (select count(*) from old) - count(*),
                        case when count(message) > 0 then 'recorded as cancelled, for they had not ended: ' || count(message) end)
from kept;

create table pggit.aside_operations as
select pggit.aside_uuid(r ->> 'changeset_id') as changeset_id,
       row_number() over (partition by r ->> 'changeset_id' order by o.place_of_list, o.n)::int as sequence,
       o.side, pggit.redact(o.operation) as operation, pggit.redact(o.operation) <> o.operation as is_secret
from pggit.aside_rows('cqrs_changesets') as r
cross join lateral (
    select 1 as place_of_list, 'command' as side, c.operation, c.n
    from unnest(pggit.aside_texts(r -> 'command_operations')) with ordinality as c (operation, n)
    union all
    select 2, 'query', q.operation, q.n
    from unnest(pggit.aside_texts(r -> 'query_operations')) with ordinality as q (operation, n)
) as o
where btrim(o.operation) <> '';

with old as materialized (
    select pggit.aside_uuid(r ->> 'changeset_id') as id, r,
           exists (select from pggit.aside_operations as o where o.changeset_id = pggit.aside_uuid(r ->> 'changeset_id') and o.is_secret) as is_secret
    from pggit.aside_rows('cqrs_changesets') as r
),
kept as (
    insert into pggit.changeset_records (changeset_id, description, version, atomic, status, error, created_at, created_by, executed_at)
    select o.id, coalesce(pggit.aside_word(o.r ->> 'description'), 'No description'), o.r ->> 'version', true,
           case
               when o.r ->> 'status' = 'completed' then 'completed'
               when o.r ->> 'status' = 'pending' and not o.is_secret then 'pending'
               else 'failed'
           end,
           case
               when o.r ->> 'status' = 'completed' then null
               when o.r ->> 'status' = 'pending' and o.is_secret then 'One of its operations could hold a secret, and was not imported'
               when o.r ->> 'status' = 'pending' then null
               else coalesce(pggit.redacted_message(o.r ->> 'error_message'), 'It had not ended when this pgGit took over')
           end,
           coalesce(pggit.aside_time(o.r ->> 'created_at'), now()), coalesce(pggit.aside_word(o.r ->> 'created_by'), 'unknown'),
           pggit.aside_time(o.r ->> 'completed_at')
    from old as o
    where o.id is not null
    on conflict do nothing
    returning status
)
select pggit.aside_note('changesets', count(*), (select count(*) from old) - count(*),
                        case when count(*) filter (where status = 'pending') > 0 then 'pending, for execute_cqrs_changeset() to run: ' || count(*) filter (where status = 'pending') end)
from kept;

insert into pggit.cqrs_operations (changeset_id, sequence, side, operation, success, error, executed_at)
select o.changeset_id, o.sequence, o.side, o.operation, p.success, p.error, p.executed_at
from pggit.aside_operations as o
join pggit.changeset_records as c using (changeset_id)
left join lateral (
    select (r ->> 'success')::boolean as success, pggit.redacted_message(r ->> 'error_message') as error, pggit.aside_time(r ->> 'executed_at') as executed_at
    from pggit.aside_rows('cqrs_operations') as r
    where pggit.aside_uuid(r ->> 'changeset_id') = o.changeset_id
      and lower((r ->> 'side') collate "C") = o.side
      and pggit.redact(r ->> 'operation_sql') = o.operation
    order by pggit.aside_number(r ->> 'operation_order')
    limit 1
) as p on true;

with old as materialized (
    select pggit.aside_uuid(r ->> 'conflict_id') as id, lower((r ->> 'conflict_type') collate "C") as type, r
    from pggit.aside_rows('conflict_registry') as r
),
kept as (
    insert into pggit.conflict_registry (
        conflict_id, conflict_type, object_type, object_identifier, branch1_name, branch2_name, conflict_data, status, created_at, created_by,
        resolved_at, resolved_by, resolution_type, resolution_reason)
    select coalesce(o.id, gen_random_uuid()), o.type, lower(coalesce(pggit.aside_word(o.r ->> 'object_type'), 'unknown') collate "C"), pggit.aside_word(o.r ->> 'object_identifier'),
           o.r ->> 'branch1_name', o.r ->> 'branch2_name',
           case when jsonb_typeof(o.r -> 'conflict_data') = 'object' then coalesce(pggit.aside_json(o.r -> 'conflict_data'), '{}') else '{}' end,
           case when o.r ->> 'status' in ('resolved', 'ignored') then o.r ->> 'status' else 'unresolved' end,
           coalesce(pggit.aside_time(o.r ->> 'created_at'), now()), 'unknown',
           pggit.aside_time(o.r ->> 'resolved_at'), o.r ->> 'resolved_by',
           case when o.r ->> 'resolution_type' in ('use_current', 'use_tracked', 'merge', 'custom') then o.r ->> 'resolution_type' end,
           o.r ->> 'resolution_reason'
    from old as o
    where o.type in ('merge', 'version', 'constraint', 'dependency')
      and pggit.aside_word(o.r ->> 'object_identifier') is not null
    on conflict do nothing
    returning 1
)
select pggit.aside_note('conflicts', count(*), (select count(*) from old) - count(*),
                        case when (select count(*) from old) > count(*) then 'what is not imported names no object, or a type of conflict that there is not' end)
from kept;

with old as materialized (
    select lower(coalesce(pggit.aside_word(r ->> 'tool_name'), 'flyway') collate "C") as tool, pggit.aside_number(r ->> 'migration_id') as id, r
    from pggit.aside_rows('external_migrations') as r
),
kept as (
    insert into pggit.external_migrations (
        tool_name, migration_id, migration_key, migration_name, checksum, started_at, applied_at, applied_by, success, error_message, linked_commit_id, execution_time, recorded_by)
    select o.tool, o.id, case when o.tool = 'flyway' then o.id::text end, o.r ->> 'migration_name', o.r ->> 'checksum',
           pggit.aside_time(o.r ->> 'applied_at') - (o.r ->> 'execution_time')::interval,
           coalesce(pggit.aside_time(o.r ->> 'applied_at'), now()),
           coalesce(pggit.aside_word(o.r ->> 'applied_by'), 'unknown'),
           coalesce((o.r ->> 'success')::boolean, true), pggit.redacted_message(o.r ->> 'error_message'),
           (select s.commit_id from pggit.aside_steps as s where s.old_id = pggit.aside_number(o.r ->> 'pggit_commit_id') limit 1),
           (o.r ->> 'execution_time')::interval, 'import'
    from old as o
    where o.id is not null
      and o.tool ~ '^[[:alnum:]][[:alnum:]_.-]{0,62}$'
    on conflict do nothing
    returning linked_commit_id
)
select pggit.aside_note('migrations', count(*), (select count(*) from old) - count(*),
                        concat_ws('; ',
                            case when count(*) > count(linked_commit_id) then 'without a commit that is known: ' || count(*) - count(linked_commit_id) end,
                            case when (select count(*) from old) > count(*) then 'what is not imported has no tool or no number' end,
                            case when count(*) > 0 then 'integrate_flyway() and integrate_liquibase() record those to come' end))
from kept;
