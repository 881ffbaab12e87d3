-- Changesets over the command side and the query side of a schema. Operations run with the rights of whoever calls, in functions that
-- have no search_path of their own; only the record is kept with the owner's rights.

create or replace function pggit.check_cqrs_operation(in_side text, in_number int, in_operation text)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    statements constant text[] := array(select s from pggit.statements_of(in_operation) as s);
    statement text;
begin
    if coalesce(cardinality(statements), 0) = 0 then
        raise exception 'operation % on the % side is empty', in_number, in_side
            using errcode = 'invalid_parameter_value', hint = 'Give each operation as one SQL statement.';
    end if;
    foreach statement in array statements loop
        statement := upper(left(statement, 1000) collate "C");
        if statement ~ any (array[
            '^(VACUUM|ALTER SYSTEM|DISCARD ALL)( |$)',
            '^(CREATE|DROP) (DATABASE|TABLESPACE|SUBSCRIPTION) ',
            '^ALTER DATABASE .* SET TABLESPACE ',
            '^ALTER SUBSCRIPTION .* REFRESH ',
            '^(CREATE( UNIQUE)?|DROP) INDEX CONCURRENTLY ',
            '^REINDEX( \([^)]*\))? (INDEX|TABLE|SCHEMA|DATABASE|SYSTEM) CONCURRENTLY ',
            '^REINDEX \([^)]*CONCURRENTLY',
            '^REINDEX( \([^)]*\))? (SCHEMA|DATABASE|SYSTEM)( |$)',
            '^CLUSTER( VERBOSE)?$',
            '^ALTER TABLE .* DETACH PARTITION .* CONCURRENTLY$'])
        then
            raise exception 'operation % on the % side cannot run in a transaction: %', in_number, in_side, left(statement, 60)
                using errcode = 'feature_not_supported', hint = 'A changeset is one transaction. Run this statement by itself, before or after it.';
        end if;
        if statement ~ '^(BEGIN|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|START TRANSACTION|PREPARE TRANSACTION)( |$)' then
            raise exception 'operation % on the % side controls the transaction: %', in_number, in_side, left(statement, 60)
                using errcode = 'invalid_parameter_value', hint = 'The changeset itself is the transaction.';
        end if;
        if statement ~ '^COPY .* (FROM STDIN|TO STDOUT)( |$)' then
            raise exception 'operation % on the % side speaks with the client: %', in_number, in_side, left(statement, 60)
                using errcode = 'feature_not_supported', hint = 'Insert the rows, or copy them outside of the changeset.';
        end if;
        -- the rest are statements of its body
        exit when statement ~ '^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE) ';
    end loop;
end
$$;
comment on function pggit.check_cqrs_operation(text, int, text) is 'Raises an error where an operation cannot be part of a changeset';

create or replace function pggit.check_on_failure(in_on_failure text)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    if in_on_failure is null or in_on_failure not in ('record', 'raise') then
        raise exception 'on_failure cannot be %', quote_nullable(in_on_failure)
            using errcode = 'invalid_parameter_value', hint = 'It is ''record'' or ''raise''.';
    end if;
end
$$;
comment on function pggit.check_on_failure(text) is 'Raises an error for what is no way of dealing with failures';

create or replace function pggit.open_cqrs_changeset(
    in_description text, in_version text, in_atomic boolean, in_sides text[], in_operations text[],
    in_command_schemas text[], in_query_schemas text[], in_reference_schemas text[])
returns uuid
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    new_id uuid;
begin
    if coalesce(btrim(in_description), '') = '' then
        raise exception 'a changeset needs a description'
            using errcode = 'invalid_parameter_value', hint = 'It becomes the message of the commit.';
    end if;
    if coalesce(cardinality(in_operations), 0) = 0 then
        raise exception 'the changeset "%" has no operation', in_description
            using errcode = 'invalid_parameter_value', hint = 'Give at least one statement on the command side or the query side.';
    end if;
    if cardinality(in_sides) is distinct from cardinality(in_operations) or in_sides <@ array['command', 'query'] is not true then
        raise exception 'the operations of "%" do not have a side each', in_description
            using errcode = 'invalid_parameter_value', hint = 'A side is ''command'' or ''query''.';
    end if;
    if in_version is not null then
        perform pggit.check_version(in_version);
    end if;
    perform pggit.check_sides(in_command_schemas, in_query_schemas, in_reference_schemas);
    perform pggit.check_cqrs_operation(o.side, o.place, o.operation)
    from (
        select u.side, row_number() over (partition by u.side order by u.n)::int as place, u.operation, u.n
        from unnest(in_sides, in_operations) with ordinality as u (side, operation, n)
    ) as o
    order by o.n;
    insert into pggit.changeset_records (description, version, atomic, status, executed_by, command_schemas, query_schemas, reference_schemas)
    values (in_description, in_version, coalesce(in_atomic, true), 'in_progress', session_user, in_command_schemas, in_query_schemas, in_reference_schemas)
    returning changeset_id into new_id;
    insert into pggit.cqrs_operations (changeset_id, sequence, side, operation, is_redacted)
    select new_id, u.n, u.side, pggit.recorded_text(u.operation), pggit.recorded_text(u.operation) <> u.operation
    from unnest(in_sides, in_operations) with ordinality as u (side, operation, n);
    return new_id;
end
$$;
comment on function pggit.open_cqrs_changeset(text, text, boolean, text[], text[], text[], text[], text[]) is 'Puts a changeset on record before it runs; what could be a secret is not kept';

-- Whoever runs a changeset again runs with his own rights what another may have written: he says that he knows.
create or replace function pggit.reopen_cqrs_changeset(in_changeset_id uuid, in_written_by text, out description text, out atomic boolean, out sides text[], out operations text[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    found_changeset pggit.changeset_records;
begin
    select * into found_changeset
    from pggit.changeset_records as c
    where c.changeset_id = in_changeset_id
    for update skip locked;
    if not found and exists (select from pggit.changeset_records as c where c.changeset_id = in_changeset_id) then
        raise exception 'the changeset % is being run by another session', in_changeset_id
            using errcode = 'object_in_use', hint = 'Wait for how it ends: pggit.cqrs_history has it.';
    elsif not found then
        raise exception 'there is no changeset %', in_changeset_id
            using errcode = 'undefined_object', hint = 'pggit.cqrs_history lists them.';
    end if;
    description := found_changeset.description;
    atomic := found_changeset.atomic;
    if found_changeset.status in ('completed', 'in_progress') then
        raise exception 'the changeset "%" is %', description, case found_changeset.status when 'completed' then 'completed' else 'running' end
            using errcode = 'object_not_in_prerequisite_state', hint = 'Make a new one with pggit.track_cqrs_change().';
    end if;
    if found_changeset.created_by <> coalesce(in_written_by, session_user) then
        raise exception 'the changeset "%" was written by %', description, found_changeset.created_by
            using errcode = 'insufficient_privilege',
                  hint = format('It runs with your rights. Read pggit.cqrs_operations first, then say so: written_by => %L.', found_changeset.created_by);
    end if;
    if exists (select from pggit.cqrs_operations as o where o.changeset_id = in_changeset_id and o.is_redacted) then
        raise exception 'the changeset "%" has operations that could hold a secret, which were not kept', description
            using errcode = 'object_not_in_prerequisite_state', hint = 'Give it anew with pggit.track_cqrs_change().';
    end if;
    select array_agg(o.side order by o.sequence), array_agg(o.operation order by o.sequence)
    into sides, operations
    from pggit.cqrs_operations as o
    where o.changeset_id = in_changeset_id
      and (found_changeset.atomic or not coalesce(o.success, false));
    update pggit.changeset_records as c set status = 'in_progress', executed_by = session_user where c.changeset_id = in_changeset_id;
end
$$;
comment on function pggit.reopen_cqrs_changeset(uuid, text) is 'The operations of a changeset that may run: all of them, or where each runs by itself those that have not succeeded';

-- How each operation ended: '' well, 'undone' well and undone again, null not run, anything else the error.
create or replace function pggit.close_cqrs_changeset(in_changeset_id uuid, in_errors text[], in_states text[], in_end_error text)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    own constant xid8 := pg_current_xact_id();
    summary text;
    changeset pggit.changeset_records;
    failures int;
begin
    select * into changeset from pggit.changeset_records as c where c.changeset_id = in_changeset_id and c.status = 'in_progress' and c.executed_by = session_user;
    if not found then
        raise exception 'the changeset % is not being run here', in_changeset_id
            using errcode = 'object_not_in_prerequisite_state', hint = 'pggit.execute_cqrs_changeset() runs one.';
    end if;
    with ran as (
        select o.sequence, row_number() over (order by o.sequence) as place
        from pggit.cqrs_operations as o
        where o.changeset_id = in_changeset_id
          and (changeset.atomic or not coalesce(o.success, false))
    )
    update pggit.cqrs_operations as o
    set success = case when in_errors[r.place] = '' then true when in_errors[r.place] is null or in_errors[r.place] = 'undone' then null else false end,
        error = case
            when o.is_redacted and in_states[r.place] is distinct from 'off side' and nullif(nullif(in_errors[r.place], ''), 'undone') is not null then 'error ' || in_states[r.place] || ', whose message could hold a secret'
            else pggit.redacted_message(nullif(nullif(in_errors[r.place], ''), 'undone'))
        end,
        executed_at = case when in_errors[r.place] is not null then clock_timestamp() end
    from ran as r
    where o.changeset_id = in_changeset_id
      and o.sequence = r.sequence;
    select string_agg(format('operation %s: %s', o.sequence, o.error), '; ' order by o.sequence), count(*)
    into summary, failures
    from pggit.cqrs_operations as o
    where o.changeset_id = in_changeset_id
      and not o.success;
    if in_end_error is not null then
        summary := concat_ws('; ', summary, 'at the end: ' || pggit.redacted_message(in_end_error));
        failures := failures + 1;
    end if;
    update pggit.changeset_records as c
    set status = case
            when failures = 0 then 'completed'
            when c.atomic or not exists (select from pggit.cqrs_operations as o where o.changeset_id = in_changeset_id and o.success) then 'failed'
            else 'partial'
        end,
        -- what it changed is the commit of this transaction
        transaction_id = case
            when (failures = 0 or not c.atomic) and exists (select from pggit.staged_changes as s where s.transaction_id = own) then own
            else c.transaction_id
        end,
        error = summary,
        executed_at = clock_timestamp()
    where c.changeset_id = in_changeset_id;
    return summary;
end
$$;
comment on function pggit.close_cqrs_changeset(uuid, text[], text[], text) is 'Puts on record how a changeset ended; gives what failed';

create or replace function pggit.changeset_message(in_transaction xid8)
returns text
language plpgsql
stable
as $$
begin
    return (
        select string_agg(c.description || coalesce(' (' || c.version || ')', ''), '; ' order by c.executed_at)
        from pggit.changeset_records as c
        where c.transaction_id = in_transaction
          and (c.commit_id is null or c.executed_at >= transaction_timestamp()));
end
$$;
comment on function pggit.changeset_message(xid8) is 'The message for the commit of a transaction in which changesets ran; null for any other';

-- Constraints that wait for the end of the transaction would fail when nothing can be put on record any more.
create or replace function pggit.waiting_constraints()
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select string_agg(distinct format('%I.%I', n.nspname, c.conname), ', ')
    from pg_constraint as c
    join pg_namespace as n on n.oid = c.connamespace
    where c.condeferred
      and n.nspname <> 'pggit'
$$;
comment on function pggit.waiting_constraints() is 'The constraints that are checked at the end of a transaction';

create or replace function pggit.run_cqrs_changeset(in_changeset_id uuid, in_description text, in_atomic boolean, in_sides text[], in_operations text[], in_on_failure text)
returns void
language plpgsql
as $$
declare
    errors text[];
    states text[];
    before bigint;
    complaint text;
    waiting text;
    place int := 0;
    failure text;
    failed_state text;
    end_error text;
begin
    errors := pg_catalog.array_fill(null::text, array[pg_catalog.cardinality(in_operations)]);
    states := errors;
    begin
        for number in 1 .. pg_catalog.cardinality(in_operations) loop
            place := number;
            complaint := null;
            begin
                before := pggit.last_staged();
                execute in_operations[number];
                complaint := pggit.change_off_side(in_changeset_id, in_sides[number], before);
                if complaint is not null then
                    raise exception '%', complaint using errcode = 'invalid_parameter_value';
                end if;
                errors[number] := '';
            exception
                when others then
                    errors[number] := case when sqlerrm operator(pg_catalog.=) '' then sqlstate else sqlerrm end;
                    -- pgGit's own words hold no secret
                    states[number] := case when complaint is null then sqlstate else 'off side' end;
                    if in_atomic then
                        failed_state := sqlstate;
                        failure := pg_catalog.format('operation %s of "%s": %s', number, in_description, sqlerrm);
                        raise;
                    end if;
            end;
        end loop;
        waiting := pggit.waiting_constraints();
        if waiting is not null then
            begin
                execute pg_catalog.format('set constraints %s immediate', waiting);
                execute pg_catalog.format('set constraints %s deferred', waiting);
            exception
                when others then
                    failed_state := sqlstate;
                    end_error := sqlerrm;
                    failure := pg_catalog.format('"%s": %s', in_description, sqlerrm);
                    raise;
            end;
        end if;
    exception
        when others then
            if failure is null then
                raise;
            end if;
            if in_on_failure operator(pg_catalog.=) 'raise' then
                raise exception '%', failure using errcode = failed_state, hint = 'Nothing of the changeset was done, and nothing is on record.';
            end if;
            -- all that ran before is undone; errors keeps what happened
            errors := pg_catalog.array_replace(errors, '', 'undone');
    end;
    failure := pggit.close_cqrs_changeset(in_changeset_id, errors, states, end_error);
    if failure is not null then
        raise warning 'the changeset "%" failed: %', in_description, failure
            using hint = 'pggit.cqrs_operations has the errors. What was undone is undone as a whole; pggit.execute_cqrs_changeset() tries again.';
    end if;
end
$$;
comment on function pggit.run_cqrs_changeset(uuid, text, boolean, text[], text[], text) is 'Runs the operations of a changeset with the rights of the caller, and puts on record how they ended';

create or replace function pggit.execute_cqrs_changeset(changeset_id uuid, on_failure text default 'record', written_by text default null)
returns uuid
language plpgsql
as $$
declare
    todo record;
begin
    perform pggit.check_on_failure(on_failure);
    select * into todo from pggit.reopen_cqrs_changeset(changeset_id, written_by);
    perform pggit.run_cqrs_changeset(changeset_id, todo.description, todo.atomic, todo.sides, todo.operations, on_failure);
    return changeset_id;
end
$$;
comment on function pggit.execute_cqrs_changeset(uuid, text, text) is 'Runs a changeset that is pending or has failed, with the rights of the caller, who says whose it is where it is not his own; on_failure => ''raise'' stops instead of recording the failure';

create or replace function pggit.track_cqrs_operations(
    sides text[], operations text[], description text, version text default null, atomic boolean default true, on_failure text default 'record',
    command_schemas text[] default '{command}', query_schemas text[] default '{query}', reference_schemas text[] default '{}')
returns uuid
language plpgsql
as $$
declare
    new_id uuid;
begin
    perform pggit.check_on_failure(on_failure);
    new_id := pggit.open_cqrs_changeset(description, version, atomic, sides, operations, command_schemas, query_schemas, reference_schemas);
    perform pggit.run_cqrs_changeset(new_id, description, coalesce(atomic, true), sides, operations, on_failure);
    return new_id;
end
$$;
comment on function pggit.track_cqrs_operations(text[], text[], text, text, boolean, text, text[], text[], text[]) is 'The same as track_cqrs_change() for operations in an order of their own, each with its side';

create or replace function pggit.track_cqrs_change(
    change pggit.cqrs_change, atomic boolean default true, on_failure text default 'record',
    command_schemas text[] default '{command}', query_schemas text[] default '{query}', reference_schemas text[] default '{}')
returns uuid
language plpgsql
as $$
begin
    return pggit.track_cqrs_operations(
        pg_catalog.array_cat(
            pg_catalog.array_fill('command'::text, array[coalesce(pg_catalog.cardinality(change.command_operations), 0)]),
            pg_catalog.array_fill('query'::text, array[coalesce(pg_catalog.cardinality(change.query_operations), 0)])),
        pg_catalog.array_cat(change.command_operations, change.query_operations),
        change.description, change.version, atomic, on_failure, command_schemas, query_schemas, reference_schemas);
end
$$;
comment on function pggit.track_cqrs_change(pggit.cqrs_change, boolean, text, text[], text[], text[]) is 'Runs the operations of a changeset as one unit and one commit: all of it, or nothing, with the failure on record. What an operation changes has to be in the schemas of its side, or in those of reference';

create or replace function pggit.settled_changesets()
returns setof pggit.changeset_records
language plpgsql
rows 100
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query select c.* from pggit.changeset_records as c;
end
$$;
comment on function pggit.settled_changesets() is 'The changesets, each with the commit that it became';
