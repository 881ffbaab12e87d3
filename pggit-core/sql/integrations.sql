-- Listening to the tables of migration tools. Whatever happens in here, the tool's own statement goes on.

create or replace function pggit.tools()
returns table (tool_name text, default_schema text, table_name text, needed_columns text[])
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
    values ('flyway', 'public', 'flyway_schema_history', array['installed_rank', 'version', 'script', 'success']),
           ('liquibase', 'public', 'databasechangelog', array['id', 'author', 'filename', 'orderexecuted', 'md5sum']),
           ('sqlx', 'public', '_sqlx_migrations', array['version', 'description', 'success', 'checksum']),
           ('diesel', 'public', '__diesel_schema_migrations', array['version', 'run_on']),
           ('refinery', 'public', 'refinery_schema_history', array['version', 'name', 'checksum']),
           ('golang-migrate', 'public', 'schema_migrations', array['version', 'dirty']),
           ('sqitch', 'sqitch', 'changes', array['change', 'script_hash', 'committed_at'])
$$;
comment on function pggit.tools() is 'The migration tools that pgGit can listen to, with the table in which each keeps its history and the columns that tell it apart';

-- A row is read as jsonb with the rights of pgGit's owner, and a type may bring a cast to json that somebody wrote: only PostgreSQL's own
-- types are read so. A view or a foreign table would run more than that, and the planner computes what is constant in the expressions of
-- indexes and statistics.
create or replace function pggit.require_plain_table(in_relation oid)
returns void
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    foreign_column record;
    computed text;
begin
    if (select c.relkind from pg_class as c where c.oid = in_relation) <> 'r' then
        raise exception '% is no plain table', in_relation::regclass
            using errcode = 'wrong_object_type', hint = 'pgGit listens to tables of migration tools, not to views, foreign or partitioned tables.';
    end if;
    select a.attname, format_type(a.atttypid, a.atttypmod) as type into foreign_column
    from pg_attribute as a
    where a.attrelid = in_relation
      and a.attnum > 0
      and not a.attisdropped
      and a.atttypid >= 16384
    order by a.attnum
    limit 1;
    if found then
        raise exception 'column "%" of % has the type %', foreign_column.attname, in_relation::regclass, foreign_column.type
            using errcode = 'datatype_mismatch', hint = 'pgGit reads a migration tool''s table where all its columns have types of PostgreSQL''s own.';
    end if;
    select o.name into computed
    from (
        select x.indexrelid::regclass::text as name
        from pg_index as x
        where x.indrelid = in_relation
          and (x.indexprs is not null or x.indpred is not null)
        union all
        select format('%I.%I', n.nspname, s.stxname)
        from pg_statistic_ext as s
        join pg_namespace as n on n.oid = s.stxnamespace
        where s.stxrelid = in_relation
          and s.stxexprs is not null
        union all
        select format('column %I', a.attname)
        from pg_attribute as a
        where a.attrelid = in_relation
          and a.attgenerated = 'v'
          and not a.attisdropped
    ) as o
    limit 1;
    if found then
        raise exception '% of % is computed by an expression', computed, in_relation::regclass
            using errcode = 'wrong_object_type', hint = 'pgGit reads a migration tool''s table where no index, statistics or virtual column has an expression.';
    end if;
end
$$;
comment on function pggit.require_plain_table(oid) is 'Raises an error for a relation whose rows pgGit does not read with its own rights: no plain table, a column of a type that is not PostgreSQL''s own, or an expression that would be computed';

-- The tool may have a transaction open on another connection that pgGit would wait for and that waits for this one; and a transaction of
-- the tool's that must not see others would fail for what pgGit reads. Such a row is noted only, and recorded by whoever reads next.
create or replace function pggit.note_migration()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '50ms'
as $$
declare
    noted jsonb;
    context jsonb;
    failed_message text;
begin
    begin
        perform pggit.require_plain_table(tg_relid);
        noted := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
        context := pggit.migration_context('trigger');
        if pggit.is_isolated() then
            perform pggit.defer_migration(tg_argv[0], tg_op, noted, context);
        else
            perform pggit.record_migration(tg_argv[0], tg_op, noted, context);
        end if;
    exception
        when others then
            failed_message := sqlerrm;
            begin
                if noted is null or context is null then
                    perform pggit.record_migration_failure(tg_argv[0], sqlstate, failed_message);
                else
                    perform pggit.defer_migration(tg_argv[0], tg_op, noted, context);
                end if;
            exception
                when others then
                    -- pgGit's own schema has another name, or lacks something
                    raise warning 'pgGit could not record a migration of % (%)', tg_argv[0], failed_message;
            end;
    end;
    return null;
end
$$;
comment on function pggit.note_migration() is 'Trigger function on the table of a migration tool: records what the tool records, and never fails';

create or replace function pggit.defer_migration(in_tool_name text, in_operation text, in_row jsonb, in_context jsonb)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into pggit.noted_migrations (tool_name, operation, noted_row, context)
    values (in_tool_name, in_operation, in_row, in_context);
exception
    when others then
        perform pggit.record_migration_failure(in_tool_name, sqlstate, sqlerrm);
end
$$;
comment on function pggit.defer_migration(text, text, jsonb, jsonb) is 'Notes a row of a tool''s table, to be recorded by whoever reads the migrations next';

create or replace function pggit.settle_migrations()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    note record;
begin
    perform pggit.settle();
    if pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' or pggit.is_isolated() then
        return;
    end if;
    for note in
        select n.* from pggit.noted_migrations as n order by n.note_id for update skip locked
    loop
        begin
            perform pggit.record_migration(note.tool_name, note.operation, note.noted_row, note.context);
        exception
            when others then
                perform pggit.record_migration_failure(note.tool_name, sqlstate, sqlerrm);
        end;
        delete from pggit.noted_migrations as n where n.note_id = note.note_id;
    end loop;
end
$$;
comment on function pggit.settle_migrations() is 'Records the migrations that could only be noted, after folding what is staged';

create or replace function pggit.record_migration_failure(in_tool_name text, in_sqlstate text, in_message text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into pggit.system_events (event_type, event_data)
    values ('migration_not_recorded', jsonb_build_object('tool_name', in_tool_name, 'sqlstate', in_sqlstate, 'message', in_message));
exception
    when others then
        raise warning 'pgGit could not record a migration of %: %', in_tool_name, in_message
            using hint = 'Name it with pggit.link_migration().';
end
$$;
comment on function pggit.record_migration_failure(text, text, text) is 'Records that a migration could not be recorded';

-- The trigger and the rows that are there already; false while the table is not. No policy of the table's owner runs here, nor a check.
-- The table is locked as CREATE TRIGGER locks it before it is looked at: nobody puts another in its place meanwhile.
create or replace function pggit.attach_integration(in_tool_name text, in_schema_name text, in_table_name text, in_waits boolean default true)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
set row_security = off
set constraint_exclusion = partition
as $$
declare
    place constant text := format('%I.%I', in_schema_name, in_table_name);
    relation constant oid := to_regclass(place);
    trigger_name constant text := 'pggit_' || in_tool_name;
    missing text;
    past jsonb;
begin
    if relation is null then
        return false;
    end if;
    -- before the lock too, for it would wait for the tables under a view
    perform pggit.require_plain_table(relation);
    execute format('lock table only %s in share row exclusive mode %s', place, case when in_waits then '' else 'nowait' end);
    if to_regclass(place) is distinct from relation then
        raise exception '% is being replaced', place
            using errcode = 'object_in_use', hint = 'Try again when the transaction that does it has ended.';
    end if;
    perform pggit.require_plain_table(relation);
    select string_agg(c.name, ', ') into missing
    from pggit.tools() as t
    cross join lateral unnest(t.needed_columns) as c (name)
    where t.tool_name = in_tool_name
      and not exists (select from pg_attribute as a where a.attrelid = place::regclass and a.attname = c.name and not a.attisdropped);
    if missing is not null then
        raise exception '% is not the history of %: it lacks %', place, in_tool_name, missing
            using errcode = 'undefined_column', hint = 'Name the schema that holds the tool''s own table.';
    end if;
    execute format('create or replace trigger %I after insert or update or delete on %s for each row execute function pggit.note_migration(%L)', trigger_name, place, in_tool_name);
    for past in
        execute format('select to_jsonb(t) from only %s as t order by %s', place,
                       case in_tool_name when 'flyway' then 'installed_rank' when 'liquibase' then 'dateexecuted, orderexecuted' when 'sqitch' then 'committed_at' else 'version' end)
    loop
        perform pggit.record_migration(in_tool_name, 'INSERT', past, pggit.migration_context('import'));
    end loop;
    return true;
end
$$;
comment on function pggit.attach_integration(text, text, text, boolean) is 'Listens to the table of a migration tool and records what is in it; false where the table is not there';

create or replace function pggit.record_integration(in_tool_name text, in_schema_name text, in_table_name text, in_attached boolean)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into pggit.migration_integrations (tool_name, schema_name, table_name, is_attached)
    values (in_tool_name, in_schema_name, in_table_name, in_attached)
    on conflict (tool_name, schema_name) do update
    set table_name = excluded.table_name,
        is_attached = excluded.is_attached;
    -- A table that is there today may be replaced by another one tomorrow.
    update pggit.repository as r set awaits_tables = true where not r.awaits_tables;
    insert into pggit.system_events (event_type, event_data)
    values ('migrations_integrated', jsonb_build_object('tool_name', in_tool_name, 'schema_name', in_schema_name, 'table_name', in_table_name, 'table_there', in_attached));
end
$$;
comment on function pggit.record_integration(text, text, text, boolean) is 'Records that pgGit listens, or waits to listen, to a table of a migration tool';

create or replace function pggit.integrate_migrations(tool_name text, schema_name text default null, table_name text default null)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    tool record;
    place_schema text;
    place_table text;
    attached boolean;
begin
    select t.* into tool from pggit.tools() as t where t.tool_name = lower(integrate_migrations.tool_name collate "C");
    if not found then
        raise exception 'pgGit cannot listen to "%"', tool_name
            using errcode = 'invalid_parameter_value',
                  hint = format('It can listen to %s. Any other tool calls pggit.begin_migration() and end_migration(), or link_migration().',
                                (select string_agg(t.tool_name, ', ' order by t.tool_name) from pggit.tools() as t));
    end if;
    place_schema := coalesce(schema_name, tool.default_schema);
    place_table := coalesce(table_name, tool.table_name);
    if schema_name is not null and to_regnamespace(quote_ident(place_schema)) is null then
        raise exception 'there is no schema "%"', place_schema
            using errcode = 'invalid_schema_name', hint = format('Name the schema that holds %s.', place_table);
    end if;
    attached := pggit.attach_integration(tool.tool_name, place_schema, place_table);
    perform pggit.record_integration(tool.tool_name, place_schema, place_table, attached);
    if not attached then
        raise notice 'the table %.% is not there yet: pgGit will listen to it once % creates it', quote_ident(place_schema), quote_ident(place_table), tool.tool_name;
    end if;
end
$$;
comment on function pggit.integrate_migrations(text, text, text) is 'From now on every migration of a tool is recorded and linked to its commits: flyway, liquibase, sqlx, diesel, refinery, golang-migrate or sqitch';

create or replace function pggit.integrate_flyway(schema_name text default 'public')
returns void
language sql
as $$
    select pggit.integrate_migrations('flyway', coalesce(schema_name, ''))
$$;
comment on function pggit.integrate_flyway(text) is 'From now on every migration of Flyway is recorded and linked to its commits';

create or replace function pggit.integrate_liquibase(schema_name text default 'public')
returns void
language sql
as $$
    select pggit.integrate_migrations('liquibase', coalesce(schema_name, ''))
$$;
comment on function pggit.integrate_liquibase(text) is 'From now on every changeset of Liquibase is recorded and linked to its commits';

-- At the end of CREATE TABLE: the tables that an integration waits for, or that took the place of one that it listened to.
create or replace function pggit.attach_integrations()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    waiting record;
begin
    for waiting in
        select i.tool_name, i.schema_name, i.table_name
        from pggit.migration_integrations as i
        join pg_class as c on c.oid = to_regclass(format('%I.%I', i.schema_name, i.table_name))
        where not exists (select from pg_trigger as t where t.tgrelid = c.oid and t.tgname = 'pggit_' || i.tool_name and not t.tgisinternal)
    loop
        begin
            if pggit.attach_integration(waiting.tool_name, waiting.schema_name, waiting.table_name, in_waits => false) then
                update pggit.migration_integrations as i
                set is_attached = true
                where i.tool_name = waiting.tool_name
                  and i.schema_name = waiting.schema_name
                  and not i.is_attached;
            end if;
        exception
            -- whoever changes a table when it is free listens to it
            when lock_not_available then
                null;
            when others then
                perform pggit.record_migration_failure(waiting.tool_name, sqlstate, sqlerrm);
        end;
    end loop;
end
$$;
comment on function pggit.attach_integrations() is 'Listens to the tables of migration tools that have just been created, and after an upgrade to all of them again';
