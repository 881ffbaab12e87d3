-- Migrations of other tools, as people say them by calls and ask about them.

create or replace function pggit.check_tool(in_tool_name text)
returns text
language plpgsql
immutable
as $$
begin
    if coalesce(in_tool_name, '') !~ '^[[:alnum:]][[:alnum:]_.-]{0,62}$' then
        raise exception '"%" is no name for a migration tool', in_tool_name
            using errcode = 'invalid_parameter_value', hint = 'Use letters, digits and any of _ . -, as in flyway.';
    end if;
    return lower(in_tool_name collate "C");
end
$$;
comment on function pggit.check_tool(text) is 'The name of a tool as it is recorded';

create or replace function pggit.begin_migration(migration_id bigint, tool_name text default 'flyway', migration_name text default null)
returns uuid
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    tool constant text := pggit.check_tool(tool_name);
    execution uuid;
begin
    if migration_id is null then
        raise exception 'a migration needs a number' using errcode = 'invalid_parameter_value', hint = 'SELECT pggit.begin_migration(42, ''flyway'', ''add orders'')';
    end if;
    insert into pggit.external_migrations as m (tool_name, migration_id, migration_name, started_at, transaction_ids, application_name, client_address, recorded_by)
    values (tool, begin_migration.migration_id, begin_migration.migration_name, clock_timestamp(), array[pg_current_xact_id()],
            current_setting('application_name'), inet_client_addr(), 'call')
    on conflict on constraint external_migrations_pkey do update
    set migration_name = coalesce(excluded.migration_name, m.migration_name),
        execution_id = gen_random_uuid(),
        started_at = excluded.started_at,
        applied_at = null,
        execution_time = null,
        applied_by = excluded.applied_by,
        success = null,
        error_message = null,
        linked_commit_id = null,
        application_name = excluded.application_name,
        client_address = excluded.client_address,
        transaction_ids = excluded.transaction_ids
    where not coalesce(m.success, false)
    returning m.execution_id into execution;
    if not found then
        raise exception 'migration % of % is applied already', migration_id, tool
            using errcode = 'duplicate_object', hint = 'Give the new migration a number of its own.';
    end if;
    return execution;
end
$$;
comment on function pggit.begin_migration(bigint, text, text) is 'Says that a migration of a tool begins: what this session changes until end_migration() is linked to it. Gives the id of this execution';

create or replace function pggit.end_migration(migration_id bigint, checksum text default null, success boolean default true, error_message text default null)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    open_tools text[];
begin
    select array_agg(m.tool_name order by (m.applied_by = session_user) desc, m.started_at desc)
    into open_tools
    from pggit.external_migrations as m
    where m.migration_id = end_migration.migration_id
      and m.success is null;
    if open_tools is null then
        raise exception 'no migration % is running', migration_id
            using errcode = 'object_not_in_prerequisite_state', hint = 'Begin it with pggit.begin_migration() first.';
    end if;
    update pggit.external_migrations as m
    set applied_at = clock_timestamp(),
        execution_time = clock_timestamp() - m.started_at,
        checksum = coalesce(end_migration.checksum, m.checksum),
        success = coalesce(end_migration.success, true),
        error_message = pggit.redacted_message(end_migration.error_message),
        transaction_ids = case when pg_current_xact_id() = any (m.transaction_ids) then m.transaction_ids else m.transaction_ids || pg_current_xact_id() end
    where m.migration_id = end_migration.migration_id
      and m.tool_name = open_tools[1];
end
$$;
comment on function pggit.end_migration(bigint, text, boolean, text) is 'Says how the migration that runs under this number ended';

create or replace function pggit.link_migration(migration_id bigint, description text default null, tool_name text default 'flyway', revision text default null)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    tool constant text := pggit.check_tool(tool_name);
    own constant xid8 := pg_current_xact_id();
    target text;
begin
    if migration_id is null then
        raise exception 'a migration needs a number' using errcode = 'invalid_parameter_value', hint = 'SELECT pggit.link_migration(42, ''add orders'')';
    end if;
    -- What this transaction changed becomes a commit at its end: the link is by transaction then.
    if revision is not null or not exists (select from pggit.staged_changes as s where s.transaction_id = own) then
        -- HEAD has to be what was committed last, or the link would be to something else.
        perform pggit.hold_head('2 seconds');
        perform pggit.settle_migrations();
        target := pggit.revision_id(coalesce(revision, 'HEAD'));
    end if;
    insert into pggit.external_migrations as m (tool_name, migration_id, migration_name, applied_at, success, linked_commit_id, transaction_ids, recorded_by)
    values (tool, link_migration.migration_id, description, clock_timestamp(), true, target, case when target is null then array[own] else '{}' end, 'call')
    on conflict on constraint external_migrations_pkey do update
    set migration_name = coalesce(excluded.migration_name, m.migration_name),
        linked_commit_id = excluded.linked_commit_id,
        transaction_ids = excluded.transaction_ids || m.transaction_ids;
    return target;
end
$$;
comment on function pggit.link_migration(bigint, text, text, text) is 'Links a migration to a revision, or without one to what this transaction changed, or else to the commit at HEAD; gives the id of the commit if there is one already';

create or replace function pggit.migration_issues(in_tool_name text)
returns table (migration_id bigint, status text, message text, tool_name text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle_migrations();
    return query
    with wanted as (
        select m.* from pggit.external_migrations as m where in_tool_name is null or m.tool_name = pggit.check_tool(in_tool_name)
    ),
    linked as materialized (
        select distinct k.tool_name, k.migration_id from pggit.migration_commits(lower(in_tool_name collate "C")) as k
    ),
    -- Numbers of this size are dates and times: what lies between them is no gap.
    numbered as (
        select w.tool_name, w.migration_id as upper_id, lag(w.migration_id) over (partition by w.tool_name order by w.migration_id) as lower_id
        from wanted as w
        where w.migration_id between 0 and 9999999
    ),
    found as (
        select n.upper_id - 1 as id, 'gap' as what,
               case when n.upper_id - n.lower_id = 2 then format('migration %s is missing between %s and %s', n.upper_id - 1, n.lower_id, n.upper_id)
                    else format('the migrations %s to %s are missing', n.lower_id + 1, n.upper_id - 1) end as text,
               n.tool_name as tool
        from numbered as n
        where n.upper_id - n.lower_id > 1
        union all
        select w.migration_id, 'failed', format('migration %s failed%s', coalesce(w.migration_key, w.migration_id::text), coalesce(': ' || w.error_message, '')), w.tool_name
        from wanted as w
        where not w.success
        union all
        select w.migration_id, 'running', format('migration %s was begun at %s and has not ended', w.migration_id, w.started_at), w.tool_name
        from wanted as w
        where w.success is null
        union all
        select w.migration_id, 'unlinked',
               format('no commit belongs to migration %s (%s)%s', coalesce(w.migration_key, w.migration_id::text), coalesce(w.migration_name, 'without a name'),
                      case when n.tool_name is not null then ': it changed no schema' end),
               w.tool_name
        from wanted as w
        left join pggit.migrations_without_change() as n using (tool_name, migration_id)
        where w.success
          and not exists (select from linked as l where l.tool_name = w.tool_name and l.migration_id = w.migration_id)
    )
    select f.id, f.what, f.text, f.tool
    from found as f
    order by f.tool, f.id, f.what;
end
$$;
comment on function pggit.migration_issues(text) is 'What is wrong with the migrations of a tool, or of all';

create or replace function pggit.validate_migrations(tool_name text default null)
returns table (migration_id bigint, status text, message text, tool_name text)
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    select i.* from pggit.migration_issues($1) as i
$$;
comment on function pggit.validate_migrations(text) is 'What is wrong with the migrations of a tool, or of all: gaps in their numbers, failed, still running, or without a commit';

create or replace function pggit.migrations_numbered(in_migration_id bigint)
returns setof pggit.external_migrations
language plpgsql
stable
as $$
begin
    return query select m.* from pggit.external_migrations as m where m.migration_id = in_migration_id order by m.tool_name;
    if not found then
        raise exception 'there is no migration %', in_migration_id
            using errcode = 'undefined_object', hint = 'SELECT tool_name, migration_id, migration_name FROM pggit.migration_history lists them.';
    end if;
end
$$;
comment on function pggit.migrations_numbered(bigint) is 'The migrations with a number, of any tool; an error when there is none';

create or replace function pggit.analyze_migration_impact(migration_id bigint)
returns table (object_type text, object_name text, operation text, impact_level text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle_migrations();
    return query
    select g.object_type,
           g.object_identity,
           g.operation,
           case
               when g.operation in ('drop', 'rename') and g.object_type not in ('index', 'trigger', 'statistics object') then 'high'
               when g.operation = 'alter' and g.object_type = 'table column'
                   and (o.definition -> 'type' is distinct from n.definition -> 'type' or (n.definition -> 'not_null' is not null and o.definition -> 'not_null' is null)) then 'high'
               when g.operation = 'alter' and o.definition - 'comment' = n.definition - 'comment' then 'low'
               when g.operation = 'create' and g.object_type not in ('table constraint', 'trigger', 'rule', 'policy') then 'low'
               when g.operation = 'create' and exists (
                   select from pggit.commit_changes as k
                   where k.commit_number = g.commit_number and k.operation = 'create' and k.object_key = g.object_key and k.object_type in ('table', 'foreign table')) then 'low'
               else 'medium'
           end
    from pggit.migrations_numbered(analyze_migration_impact.migration_id) as m
    cross join lateral pggit.migration_commits(m.tool_name, m.migration_id) as l
    join pggit.commit_records as c using (commit_id)
    join pggit.commit_changes as g using (commit_number)
    left join pggit.blobs as o on o.definition_id = g.old_definition_id
    left join pggit.blobs as n on n.definition_id = g.new_definition_id
    order by c.commit_number, g.sequence;
end
$$;
comment on function pggit.analyze_migration_impact(bigint) is 'What a migration changed, and how much that means to those who use it: low, medium or high';

create or replace function pggit.migration_revision(in_migration_id bigint)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    found_ids text[];
begin
    perform pggit.settle_migrations();
    select array_agg(c.commit_id order by c.commit_number desc)
    into found_ids
    from pggit.migrations_numbered(in_migration_id) as m
    cross join lateral pggit.migration_commits(m.tool_name, m.migration_id) as l
    join pggit.commit_records as c using (commit_id);
    if found_ids is null then
        raise exception 'no commit belongs to migration %', in_migration_id
            using errcode = 'undefined_object', hint = 'Link it with pggit.link_migration(), while HEAD is the schema that it made.';
    end if;
    return found_ids[1];
end
$$;
comment on function pggit.migration_revision(bigint) is 'The last commit of a migration';

create or replace function pggit.export_migration_schema(migration_id bigint, output_path text default null)
returns text
language plpgsql
as $$
declare
    script constant text := pggit.export_script(pggit.migration_revision(migration_id), null);
begin
    if output_path is not null then
        perform pggit.write_script(script, output_path);
    end if;
    return script;
end
$$;
comment on function pggit.export_migration_schema(bigint, text) is 'DDL that recreates the schema as a migration left it; also written to a file of the server where the role may do so';
