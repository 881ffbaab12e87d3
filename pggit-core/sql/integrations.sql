-- Listening to the tables of migration tools. Whatever happens in here, the tool's own statement goes on.

create or replace function pggit.tool_table(in_tool_name text)
returns text
language sql
immutable parallel safe
as $$
    select case in_tool_name when 'flyway' then 'flyway_schema_history' when 'liquibase' then 'databasechangelog' end
$$;
comment on function pggit.tool_table(text) is 'The table in which a tool that pgGit can listen to keeps its history';

-- A row is read as jsonb with the rights of pgGit's owner, and a type may bring a cast to json that somebody wrote: only PostgreSQL's own
-- types are read so. A view or a foreign table would run more than that.
create or replace function pggit.require_plain_table(in_relation oid)
returns void
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    foreign_column record;
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
end
$$;
comment on function pggit.require_plain_table(oid) is 'Raises an error for a relation whose rows pgGit does not read with its own rights: no plain table, or a column of a type that is not PostgreSQL''s own';

-- A number for a migration of Flyway: the version where it is a plain number; else minus its rank, which no version can be.
create or replace function pggit.flyway_number(in_row jsonb)
returns bigint
language sql
immutable parallel safe
as $$
    select case
               when in_row ->> 'version' ~ '^0*[0-9]{1,18}$' then (in_row ->> 'version')::bigint
               else - (in_row ->> 'installed_rank')::bigint
           end
$$;
comment on function pggit.flyway_number(jsonb) is 'The number of a migration of Flyway: its version, or minus its rank where the version is none or not a plain number';

create or replace function pggit.record_flyway(in_row jsonb, in_transaction_id xid8, in_recorded_by text)
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into pggit.external_migrations as m (
        tool_name, migration_id, migration_key, migration_name, checksum, started_at, applied_at, applied_by, success, transaction_ids, recorded_by)
    select 'flyway', pggit.flyway_number(in_row), coalesce(in_row ->> 'version', in_row ->> 'script'), in_row ->> 'description', in_row ->> 'checksum',
           t.at - make_interval(secs => coalesce((in_row ->> 'execution_time')::double precision, 0) / 1000 + 1), t.at,
           coalesce(case when in_recorded_by = 'import' then in_row ->> 'installed_by' end, session_user), coalesce((in_row ->> 'success')::boolean, true),
           case when in_transaction_id is null then '{}' else array[in_transaction_id] end, in_recorded_by
    from (select case when in_recorded_by = 'import' then (in_row ->> 'installed_on')::timestamp::timestamptz else clock_timestamp() end as at) as t
    on conflict on constraint external_migrations_pkey do update
    set migration_key = excluded.migration_key,
        migration_name = coalesce(excluded.migration_name, m.migration_name),
        checksum = excluded.checksum,
        started_at = coalesce(m.started_at, excluded.started_at),
        applied_at = coalesce(m.applied_at, excluded.applied_at),
        success = excluded.success,
        transaction_ids = case when m.success then m.transaction_ids else m.transaction_ids || excluded.transaction_ids end
$$;
comment on function pggit.record_flyway(jsonb, xid8, text) is 'Records a row of Flyway''s history';

create or replace function pggit.liquibase_key(in_row jsonb)
returns text
language sql
immutable parallel safe
as $$
    select concat_ws('::', in_row ->> 'filename', in_row ->> 'id', in_row ->> 'author')
$$;
comment on function pggit.liquibase_key(jsonb) is 'What identifies a changeset: path, id and author';

create or replace function pggit.record_liquibase(in_row jsonb, in_transaction_id xid8, in_recorded_by text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    key constant text := pggit.liquibase_key(in_row);
    moment constant timestamptz := case when in_recorded_by = 'import' then (in_row ->> 'dateexecuted')::timestamp::timestamptz else clock_timestamp() end;
    own constant xid8[] := case when in_transaction_id is null then '{}' else array[in_transaction_id] end;
    number bigint := coalesce((in_row ->> 'orderexecuted')::bigint, 0);
begin
    update pggit.external_migrations as m
    set checksum = in_row ->> 'md5sum',
        applied_at = case when in_row ->> 'exectype' = 'RERAN' then moment else m.applied_at end,
        success = true,
        transaction_ids = case when in_row ->> 'exectype' = 'RERAN' then m.transaction_ids || own else m.transaction_ids end
    where m.tool_name = 'liquibase'
      and m.migration_key = key;
    if found then
        return;
    end if;
    -- The order of execution may repeat: the next free number is this one's then.
    if exists (select from pggit.external_migrations as m where m.tool_name = 'liquibase' and m.migration_id = number) then
        select max(m.migration_id) + 1 into number from pggit.external_migrations as m where m.tool_name = 'liquibase';
    end if;
    insert into pggit.external_migrations (
        tool_name, migration_id, migration_key, migration_name, checksum, started_at, applied_at, applied_by, success, transaction_ids, recorded_by)
    values ('liquibase', number, key, coalesce(nullif(in_row ->> 'description', ''), in_row ->> 'id'), in_row ->> 'md5sum',
            case
                when in_recorded_by = 'import' then moment - interval '1 second'
                else (select greatest(max(m.applied_at), moment - interval '1 minute') from pggit.external_migrations as m where m.tool_name = 'liquibase' and m.applied_at < moment)
            end,
            moment, session_user, true, own, in_recorded_by);
end
$$;
comment on function pggit.record_liquibase(jsonb, xid8, text) is 'Records a row of Liquibase''s history';

-- The tool may have a transaction open on another connection that pgGit would wait for and that waits for this one.
create or replace function pggit.note_migration()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $$
begin
    begin
        perform pggit.require_plain_table(tg_relid);
        if tg_op = 'DELETE' then
            delete from pggit.external_migrations as m
            where m.tool_name = tg_argv[0]
              and m.migration_key = case tg_argv[0] when 'flyway' then coalesce(to_jsonb(old) ->> 'version', to_jsonb(old) ->> 'script') else pggit.liquibase_key(to_jsonb(old)) end;
        elsif tg_argv[0] = 'flyway' then
            perform pggit.record_flyway(to_jsonb(new), pg_current_xact_id(), 'trigger');
        else
            perform pggit.record_liquibase(to_jsonb(new), pg_current_xact_id(), 'trigger');
        end if;
    exception
        when others then
            perform pggit.record_migration_failure(tg_argv[0], sqlstate, sqlerrm);
    end;
    return null;
end
$$;
comment on function pggit.note_migration() is 'Trigger function on the table of a migration tool: records what the tool records, and never fails';

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

-- The trigger and the rows that are there already; false while the table is not. No policy of the table's owner runs here.
create or replace function pggit.attach_integration(in_tool_name text, in_schema_name text)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
    place constant text := format('%I.%I', in_schema_name, pggit.tool_table(in_tool_name));
    trigger_name constant text := 'pggit_' || in_tool_name;
    needed constant text[] := case in_tool_name when 'flyway' then array['installed_rank', 'version', 'script', 'success'] else array['id', 'author', 'filename', 'orderexecuted', 'md5sum'] end;
    missing text;
    past jsonb;
begin
    if to_regclass(place) is null then
        return false;
    end if;
    perform pggit.require_plain_table(to_regclass(place));
    select string_agg(c.name, ', ') into missing
    from unnest(needed) as c (name)
    where not exists (select from pg_attribute as a where a.attrelid = place::regclass and a.attname = c.name and not a.attisdropped);
    if missing is not null then
        raise exception '% is not the history of %: it lacks %', place, in_tool_name, missing
            using errcode = 'undefined_column', hint = 'Name the schema that holds the tool''s own table.';
    end if;
    execute format('create or replace trigger %I after insert or update or delete on %s for each row execute function pggit.note_migration(%L)', trigger_name, place, in_tool_name);
    for past in
        execute format('select to_jsonb(t) from only %s as t order by %s', place, case in_tool_name when 'flyway' then 'installed_rank' else 'dateexecuted, orderexecuted' end)
    loop
        if in_tool_name = 'flyway' then
            perform pggit.record_flyway(past, null, 'import');
        else
            perform pggit.record_liquibase(past, null, 'import');
        end if;
    end loop;
    return true;
end
$$;
comment on function pggit.attach_integration(text, text) is 'Listens to the table of a migration tool; false where the table is not there';

create or replace function pggit.record_integration(in_tool_name text, in_schema_name text, in_attached boolean)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into pggit.migration_integrations (tool_name, schema_name, table_name, is_attached)
    values (in_tool_name, in_schema_name, pggit.tool_table(in_tool_name), in_attached)
    on conflict (tool_name, schema_name) do update set is_attached = excluded.is_attached;
    update pggit.repository as r
    set awaits_tables = exists (select from pggit.migration_integrations as i where not i.is_attached)
    where r.awaits_tables is distinct from exists (select from pggit.migration_integrations as i where not i.is_attached);
    insert into pggit.system_events (event_type, event_data)
    values ('migrations_integrated', jsonb_build_object('tool_name', in_tool_name, 'schema_name', in_schema_name, 'table_there', in_attached));
end
$$;
comment on function pggit.record_integration(text, text, boolean) is 'Records that pgGit listens, or waits to listen, to a table of a migration tool';

create or replace function pggit.integrate(in_tool_name text, in_schema_name text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    attached boolean;
begin
    if in_schema_name is null or to_regnamespace(quote_ident(in_schema_name)) is null then
        raise exception 'there is no schema "%"', in_schema_name
            using errcode = 'invalid_schema_name', hint = format('Name the schema that holds %s.', pggit.tool_table(in_tool_name));
    end if;
    attached := pggit.attach_integration(in_tool_name, in_schema_name);
    perform pggit.record_integration(in_tool_name, in_schema_name, attached);
    if not attached then
        raise notice 'the table %.% is not there yet: pgGit will listen to it once % creates it', quote_ident(in_schema_name), pggit.tool_table(in_tool_name), in_tool_name;
    end if;
end
$$;
comment on function pggit.integrate(text, text) is 'Listens to a migration tool in a schema';

create or replace function pggit.integrate_flyway(schema_name text default 'public')
returns void
language sql
as $$
    select pggit.integrate('flyway', schema_name)
$$;
comment on function pggit.integrate_flyway(text) is 'From now on every migration of Flyway is recorded and linked to its commits';

create or replace function pggit.integrate_liquibase(schema_name text default 'public')
returns void
language sql
as $$
    select pggit.integrate('liquibase', schema_name)
$$;
comment on function pggit.integrate_liquibase(text) is 'From now on every changeset of Liquibase is recorded and linked to its commits';

-- At the end of CREATE TABLE: the tables that an integration waits for.
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
        select i.tool_name, i.schema_name
        from pggit.migration_integrations as i
        where not i.is_attached
          and to_regclass(format('%I.%I', i.schema_name, i.table_name)) is not null
    loop
        begin
            if pggit.attach_integration(waiting.tool_name, waiting.schema_name) then
                update pggit.migration_integrations as i
                set is_attached = true
                where i.tool_name = waiting.tool_name
                  and i.schema_name = waiting.schema_name;
                update pggit.repository as r
                set awaits_tables = false
                where not exists (select from pggit.migration_integrations as i where not i.is_attached);
            end if;
        exception
            when others then
                perform pggit.record_migration_failure(waiting.tool_name, sqlstate, sqlerrm);
        end;
    end loop;
end
$$;
comment on function pggit.attach_integrations() is 'Listens to the tables of migration tools that have just been created';
