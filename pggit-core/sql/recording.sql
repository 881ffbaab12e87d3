-- What the functions behind the event triggers write beside the changes: the statement, and the errors that capture met.

-- Writes down the statement that the client sent, once for each transaction. If the transaction has a commit already (commit() in the
-- middle of it), or if it is the first for a minute, it folds as it commits.
create or replace function pggit.record_statement(in_command_tag text, in_started timestamptz, in_isolated boolean)
returns boolean
language plpgsql
as $$
declare
    has_commit constant boolean := not in_isolated and coalesce(current_setting('pggit.folded_transaction', true) = pg_current_xact_id()::text, false);
    is_new boolean;
begin
    insert into pggit.statements (
        transaction_id, command_tag, statement, session_user_name, role_name, application_name, client_address,
        executed_at, duration, tracking_duration, folds)
    values (
        pg_current_xact_id(), in_command_tag, pggit.recorded_text(current_query()), session_user,
        nullif(current_setting('role'), 'none'), nullif(current_setting('application_name'), ''), inet_client_addr(),
        statement_timestamp(), in_started - statement_timestamp(), clock_timestamp() - in_started,
        case
            when in_isolated then false
            when has_commit then true
            else coalesce(
                (select s.executed_at from pggit.statements as s order by s.transaction_id desc limit 1) < statement_timestamp() - interval '1 minute',
                true)
        end)
    on conflict (transaction_id, executed_at) do nothing;
    is_new := found;
    -- The statement is there already, and what it did before has been folded: a continuation folds the rest.
    if has_commit and not is_new then
        insert into pggit.statements (transaction_id, command_tag, session_user_name, executed_at, folds)
        values (pg_current_xact_id(), in_command_tag, session_user, clock_timestamp(), true);
    end if;
    return is_new;
end
$$;
comment on function pggit.record_statement(text, timestamptz, boolean) is 'Records the statement that the client sent, without secrets, with who sent it; true if it was not there yet';

-- Whether this transaction may read what others write to our tables.
create or replace function pggit.is_isolated()
returns boolean
language sql
stable
as $$
    select pg_catalog.current_setting('transaction_isolation') in ('repeatable read', 'serializable')
$$;
comment on function pggit.is_isolated() is 'True in a transaction that works from an old snapshot: capture then writes and does not read';

-- An error inside capture. Never raises; in strict mode there is nothing to record, for the command itself fails.
create or replace function pggit.record_failure(in_place text, in_command_tag text, in_sqlstate text, in_message text, in_context text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into pggit.system_events (event_type, event_data)
    values ('capture_failed', jsonb_build_object(
        'in', in_place, 'command_tag', in_command_tag, 'sqlstate', in_sqlstate, 'message', in_message, 'context', in_context,
        'transaction_id', pg_current_xact_id()::text));
exception
    when others then
        raise warning 'pgGit could not record % (%), nor the error that kept it from doing so', in_command_tag, in_message
            using hint = 'Run SELECT pggit.reconcile() to record what is missing.';
end
$$;
comment on function pggit.record_failure(text, text, text, text, text) is 'Records an error that capture met instead of failing the command';
