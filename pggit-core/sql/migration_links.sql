-- The commits that migrations made. A link is by transaction where the tool wrote its row in the one that ran the migration, else by
-- the session (user, application, address) and the time of it; the view migration_history says which. A commit may come later than its
-- transaction: links are made when they are read.

-- The tools' own tables are their own affair: no migration makes them.
create or replace function pggit.is_of_a_tool(in_object_key text)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select
        from (
            select i.schema_name, i.table_name from pggit.migration_integrations as i
            union
            select t.default_schema, t.table_name from pggit.tools() as t
        ) as o
        where in_object_key in (
            format('table %I.%I', o.schema_name, o.table_name),
            format('index %I.%I', o.schema_name, o.table_name || '_s_idx'),
            format('table %I.%I', o.schema_name, o.table_name || 'lock')))
$$;
comment on function pggit.is_of_a_tool(text) is 'True for a table in which a migration tool keeps its history, and for what belongs to it';

-- The commits of migrations, and what tells that they are theirs.
create or replace function pggit.migration_commits(in_tool_name text default null, in_migration_id bigint default null)
returns table (tool_name text, migration_id bigint, commit_id text, link text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with wanted as (
        select m.*
        from pggit.external_migrations as m
        where (in_tool_name is null or m.tool_name = lower(in_tool_name collate "C"))
          and (in_migration_id is null or m.migration_id = in_migration_id)
    ),
    sure as (
        select w.tool_name, w.migration_id, w.linked_commit_id as commit_id, 'explicit' as link
        from wanted as w
        where w.linked_commit_id is not null
        union all
        select w.tool_name, w.migration_id, c.commit_id, 'transaction'
        from wanted as w
        join pggit.commit_records as c on c.transaction_id = any (w.transaction_ids) and c.kind <> 'out_of_band'
        where w.linked_commit_id is null
          and c.authored_at between coalesce(w.started_at, w.applied_at) - interval '1 day' and coalesce(w.applied_at, 'infinity') + interval '1 day'
        union all
        -- in a deployment, whose commit is made by another transaction
        select distinct w.tool_name, w.migration_id, c.commit_id, 'transaction'
        from pggit.commit_records as c
        join pggit.commit_changes as g using (commit_number)
        join pggit.statement_records as t using (statement_id)
        join wanted as w on t.transaction_id = any (w.transaction_ids)
        where c.deployment_id is not null
          and c.transaction_id is distinct from t.transaction_id
          and w.linked_commit_id is null
          and t.executed_at between coalesce(w.started_at, w.applied_at) - interval '1 day' and coalesce(w.applied_at, 'infinity') + interval '1 day'
    )
    select s.tool_name, s.migration_id, s.commit_id, s.link
    from sure as s
    union all
    select w.tool_name, w.migration_id, c.commit_id, 'time'
    from wanted as w
    join pggit.commit_records as c
        on c.author = w.applied_by
       and c.kind in ('transaction', 'manual')
       and c.authored_at between w.started_at and w.applied_at
    where w.started_at is not null
      and not exists (select from sure as s where s.tool_name = w.tool_name and s.migration_id = w.migration_id)
      and not exists (select from pggit.external_migrations as m where c.transaction_id = any (m.transaction_ids))
      and exists (select from pggit.commit_changes as g where g.commit_number = c.commit_number and not pggit.is_of_a_tool(g.object_key))
      and (w.application_name is null or not exists (
          select from pggit.statement_records as t
          where t.transaction_id = c.transaction_id
            and t.executed_at between w.started_at and w.applied_at
            and (coalesce(t.application_name, '') <> w.application_name or t.client_address is distinct from w.client_address)))
$$;
comment on function pggit.migration_commits(text, bigint) is 'The commits of migrations: linked explicitly, by transaction, or by the session and the time of the migration';

-- Claimed where it is certain only. Nothing is said of what ran unseen: before pgGit listened, while tracking was paused, within a
-- deployment whose commit came later, or in a part of the history that was purged; nor where the same user changed something else
-- since the migration before, which may have been this one's doing on another connection.
create or replace function pggit.migrations_without_change()
returns table (tool_name text, migration_id bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with unseen as materialized (
        select e.created_at as since, coalesce((e.event_data ->> 'until')::timestamptz, e.created_at) as until
        from pggit.system_events as e
        where e.event_type in ('tracking_paused', 'tracking_disabled', 'capture_failed')
        union all
        select d.started_at, coalesce(d.ended_at, 'infinity')
        from pggit.deployment_mode as d
    ),
    ran as materialized (
        select m.*,
               case m.recorded_by
                   when 'call' then m.started_at
                   else greatest(m.applied_at - interval '1 day', lag(m.applied_at) over (partition by m.tool_name order by m.applied_at))
               end as since
        from pggit.external_migrations as m
    )
    select r.tool_name, r.migration_id
    from ran as r
    where r.success
      and r.recorded_by <> 'import'
      and r.linked_commit_id is null
      and r.started_at >= (select min(c.authored_at) from pggit.commit_records as c)
      and not exists (
          select
          from pggit.statement_records as s
          where s.transaction_id = any (r.transaction_ids)
            and s.executed_at between r.started_at - interval '1 day' and r.applied_at + interval '1 day')
      and not exists (select from unseen as u where u.since <= r.applied_at and u.until >= r.since)
      and not exists (
          select
          from pggit.commit_records as c
          where c.authored_at between r.since and r.applied_at
            and c.kind <> 'initial'
            and (r.recorded_by = 'call' or c.author = r.applied_by)
            and not exists (select from pggit.external_migrations as m where c.transaction_id = any (m.transaction_ids))
            and exists (select from pggit.commit_changes as g where g.commit_number = c.commit_number and not pggit.is_of_a_tool(g.object_key)))
      and not exists (select from pggit.staged_changes as s where s.statement_at between r.since and r.applied_at and not pggit.is_of_a_tool(s.object_key))
$$;
comment on function pggit.migrations_without_change() is 'The migrations that certainly changed nothing that is tracked, and so have no commit: they wrote rows, or were only marked as run';

create or replace function pggit.migrations_with_commits()
returns table (
    tool_name text, migration_id bigint, migration_key text, migration_name text, checksum text, applied_at timestamptz, applied_by text,
    execution_time interval, success boolean, error_message text, commit_id text, commit_message text, tree_hash text, objects_changed int, link text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle_migrations();
    return query
        with last_commits as materialized (
            select distinct on (k.tool_name, k.migration_id) k.tool_name, k.migration_id, k.link, c.*
            from pggit.migration_commits() as k
            join pggit.commit_records as c using (commit_id)
            order by k.tool_name, k.migration_id, c.commit_number desc
        )
        select m.tool_name, m.migration_id, m.migration_key, m.migration_name, m.checksum, m.applied_at, m.applied_by,
               m.execution_time, m.success, m.error_message,
               l.commit_id, l.message, l.tree_id, l.changes_count,
               coalesce(l.link, case when w.tool_name is not null then 'no schema change' end)
        from pggit.external_migrations as m
        left join last_commits as l using (tool_name, migration_id)
        left join pggit.migrations_without_change() as w using (tool_name, migration_id);
end
$$;
comment on function pggit.migrations_with_commits() is 'Every migration with the last of its commits; what could only be noted is recorded first, and what is not a commit yet becomes one';
