-- HEAD: whoever holds it may make commits. It is a lock on a table that is empty, for any role may take any advisory lock and keep it.

create or replace function pggit.try_hold_head()
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    lock table pggit.head in share row exclusive mode nowait;
    return true;
exception
    when lock_not_available then
        return false;
end
$$;
comment on function pggit.try_hold_head() is 'Takes HEAD until the transaction ends if it is free; never waits';

create or replace function pggit.await_head(in_patience interval)
returns boolean
language plpgsql
volatile
as $$
declare
    give_up constant timestamptz := clock_timestamp() + in_patience;
begin
    while not pggit.try_hold_head() loop
        if clock_timestamp() > give_up then
            return false;
        end if;
        perform pg_sleep(0.01);
    end loop;
    return true;
end
$$;
comment on function pggit.await_head(interval) is 'Takes HEAD until the transaction ends, waiting for at most the time given; false where it is held for longer';

-- The numbers of what only the holder of HEAD makes. They come from no sequence, for a client's lastval() would tell it.
create or replace function pggit.next_commit_number()
returns bigint
language plpgsql
volatile
as $$
begin
    return coalesce((select max(c.commit_number) from pggit.commit_records as c), 0) + 1;
end
$$;
comment on function pggit.next_commit_number() is 'The number of the next commit; the caller holds HEAD';

create or replace function pggit.next_signature_id()
returns int
language plpgsql
volatile
as $$
begin
    return coalesce((select max(s.signature_id) from pggit.signature_records as s), 0) + 1;
end
$$;
comment on function pggit.next_signature_id() is 'The number of the next signature of a function; the caller holds HEAD';

create or replace function pggit.next_version_id()
returns bigint
language plpgsql
volatile
as $$
begin
    return coalesce((select max(v.version_id) from pggit.version_records as v), 0) + 1;
end
$$;
comment on function pggit.next_version_id() is 'The number of the next version of a function; the caller holds HEAD';

-- A statement came with the first change of each of its commands that a session could not see to be recorded: the first tells it.
create or replace function pggit.store_statements(in_transactions xid8[], in_commit_number bigint)
returns void
language plpgsql
volatile
as $$
begin
    insert into pggit.statement_records (
        statement_id, transaction_id, command_tag, statement, session_user_name, role_name, application_name, client_address,
        executed_at, duration, tracking_duration, commit_number)
    select coalesce((select max(l.statement_id) from pggit.statement_records as l), 0) + row_number() over (order by f.statement_at, f.transaction_id),
           f.transaction_id, f.command_tag, (f.sent).statement, (f.sent).session_user_name, (f.sent).role_name, (f.sent).application_name,
           (f.sent).client_address, f.statement_at, (f.sent).event_at - f.statement_at, f.staged_at - (f.sent).event_at, in_commit_number
    from (
        select distinct on (s.transaction_id, s.statement_at) s.*
        from pggit.staged_changes as s
        where s.transaction_id = any (in_transactions)
          and (s.sent).session_user_name is not null
        order by s.transaction_id, s.statement_at, s.origin = 'reconcile', s.staged_id
    ) as f
    on conflict (transaction_id, executed_at) do nothing;
end
$$;
comment on function pggit.store_statements(xid8[], bigint) is 'Stores the statements behind what transactions staged, each once, for the commit that they lead to; the caller holds HEAD';

-- A name has the collation "C", and hands it on to every text beside it in a function: there no index on a column would serve.
create or replace function pggit.caller()
returns text
language sql
stable
as $$
    select session_user::text
$$;
comment on function pggit.caller() is 'Who is connected, as a text like those in tables';

create or replace function pggit.hold_head(in_patience interval default '10 seconds')
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
    if not pggit.await_head(in_patience) then
        raise exception 'HEAD is held by another transaction'
            using errcode = 'lock_not_available',
                  hint = 'A transaction with schema changes is committing, or is prepared and waits for COMMIT PREPARED (see pg_prepared_xacts). Try again when it has ended; who holds it: SELECT pid FROM pg_locks WHERE relation = ''pggit.head''::regclass.';
    end if;
end
$$;
comment on function pggit.hold_head(interval) is 'Takes HEAD until the transaction ends, waiting for at most the time given; an error where it is held for longer';
