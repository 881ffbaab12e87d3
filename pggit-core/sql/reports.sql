-- Reports: what was measured, and how environments differ.

create or replace function pggit.performance_report(days_back int default 7)
returns table (metric_name text, metric_value numeric, metric_unit text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    since timestamptz;
begin
    if days_back is null or days_back not between 0 and 100000 then
        raise exception 'days_back cannot be %', coalesce(days_back::text, 'null')
            using errcode = 'invalid_parameter_value', hint = 'Give how many days the report looks back, as 7.';
    end if;
    perform pggit.settle();
    since := now() - make_interval(days => days_back);
    return query
        with tracked as (
            select count(*) as n,
                   avg(extract(epoch from s.tracking_duration)) * 1000 as average,
                   percentile_cont(0.95) within group (order by extract(epoch from s.tracking_duration)) * 1000 as p95
            from pggit.statement_records as s
            where s.executed_at >= since
        ),
        folded as (
            select count(*) as n,
                   avg(extract(epoch from c.fold_duration)) * 1000 as average,
                   percentile_cont(0.95) within group (order by extract(epoch from c.fold_duration)) * 1000 as p95
            from pggit.commit_records as c
            where c.authored_at >= since
        )
        select m.name, round(m.value::numeric, 3), m.unit
        from (
            select 1, 'DDL operations tracked', t.n::double precision, 'operations' from tracked as t
            union all
            select 2, 'Commits', f.n, 'commits' from folded as f
            union all
            select 3, 'Average tracking time', t.average, 'ms' from tracked as t
            union all
            select 4, '95th percentile tracking time', t.p95, 'ms' from tracked as t
            union all
            select 5, 'Average commit time', f.average, 'ms' from folded as f
            union all
            select 6, '95th percentile commit time', f.p95, 'ms' from folded as f
            union all
            select 7, 'Storage used', sum(pg_total_relation_size(c.oid)) / 1048576.0, 'MB' from pg_class as c where c.relnamespace = 'pggit'::regnamespace and c.relkind = 'r'
            union all
            select 8, 'Objects tracked', count(*), 'elements' from pggit.elements
            union all
            select 9, 'Conflicts', count(*), 'conflicts' from pggit.conflict_registry as r where r.created_at >= since
            union all
            select 10, 'Unresolved conflicts', count(*), 'conflicts' from pggit.conflict_registry as r where r.status = 'unresolved'
            union all
            select 11, 'Capture failures', count(*), 'events' from pggit.system_events as e where e.event_type = 'capture_failed' and e.created_at >= since
        ) as m (place, name, value, unit)
        order by m.place;
end
$$;
comment on function pggit.performance_report(int) is 'What was measured in the last days: operations, times of tracking and committing, storage, conflicts. A time is null where nothing was measured';

create or replace function pggit.environment_elements(in_revision text)
returns table (object_type text, object_identity text, definition_id text, definition jsonb)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query
        select t.object_type, t.object_identity, t.definition_id, b.definition
        from pggit.tree_at(pggit.revision_id(in_revision)) as t
        join pggit.blobs as b on b.definition_id = t.definition_id;
end
$$;
comment on function pggit.environment_elements(text) is 'The elements of a revision with their definitions, for comparison';

-- With the rights of the caller: dblink lets nobody connect who may not.
create or replace function pggit.environment_at(in_name text, in_connection_string text)
returns table (object_type text, object_identity text, definition_id text, definition jsonb)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    place text;
begin
    if in_connection_string is null then
        return query select * from pggit.environment_elements(in_name);
        return;
    end if;
    select pg_catalog.quote_ident(n.nspname) into place
    from pg_catalog.pg_extension as e
    join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
    where e.extname = 'dblink';
    if place is null then
        raise exception 'the environment "%" is in another database, and dblink is not installed here', in_name
            using errcode = 'feature_not_supported', hint = 'CREATE EXTENSION dblink, or run: pggit compare, which needs no dblink.';
    end if;
    return query execute pg_catalog.format(
        'select * from %s.dblink(%L, %L) as e (object_type text, object_identity text, definition_id text, definition jsonb)',
        place, in_connection_string, 'select * from pggit.environment_elements(''HEAD'')');
end
$$;
comment on function pggit.environment_at(text, text) is 'The elements of a revision here, or of HEAD in another database with pgGit';

create or replace function pggit.compare_environments(
    env1_name text, env2_name text, connection_string1 text default null, connection_string2 text default null)
returns table (object_type text, object_name text, env1_status text, env2_status text, difference text)
language sql
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(one.object_type, two.object_type),
           coalesce(one.object_identity, two.object_identity),
           case when one.definition_id is null then 'missing' else 'present' end,
           case when two.definition_id is null then 'missing' else 'present' end,
           case
               when two.definition_id is null then pg_catalog.format('only in %s', env1_name)
               when one.definition_id is null then pg_catalog.format('only in %s', env2_name)
               else 'differs in ' || (
                   select pg_catalog.string_agg(k.key, ', ' order by k.key)
                   from pg_catalog.jsonb_object_keys(one.definition || two.definition) as k (key)
                   where one.definition -> k.key is distinct from two.definition -> k.key)
           end
    from pggit.environment_at(env1_name, connection_string1) as one
    full join pggit.environment_at(env2_name, connection_string2) as two
        on two.object_type = one.object_type
       and two.object_identity = one.object_identity
    where one.definition_id is distinct from two.definition_id
    order by 2, 1
$$;
comment on function pggit.compare_environments(text, text, text, text) is 'How two environments differ: revisions of this database (branches, tags), or other databases with pgGit by dblink. Nothing is given for what is the same';

create or replace function pggit.metrics()
returns table (metric_name text, metric_type text, metric_value numeric, metric_help text)
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
    select pggit.settle();
    select m.name, m.type, m.value, m.help
    from (
        select 1, 'pggit_tracking_enabled', 'gauge', 'Whether changes are recorded as they happen: 0 while tracking is paused or off, or event triggers are missing',
               (coalesce(greatest(r.paused_until, r.disabled_until), '-infinity') < clock_timestamp()
                and (select t.is_watching from pggit.triggers_state() as t))::int::numeric
        from pggit.repository as r
        union all
        select 2, 'pggit_commits_total', 'counter', 'Commits that were ever made', coalesce(max(c.commit_number), 0) from pggit.commit_records as c
        union all
        select 3, 'pggit_statements_total', 'counter', 'Statements that were ever recorded', coalesce(max(s.statement_id), 0) from pggit.statement_records as s
        union all
        select 4, 'pggit_elements', 'gauge', 'Elements that HEAD holds', count(*) from pggit.elements
        union all
        select 5, 'pggit_staged_changes', 'gauge', 'Changes that are recorded and in no commit yet', count(*) from pggit.staged_changes
        union all
        select 6, 'pggit_capture_failures_total', 'counter', 'Errors that capture met instead of failing a command', count(*)
        from pggit.system_events as e
        where e.event_type = 'capture_failed'
        union all
        select 7, 'pggit_unresolved_conflicts', 'gauge', 'Conflicts that wait to be resolved', count(*) from pggit.conflict_registry as c where c.status = 'unresolved'
        union all
        select 8, 'pggit_storage_bytes', 'gauge', 'Size of the tables of pgGit on the disk, indexes included', sum(pg_total_relation_size(c.oid))
        from pg_class as c
        where c.relnamespace = 'pggit'::regnamespace
          and c.relkind = 'r'
        union all
        select 9, 'pggit_last_commit_timestamp_seconds', 'gauge', 'When the last commit was made, in seconds since 1970', extract(epoch from max(c.authored_at)) from pggit.commit_records as c
    ) as m (place, name, type, help, value)
    where m.value is not null
    order by m.place
$$;
comment on function pggit.metrics() is 'The state of pgGit in figures, named as Prometheus names metrics';
