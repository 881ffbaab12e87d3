-- What the rows of migration tools say, and how they are recorded.

-- Who records a migration, when and from where; import is said of what ran before anybody listened.
create or replace function pggit.migration_context(in_recorded_by text)
returns jsonb
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
    select jsonb_build_object('recorded_by', in_recorded_by, 'at', clock_timestamp(), 'by', session_user)
           || case
                  when in_recorded_by = 'import' then '{}'
                  else jsonb_build_object(
                      'transaction_id', pg_current_xact_id(), 'application_name', current_setting('application_name'), 'client_address', host(inet_client_addr()))
              end
$$;
comment on function pggit.migration_context(text) is 'Who records a migration now, from where and in which transaction';

create or replace function pggit.context_transactions(in_context jsonb)
returns xid8[]
language sql
immutable parallel safe
as $$
    select case when in_context ->> 'transaction_id' is null then '{}' else array[(in_context ->> 'transaction_id')::xid8] end
$$;
comment on function pggit.context_transactions(jsonb) is 'The transaction in which a migration was recorded, if that is known';

-- The time before a moment at which no migration of the tool had begun yet: what one did is not linked to the next by its time.
create or replace function pggit.not_before(in_tool_name text, in_earliest timestamptz, in_moment timestamptz)
returns timestamptz
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select greatest(in_earliest, max(m.applied_at))
    from pggit.external_migrations as m
    where m.tool_name = in_tool_name
      and m.applied_at < in_moment
$$;
comment on function pggit.not_before(text, timestamptz, timestamptz) is 'When a migration can have begun: not before the one before it ended';

-- A number for a migration of Flyway: the version where it is a plain number and not that of an undo; else minus its rank, which no
-- version can be.
create or replace function pggit.flyway_number(in_row jsonb)
returns bigint
language sql
immutable parallel safe
as $$
    select case
               when in_row ->> 'version' ~ '^0*[0-9]{1,18}$' and coalesce(in_row ->> 'type', '') !~ '^UNDO' then (in_row ->> 'version')::bigint
               else - (in_row ->> 'installed_rank')::bigint
           end
$$;
comment on function pggit.flyway_number(jsonb) is 'The number of a migration of Flyway: its version, or minus its rank where the version is none, not a plain number, or taken back';

create or replace function pggit.record_flyway(in_row jsonb, in_context jsonb)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    is_import constant boolean := in_context ->> 'recorded_by' = 'import';
    moment constant timestamptz := case when is_import then (in_row ->> 'installed_on')::timestamp::timestamptz else (in_context ->> 'at')::timestamptz end;
    succeeded constant boolean := coalesce((in_row ->> 'success')::boolean, true);
begin
    -- The creation of a schema is no migration; a version that was struck off or taken back is not applied any more.
    if in_row ->> 'type' = 'SCHEMA' then
        return;
    end if;
    if in_row ->> 'type' = 'DELETE' or (in_row ->> 'type' like 'UNDO%' and succeeded) then
        delete from pggit.external_migrations as m
        where m.tool_name = 'flyway'
          and m.migration_key = coalesce(in_row ->> 'version', in_row ->> 'script')
          and (in_row ->> 'type' = 'DELETE' or m.migration_id <> pggit.flyway_number(in_row));
        if in_row ->> 'type' = 'DELETE' then
            return;
        end if;
    end if;
    insert into pggit.external_migrations as m (
        tool_name, migration_id, migration_key, migration_name, checksum, started_at, applied_at, applied_by, execution_time, success, transaction_ids,
        application_name, client_address, recorded_by)
    values ('flyway', pggit.flyway_number(in_row),
            case when in_row ->> 'type' like 'UNDO%' then 'U' else '' end || coalesce(in_row ->> 'version', in_row ->> 'script'),
            in_row ->> 'description', in_row ->> 'checksum',
            pggit.not_before('flyway', moment - make_interval(secs => coalesce((in_row ->> 'execution_time')::double precision, 0) / 1000 + 1), moment),
            moment, coalesce(case when is_import then in_row ->> 'installed_by' end, in_context ->> 'by'),
            make_interval(secs => (in_row ->> 'execution_time')::double precision / 1000), succeeded,
            pggit.context_transactions(in_context), in_context ->> 'application_name', (in_context ->> 'client_address')::inet, in_context ->> 'recorded_by')
    on conflict on constraint external_migrations_pkey do update
    set migration_key = excluded.migration_key,
        migration_name = coalesce(excluded.migration_name, m.migration_name),
        checksum = excluded.checksum,
        started_at = coalesce(m.started_at, excluded.started_at),
        applied_at = coalesce(m.applied_at, excluded.applied_at),
        execution_time = coalesce(excluded.execution_time, m.execution_time),
        success = excluded.success,
        transaction_ids = case when m.success then m.transaction_ids else m.transaction_ids || excluded.transaction_ids end;
end
$$;
comment on function pggit.record_flyway(jsonb, jsonb) is 'Records a row of Flyway''s history';

create or replace function pggit.liquibase_key(in_row jsonb)
returns text
language sql
immutable parallel safe
as $$
    select concat_ws('::', in_row ->> 'filename', in_row ->> 'id', in_row ->> 'author')
$$;
comment on function pggit.liquibase_key(jsonb) is 'What identifies a changeset: path, id and author';

-- A number that may be taken: the next free one is the migration's then.
create or replace function pggit.free_number(in_tool_name text, in_wanted bigint)
returns bigint
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select case
               when in_wanted is not null
                   and not exists (select from pggit.external_migrations as m where m.tool_name = in_tool_name and m.migration_id = in_wanted) then in_wanted
               else (select coalesce(max(m.migration_id), 0) + 1 from pggit.external_migrations as m where m.tool_name = in_tool_name)
           end
$$;
comment on function pggit.free_number(text, bigint) is 'The number that a migration gets: the wanted one, or the next free one';

create or replace function pggit.record_liquibase(in_row jsonb, in_context jsonb)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    key constant text := pggit.liquibase_key(in_row);
    is_import constant boolean := in_context ->> 'recorded_by' = 'import';
    moment constant timestamptz := case when is_import then (in_row ->> 'dateexecuted')::timestamp::timestamptz else (in_context ->> 'at')::timestamptz end;
    own constant xid8[] := pggit.context_transactions(in_context);
begin
    -- What was adopted from an older pgGit has no key, and is known by its checksum, or by number and name.
    update pggit.external_migrations as m
    set migration_key = key
    where m.tool_name = 'liquibase'
      and m.migration_id = (
          select k.migration_id
          from pggit.external_migrations as k
          where k.tool_name = 'liquibase'
            and k.migration_key is null
            and (k.checksum = in_row ->> 'md5sum'
                 or (k.checksum is null or in_row ->> 'md5sum' is null)
                    and k.migration_id = (in_row ->> 'orderexecuted')::bigint
                    and k.migration_name in (key, in_row ->> 'id', in_row ->> 'description', in_row ->> 'filename'))
          order by k.migration_id = (in_row ->> 'orderexecuted')::bigint desc, k.migration_id
          limit 1)
      and not exists (select from pggit.external_migrations as k where k.tool_name = 'liquibase' and k.migration_key = key);
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
    -- The order of execution may repeat.
    insert into pggit.external_migrations (
        tool_name, migration_id, migration_key, migration_name, checksum, started_at, applied_at, applied_by, success, transaction_ids,
        application_name, client_address, recorded_by)
    values ('liquibase', pggit.free_number('liquibase', coalesce((in_row ->> 'orderexecuted')::bigint, 0)), key,
            coalesce(nullif(in_row ->> 'description', ''), in_row ->> 'id'), in_row ->> 'md5sum',
            pggit.not_before('liquibase', moment - case when is_import then interval '1 second' else interval '1 minute' end, moment),
            moment, in_context ->> 'by', true, own, in_context ->> 'application_name', (in_context ->> 'client_address')::inet, in_context ->> 'recorded_by');
end
$$;
comment on function pggit.record_liquibase(jsonb, jsonb) is 'Records a row of Liquibase''s history';

-- What the rows of the simpler tools say.
create or replace function pggit.read_migration_row(in_tool_name text, in_row jsonb)
returns table (key text, name text, checksum text, applied_at timestamptz, seconds double precision, success boolean)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select case in_tool_name when 'sqitch' then in_row ->> 'change' else in_row ->> 'version' end,
           case in_tool_name when 'sqlx' then in_row ->> 'description' when 'refinery' then in_row ->> 'name' when 'sqitch' then in_row ->> 'note' end,
           case in_tool_name when 'sqlx' then substr(in_row ->> 'checksum', 3) when 'refinery' then in_row ->> 'checksum' when 'sqitch' then in_row ->> 'script_hash' end,
           case in_tool_name
               when 'sqlx' then (in_row ->> 'installed_on')::timestamptz
               when 'refinery' then (in_row ->> 'applied_on')::timestamptz
               when 'diesel' then (in_row ->> 'run_on')::timestamp::timestamptz
               when 'sqitch' then (in_row ->> 'committed_at')::timestamptz
           end,
           case in_tool_name when 'sqlx' then (in_row ->> 'execution_time')::double precision / 1e9 end,
           case in_tool_name when 'sqlx' then (in_row ->> 'success')::boolean when 'golang-migrate' then not (in_row ->> 'dirty')::boolean else true end
$$;
comment on function pggit.read_migration_row(text, jsonb) is 'A row of sqlx, diesel, refinery, golang-migrate or Sqitch by its meaning';

create or replace function pggit.record_plain_migration(in_tool_name text, in_row jsonb, in_context jsonb)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    is_import constant boolean := in_context ->> 'recorded_by' = 'import';
    own constant xid8[] := pggit.context_transactions(in_context);
    read record;
    moment timestamptz;
begin
    select * into strict read from pggit.read_migration_row(in_tool_name, in_row);
    moment := case when is_import then coalesce(read.applied_at, (in_context ->> 'at')::timestamptz) else (in_context ->> 'at')::timestamptz end;
    -- golang-migrate keeps the last version only: what stands above it was taken back.
    if in_tool_name = 'golang-migrate' and exists (select from pggit.external_migrations as m where m.tool_name = in_tool_name and m.migration_id > read.key::bigint) then
        if not read.success then
            return;
        end if;
        delete from pggit.external_migrations as m where m.tool_name = in_tool_name and m.migration_id > read.key::bigint;
    end if;
    update pggit.external_migrations as m
    set migration_name = coalesce(read.name, m.migration_name),
        checksum = read.checksum,
        applied_at = case when m.success then m.applied_at else moment end,
        success = read.success,
        transaction_ids = case when m.success then m.transaction_ids else m.transaction_ids || own end
    where m.tool_name = in_tool_name
      and m.migration_key = read.key;
    if found then
        return;
    end if;
    insert into pggit.external_migrations (
        tool_name, migration_id, migration_key, migration_name, checksum, started_at, applied_at, applied_by, execution_time, success, transaction_ids,
        application_name, client_address, recorded_by)
    values (in_tool_name, pggit.free_number(in_tool_name, case when read.key ~ '^[0-9]{1,18}$' then read.key::bigint end), read.key,
            nullif(read.name, ''), read.checksum,
            pggit.not_before(in_tool_name, moment - make_interval(secs => coalesce(read.seconds, 0) + 1), moment), moment, in_context ->> 'by',
            make_interval(secs => read.seconds), read.success, own, in_context ->> 'application_name', (in_context ->> 'client_address')::inet, in_context ->> 'recorded_by');
end
$$;
comment on function pggit.record_plain_migration(text, jsonb, jsonb) is 'Records a row of sqlx, diesel, refinery, golang-migrate or Sqitch';

create or replace function pggit.forget_migration(in_tool_name text, in_row jsonb)
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    delete from pggit.external_migrations as m
    where m.tool_name = in_tool_name
      and case in_tool_name
              when 'flyway' then m.migration_id = pggit.flyway_number(in_row)
              when 'liquibase' then m.migration_key = pggit.liquibase_key(in_row)
              -- It replaces its one row by another each time.
              when 'golang-migrate' then false
              else m.migration_key = (select r.key from pggit.read_migration_row(in_tool_name, in_row) as r)
          end
$$;
comment on function pggit.forget_migration(text, jsonb) is 'Forgets a migration whose row its tool has deleted';

create or replace function pggit.record_migration(in_tool_name text, in_operation text, in_row jsonb, in_context jsonb)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if in_operation = 'DELETE' then
        perform pggit.forget_migration(in_tool_name, in_row);
    elsif in_tool_name = 'flyway' then
        perform pggit.record_flyway(in_row, in_context);
    elsif in_tool_name = 'liquibase' then
        perform pggit.record_liquibase(in_row, in_context);
    else
        perform pggit.record_plain_migration(in_tool_name, in_row, in_context);
    end if;
end
$$;
comment on function pggit.record_migration(text, text, jsonb, jsonb) is 'Records what a tool did to a row of its table';
