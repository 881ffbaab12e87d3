-- What migrations ran, what no migration made, and what counts as there before them.

create or replace function pggit.migration_statements(tool_name text, migration_key text)
returns table (statement_id bigint, statement text, executed_at timestamptz)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle_migrations();
    return query
        with meant as (
            select m.*
            from pggit.external_migrations as m
            where m.tool_name = pggit.check_tool($1)
              and $2 in (m.migration_key, m.migration_id::text)
            order by m.applied_at desc
            limit 1
        ),
        transactions as (
            select unnest(m.transaction_ids) as transaction_id from meant as m
            union
            select c.transaction_id
            from meant as m
            cross join lateral pggit.migration_commits(m.tool_name, m.migration_id) as k
            join pggit.commit_records as c using (commit_id)
            where k.link <> 'explicit'
        )
        select s.statement_id, s.statement, s.executed_at
        from transactions as t
        join pggit.statement_records as s using (transaction_id)
        where s.statement is not null
        order by s.statement_id;
end
$$;
comment on function pggit.migration_statements(text, text) is 'The statements that pgGit saw a migration run, by the key or the number of the migration; of one that ran several times the last run';

-- Changes since migrations are recorded that belong to none of them. The tools' own tables are their own affair.
create or replace function pggit.migration_drift(tool_name text default null)
returns table (
    commit_id text, author text, authored_at timestamptz, message text, operation text, object_type text, object_identity text,
    application_name text, statement text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    beginning timestamptz;
begin
    perform pggit.settle_migrations();
    select min(coalesce(m.started_at, m.applied_at)) into beginning
    from pggit.external_migrations as m
    where $1 is null or m.tool_name = pggit.check_tool($1);
    return query
        with made as materialized (
            select distinct k.commit_id from pggit.migration_commits() as k
        )
        select c.commit_id, c.author, c.authored_at, c.message, g.operation, g.object_type, g.object_identity, s.application_name, s.statement
        from pggit.commit_records as c
        join pggit.commit_changes as g using (commit_number)
        left join pggit.statement_records as s on s.statement_id = g.statement_id
        where c.authored_at >= beginning
          and c.kind <> 'initial'
          and not exists (select from made as m where m.commit_id = c.commit_id)
          and not pggit.is_of_a_tool(g.object_key)
        order by c.commit_number, g.sequence;
end
$$;
comment on function pggit.migration_drift(text) is 'What was changed since the first recorded migration and by none of them, with who did it and how';

create or replace function pggit.baseline_migrations(tool_name text default 'flyway', revision text default 'HEAD')
returns int
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    target text;
    linked int;
begin
    perform pggit.settle_migrations();
    target := pggit.revision_id(revision);
    update pggit.external_migrations as m
    set linked_commit_id = target
    where m.tool_name = pggit.check_tool($1)
      and m.success
      and m.linked_commit_id is null
      and not exists (select from pggit.migration_commits(m.tool_name, m.migration_id));
    get diagnostics linked = row_count;
    return linked;
end
$$;
comment on function pggit.baseline_migrations(text, text) is 'Links every migration of a tool that has no commit to a revision: they ran before pgGit came. Gives how many';
