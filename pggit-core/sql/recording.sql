-- What the functions behind the event triggers write beside the changes: the statement, and the errors that capture met.

create or replace function pggit.sent_statement(in_query text, in_event_at timestamptz)
returns pggit.sent_statement
language sql
volatile
as $$
    select row(
        case
            when pggit.is_recorded_whole(in_query) then in_query
            else pggit.recorded_text(in_query)
        end,
        session_user, nullif(pg_catalog.current_setting('role'), 'none'), nullif(pg_catalog.current_setting('application_name'), ''),
        pg_catalog.inet_client_addr(), in_event_at)::pggit.sent_statement
$$;
comment on function pggit.sent_statement(text, timestamptz) is 'The statement that the client sent, without secrets, with who sent it, as the command that is recorded ends';

-- What a client sent as one command is kept with the first change of each of its events, for to look whether it is there costs more. Reading
-- a long string for secrets takes its time, and most of its commands may change nothing: whoever stages the first change of such a
-- statement asks for its text. Until then there is but the time of the event; and null, where another command of it has it already.
create or replace function pggit.statement_to_send(in_query text, in_event_at timestamptz)
returns pggit.sent_statement
language sql
volatile
as $$
    select case
        when not pggit.is_isolated() and pggit.is_recorded_whole(in_query)
            then row(
                in_query, session_user, nullif(pg_catalog.current_setting('role'), 'none'), nullif(pg_catalog.current_setting('application_name'), ''),
                pg_catalog.inet_client_addr(), in_event_at)::pggit.sent_statement
        when not pggit.has_statement()
            then row(null, null, null, null, null, in_event_at)::pggit.sent_statement
    end
$$;
comment on function pggit.statement_to_send(text, timestamptz) is 'What an event knows of the statement that the client sent: all that is recorded, or that its text is still to be read; null where it is recorded';

-- Stable, for the planner puts a layer under an INSERT whose query is not.
create or replace function pggit.with_statement(in_sent pggit.sent_statement)
returns pggit.sent_statement
language sql
stable
as $$
    select case
        when (in_sent).event_at is null or (in_sent).session_user_name is not null then in_sent
        else pggit.read_statement((in_sent).event_at)
    end
$$;
comment on function pggit.with_statement(pggit.sent_statement) is 'The statement that the client sent, for an event that has to tell it; null for any other';

create or replace function pggit.read_statement(in_event_at timestamptz)
returns pggit.sent_statement
language plpgsql
stable
as $$
declare
    query constant text := current_query();
begin
    return pggit.sent_statement(query, in_event_at);
end
$$;
comment on function pggit.read_statement(timestamptz) is 'The statement that the client sent, without secrets';

-- A SERIALIZABLE transaction must not read beside the rows of others, or it could fail for it. It notes in a setting where in the table its
-- statement is, and reads that row alone. When a savepoint takes the row back, so is the setting.
create or replace function pggit.note_kept_statement()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if (new.sent).session_user_name is not null then
        perform set_config('pggit.kept_statement', new.ctid::text, true);
    end if;
    return null;
end
$$;
comment on function pggit.note_kept_statement() is 'Trigger function: notes where a SERIALIZABLE transaction has put the statement that it carries out';

-- Anyone may set the setting, so what is there is looked at. A row that is reached by its place is the only one read: nothing else may be asked
-- of the table before, or an index would be read.
create or replace function pggit.has_kept_statement()
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_tidscan = on
as $$
declare
    place constant text := current_setting('pggit.kept_statement', true);
begin
    if place ~ '^\([0-9]{1,9},[0-9]{1,4}\)$' then
        return exists (
            select from (
                select s.transaction_id, s.statement_at, s.sent
                from pggit.staged_changes as s
                where s.ctid = place::tid
                offset 0
            ) as k
            where k.transaction_id = pg_current_xact_id()
              and k.statement_at = statement_timestamp()
              and (k.sent).session_user_name is not null);
    end if;
    return false;
end
$$;
comment on function pggit.has_kept_statement() is 'Whether a SERIALIZABLE transaction has recorded the statement that it carries out';

create or replace function pggit.has_statement()
returns boolean
language plpgsql
stable
as $$
begin
    if current_setting('transaction_isolation') = 'serializable' then
        return pggit.has_kept_statement();
    end if;
    return exists (
        select from pggit.staged_changes as s
        where s.transaction_id = pg_current_xact_id()
          and s.statement_at = statement_timestamp()
          and (s.sent).session_user_name is not null);
end
$$;
comment on function pggit.has_statement() is 'Whether this transaction has recorded the statement that it carries out';

-- A transaction that has a commit already (commit() in the middle of it) folds the rest as it commits; with a session's first change of
-- a minute it looks whether folding is due, once. The settings are hints that save looking, for anyone may set them.
create or replace function pggit.may_fold()
returns boolean
language sql
stable
as $$
    select not pggit.is_isolated()
       and pg_catalog.current_setting('pggit.fold_requested', true) is distinct from pg_catalog.pg_current_xact_id()::text
       and (pg_catalog.current_setting('pggit.recorded_minute', true) is distinct from pggit.this_minute()
            or pg_catalog.current_setting('pggit.folded_transaction', true) = pg_catalog.pg_current_xact_id()::text)
$$;
comment on function pggit.may_fold() is 'Whether a transaction that changes the schema should look, as it commits, whether it has to fold';

-- A savepoint that takes the request back takes the setting back.
create or replace function pggit.request_fold()
returns void
language plpgsql
as $$
begin
    perform set_config('pggit.fold_requested', pg_current_xact_id()::text, true);
    -- where constraints are immediate, it has folded by the end of this
    insert into pggit.fold_requests default values;
end
$$;
comment on function pggit.request_fold() is 'Makes the transaction look, as it commits, whether it has to fold';

create or replace function pggit.this_minute()
returns text
language sql
stable
as $$
    select pg_catalog.floor(pg_catalog.date_part('epoch', pg_catalog.statement_timestamp()) / 60)::text
$$;
comment on function pggit.this_minute() is 'The minute in which the statement came, as a setting keeps it';

-- Reading the labels is a query; that nobody has ever made one is told by the size of the catalog.
create or replace function pggit.may_have_labels()
returns boolean
language sql
volatile
as $$
    select pg_catalog.pg_relation_size('pg_catalog.pg_seclabel') > 0
$$;
comment on function pggit.may_have_labels() is 'False where no object has a security label';

-- Whether this transaction may read what others write to our tables.
create or replace function pggit.is_isolated()
returns boolean
language sql
stable
as $$
    select pg_catalog.current_setting('transaction_isolation') in ('repeatable read', 'serializable')
$$;
comment on function pggit.is_isolated() is 'True in a transaction that works from an old snapshot: capture then writes and does not read';

-- Whether an error inside capture is the client's too. Where not even that can be read, it is not.
create or replace function pggit.is_strict()
returns boolean
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce((select r.is_strict from pggit.repository as r), false);
exception
    when others then
        return false;
end
$$;
comment on function pggit.is_strict() is 'Whether commands fail that cannot be recorded';

-- An error inside capture, with the statement in which it came: else whoever makes capture fail would hide what he did. In strict mode there
-- is nothing to record, for the command itself fails. Where the stack has no room for even that, the command fails, as it would one call deeper.
create or replace function pggit.record_failure(in_place text, in_command_tag text, in_sqlstate text, in_message text, in_context text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    statement text;
begin
    -- a transaction that became read-only before its end leaves folding to others
    if in_command_tag is null and in_sqlstate = '25006' then
        return;
    end if;
    if in_command_tag is not null then
        begin
            statement := left((pggit.sent_statement(current_query(), clock_timestamp())).statement, 10000);
        exception
            when others then
                statement := 'not recorded: ' || sqlerrm;
        end;
    end if;
    insert into pggit.system_events (event_type, event_data)
    values ('capture_failed', jsonb_build_object(
        'in', in_place, 'command_tag', in_command_tag, 'sqlstate', in_sqlstate, 'message', in_message, 'context', in_context,
        'statement', statement, 'transaction_id', pg_current_xact_id()::text));
exception
    when others then
        if sqlstate = '54001' and in_command_tag is not null then
            raise;
        end if;
        raise warning 'pgGit could not record % (%), nor the error that kept it from doing so', in_command_tag, in_message
            using hint = 'Run SELECT pggit.reconcile() to record what is missing.';
end
$$;
comment on function pggit.record_failure(text, text, text, text, text) is 'Records an error that capture met instead of failing the command';

-- What the short ways have left, and what a command brings about beside itself.
create or replace function pggit.capture_roots(
    in_roots jsonb, in_command_tag text, in_reconcile_due boolean, in_awaits_tables boolean, in_rules jsonb, in_sent pggit.sent_statement)
returns void
language plpgsql
as $$
declare
    isolated constant boolean := pggit.is_isolated();
    roots jsonb := in_roots;
    staged int;
begin
    if in_command_tag = 'DROP OWNED' then
        select coalesce(jsonb_agg(distinct jsonb_build_array(w.root_classid::bigint, w.root_objid::bigint)), '[]') || roots
        into roots
        from pggit.roots_written('ALL') as w;
    end if;
    if in_command_tag in ('GRANT', 'REVOKE', 'DROP OWNED') then
        roots := pggit.with_privileges(roots);
    end if;
    if in_command_tag in ('CREATE EXTENSION', 'ALTER EXTENSION') then
        roots := roots || pggit.privileges_by_default();
    end if;
    if in_awaits_tables and in_command_tag in ('CREATE TABLE', 'ALTER TABLE') then
        perform pggit.attach_integrations();
    end if;
    if roots = '[]' then
        return;
    end if;
    if not (select pggit.is_home(r.home) from pggit.repository as r) then
        -- a restore ends with filling materialized views
        if in_command_tag <> 'REFRESH MATERIALIZED VIEW' then
            perform pggit.refuse_foreign_index();
        end if;
        return;
    end if;
    -- it locks the row that pauses and deployments write, until the transaction ends: not for those who were not let in
    if in_reconcile_due and not isolated and has_schema_privilege(session_user, 'pggit', 'usage') then
        perform pggit.try_reconcile_around(roots, pggit.with_statement(in_sent));
    end if;
    staged := pggit.stage_readable_roots(roots, in_command_tag, in_rules, isolated, in_sent);
    -- PostgreSQL does not say which objects joined or left the extension. It is rare enough for a look at everything.
    if in_command_tag = 'ALTER EXTENSION' and not isolated then
        perform pggit.stage_drift(roots, 'event', in_command_tag, case when staged = 0 then pggit.with_statement(in_sent) end);
    end if;
end
$$;
comment on function pggit.capture_roots(jsonb, text, boolean, boolean, jsonb, pggit.sent_statement) is 'Stages the objects given by [classid, objid] and whatever else the command is known to change';
