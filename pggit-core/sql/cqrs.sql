-- Changesets over the command side and the query side of a schema. Operations run with the rights of whoever calls; only the record
-- is kept with the owner's.

create or replace function pggit.check_cqrs_operation(in_side text, in_number int, in_operation text)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    command constant text := pggit.normalise_command(coalesce(in_operation, ''));
begin
    if command = '' then
        raise exception 'operation % on the % side is empty', in_number, in_side
            using errcode = 'invalid_parameter_value', hint = 'Give each operation as one SQL statement.';
    end if;
    if command ~ '^((CREATE|DROP|REINDEX).* CONCURRENTLY |VACUUM|ALTER SYSTEM|(CREATE|DROP) (DATABASE|TABLESPACE|SUBSCRIPTION) |REINDEX (DATABASE|SYSTEM))'
        and command !~ '^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE)'
    then
        raise exception 'operation % on the % side cannot run in a transaction: %', in_number, in_side, left(command, 60)
            using errcode = 'feature_not_supported', hint = 'A changeset is one transaction. Run this statement by itself, before or after it.';
    end if;
    if command ~ '^(BEGIN|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|START TRANSACTION|PREPARE TRANSACTION)( |$)' then
        raise exception 'operation % on the % side controls the transaction: %', in_number, in_side, left(command, 60)
            using errcode = 'invalid_parameter_value', hint = 'The changeset itself is the transaction.';
    end if;
    if pggit.redact(in_operation) <> in_operation then
        raise exception 'operation % on the % side could hold a secret, and operations are kept', in_number, in_side
            using errcode = 'invalid_parameter_value', hint = 'Run statements with passwords outside of a changeset.';
    end if;
end
$$;
comment on function pggit.check_cqrs_operation(text, int, text) is 'Raises an error where an operation cannot be part of a changeset';

create or replace function pggit.open_cqrs_changeset(in_change pggit.cqrs_change, in_atomic boolean)
returns uuid
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    new_id uuid;
begin
    if coalesce(btrim(in_change.description), '') = '' then
        raise exception 'a changeset needs a description'
            using errcode = 'invalid_parameter_value', hint = 'It becomes the message of the commit.';
    end if;
    if coalesce(cardinality(in_change.command_operations), 0) + coalesce(cardinality(in_change.query_operations), 0) = 0 then
        raise exception 'the changeset "%" has no operation', in_change.description
            using errcode = 'invalid_parameter_value', hint = 'Give at least one statement on the command side or the query side.';
    end if;
    if in_change.version is not null then
        perform pggit.check_version(in_change.version);
    end if;
    perform pggit.check_cqrs_operation('command', o.n::int, o.operation) from unnest(in_change.command_operations) with ordinality as o (operation, n);
    perform pggit.check_cqrs_operation('query', o.n::int, o.operation) from unnest(in_change.query_operations) with ordinality as o (operation, n);
    insert into pggit.cqrs_changesets (description, version, atomic)
    values (in_change.description, in_change.version, coalesce(in_atomic, true))
    returning changeset_id into new_id;
    insert into pggit.cqrs_operations (changeset_id, sequence, side, operation)
    select new_id, row_number() over (order by o.side, o.n), o.side, o.operation
    from (
        select 'command' as side, c.operation, c.n from unnest(in_change.command_operations) with ordinality as c (operation, n)
        union all
        select 'query', q.operation, q.n from unnest(in_change.query_operations) with ordinality as q (operation, n)
    ) as o;
    return new_id;
end
$$;
comment on function pggit.open_cqrs_changeset(pggit.cqrs_change, boolean) is 'Puts a changeset on record before it runs';

-- What runs must be what is on record: it is read back, and only a changeset that may run is given out.
create or replace function pggit.cqrs_operations_of(in_changeset_id uuid, out description text, out atomic boolean, out operations text[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    found_status text;
begin
    select c.status, c.description, c.atomic
    into found_status, description, atomic
    from pggit.cqrs_changesets as c
    where c.changeset_id = in_changeset_id
    for update;
    if not found then
        raise exception 'there is no changeset %', in_changeset_id
            using errcode = 'undefined_object', hint = 'pggit.cqrs_history lists them.';
    end if;
    if found_status = 'completed' then
        raise exception 'the changeset "%" is completed', description
            using errcode = 'object_not_in_prerequisite_state', hint = 'Make a new one with pggit.track_cqrs_change().';
    end if;
    operations := array(select o.operation from pggit.cqrs_operations as o where o.changeset_id = in_changeset_id order by o.sequence);
end
$$;
comment on function pggit.cqrs_operations_of(uuid) is 'The operations of a changeset that may run';

create or replace function pggit.close_cqrs_changeset(in_changeset_id uuid, in_errors text[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    changeset pggit.cqrs_changesets;
    failures constant int := cardinality(array_remove(in_errors, null)) - cardinality(array_positions(in_errors, '')) - cardinality(array_positions(in_errors, 'undone'));
begin
    update pggit.cqrs_operations as o
    set success = case in_errors[o.sequence] when '' then true when 'undone' then null else case when in_errors[o.sequence] is null then null else false end end,
        error = nullif(nullif(in_errors[o.sequence], ''), 'undone'),
        executed_at = case when in_errors[o.sequence] is not null then clock_timestamp() end
    where o.changeset_id = in_changeset_id;
    update pggit.cqrs_changesets as c
    set status = case when failures = 0 then 'completed' when c.atomic or failures = cardinality(in_errors) then 'failed' else 'partial' end,
        transaction_id = case when failures = 0 or not c.atomic then pg_current_xact_id() end,
        error = (select string_agg(format('operation %s: %s', e.n, e.error), '; ' order by e.n)
                 from unnest(in_errors) with ordinality as e (error, n)
                 where e.error not in ('', 'undone')),
        executed_at = clock_timestamp()
    where c.changeset_id = in_changeset_id
    returning * into changeset;
    -- a unit of the history under its own description, unless a deployment gathers everything
    if changeset.transaction_id is not null
        and not pggit.is_isolated()
        and exists (select from pggit.staged_changes as s where s.transaction_id = pg_current_xact_id())
        and not (select r.active_deployment is not null or r.holds_staged from pggit.repository as r)
    then
        perform pggit.hold_head();
        perform pggit.fold_pending();
        perform pggit.fold_own(changeset.description || coalesce(' (' || changeset.version || ')', ''));
    end if;
end
$$;
comment on function pggit.close_cqrs_changeset(uuid, text[]) is 'Puts on record how a changeset ended, and makes its commit';

create or replace function pggit.execute_cqrs_changeset(changeset_id uuid, on_failure text default 'record')
returns uuid
language plpgsql
as $$
declare
    todo record;
    errors text[];
    place int := 0;
    failure text;
    failed_state text;
begin
    if on_failure is null or on_failure not in ('record', 'raise') then
        raise exception 'on_failure cannot be %', pg_catalog.quote_nullable(on_failure)
            using errcode = 'invalid_parameter_value', hint = 'It is ''record'' or ''raise''.';
    end if;
    select * into todo from pggit.cqrs_operations_of(changeset_id);
    errors := pg_catalog.array_fill(null::text, array[pg_catalog.cardinality(todo.operations)]);
    begin
        for place in 1 .. pg_catalog.cardinality(todo.operations) loop
            begin
                execute todo.operations[place];
                errors[place] := '';
            exception
                when others then
                    errors[place] := sqlerrm;
                    failed_state := sqlstate;
                    if todo.atomic then
                        failure := pg_catalog.format('operation %s of "%s": %s', place, todo.description, sqlerrm);
                        raise;
                    end if;
            end;
        end loop;
    exception
        when others then
            -- all that ran before is undone; errors keeps what happened
            if failure is null or on_failure = 'raise' then
                raise;
            end if;
            errors := pg_catalog.array_replace(errors, '', 'undone');
            raise warning '%', failure
                using hint = 'Nothing of the changeset was done; pggit.cqrs_operations has the error. pggit.execute_cqrs_changeset() tries again.';
    end;
    perform pggit.close_cqrs_changeset(changeset_id, errors);
    return changeset_id;
end
$$;
comment on function pggit.execute_cqrs_changeset(uuid, text) is 'Runs a changeset that is pending or has failed, with the rights of the caller; on_failure => ''raise'' stops instead of recording the failure';

create or replace function pggit.track_cqrs_change(change pggit.cqrs_change, atomic boolean default true, on_failure text default 'record')
returns uuid
language plpgsql
as $$
begin
    return pggit.execute_cqrs_changeset(pggit.open_cqrs_changeset(change, atomic), on_failure);
end
$$;
comment on function pggit.track_cqrs_change(pggit.cqrs_change, boolean, text) is 'Runs the operations of a changeset as one unit and one commit: all of it, or nothing, with the failure on record';

create or replace function pggit.refresh_query_side(materialized_view_name text, skip_tracking boolean default true)
returns boolean
language plpgsql
as $$
declare
    relation record;
begin
    select c.oid, c.relkind, c.relispopulated, c.oid::pg_catalog.regclass as name,
           exists (
               select from pg_catalog.pg_index as x
               where x.indrelid = c.oid
                 and x.indisunique
                 and x.indisvalid
                 and x.indpred is null
                 and x.indexprs is null) as can_concurrently
    into relation
    from pg_catalog.pg_class as c
    where c.oid = pg_catalog.to_regclass(materialized_view_name);
    if not found or relation.relkind <> 'm' then
        raise exception '"%" is no materialized view', materialized_view_name
            using errcode = 'undefined_object', hint = 'Name it with its schema, as query.order_summary.';
    end if;
    relation.can_concurrently := relation.can_concurrently and relation.relispopulated;
    execute pg_catalog.format('refresh materialized view %s %s', case when relation.can_concurrently then 'concurrently' else '' end, relation.name);
    if not skip_tracking then
        perform pggit.record_refresh(relation.name::text, relation.can_concurrently);
    end if;
    return relation.can_concurrently;
end
$$;
comment on function pggit.refresh_query_side(text, boolean) is 'Refreshes a materialized view, concurrently where it has a unique index (and says so by true); with skip_tracking => false the refresh is noted in system_events';

create or replace function pggit.record_refresh(in_name text, in_concurrently boolean)
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into pggit.system_events (event_type, event_data)
    values ('query_side_refreshed', jsonb_build_object('materialized_view', in_name, 'concurrently', in_concurrently))
$$;
comment on function pggit.record_refresh(text, boolean) is 'Notes that a materialized view was refreshed';

-- What the catalogs know: views through their rules, functions whose body is SQL in the standard's way.
create or replace function pggit.analyze_cqrs_dependencies(command_schema text default 'command', query_schema text default 'query')
returns table (command_object text, query_object text, dependency_type text, dependency_path text[])
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
    schema_name text;
begin
    foreach schema_name in array array[command_schema, query_schema] loop
        if to_regnamespace(quote_ident(schema_name)) is null then
            raise exception 'there is no schema "%"', schema_name
                using errcode = 'undefined_object', hint = 'Name the schemas of the two sides: pggit.analyze_cqrs_dependencies(''command'', ''query'').';
        end if;
    end loop;
    return query
        with recursive edges as materialized (
            select distinct 'pg_class'::regclass::oid as classid, w.ev_class as objid, d.refclassid, d.refobjid
            from pg_rewrite as w
            join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
            where d.refclassid in ('pg_class'::regclass, 'pg_proc'::regclass)
              and d.refobjid <> w.ev_class
              and w.ev_class >= 16384
              and d.refobjid >= 16384
            union
            select d.classid, d.objid, d.refclassid, d.refobjid
            from pg_depend as d
            where d.classid = 'pg_proc'::regclass
              and d.refclassid in ('pg_class'::regclass, 'pg_proc'::regclass)
              and d.objid >= 16384
              and d.refobjid >= 16384
        ),
        named as materialized (
            select 'pg_class'::regclass::oid as classid, c.oid as objid, n.nspname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where c.oid >= 16384
            union all
            select 'pg_proc'::regclass, p.oid, n.nspname from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace where p.oid >= 16384
        ),
        walk as (
            select e.classid as from_class, e.objid as from_object, e.refclassid, e.refobjid, array[(e.classid, e.objid)::text, (e.refclassid, e.refobjid)::text] as seen,
                   array[(pg_identify_object(e.classid, e.objid, 0)).identity, (pg_identify_object(e.refclassid, e.refobjid, 0)).identity] as path
            from edges as e
            join named as q on q.classid = e.classid and q.objid = e.objid
            where q.nspname = query_schema
            union all
            select w.from_class, w.from_object, e.refclassid, e.refobjid, w.seen || (e.refclassid, e.refobjid)::text,
                   w.path || (pg_identify_object(e.refclassid, e.refobjid, 0)).identity
            from walk as w
            join edges as e on e.classid = w.refclassid and e.objid = w.refobjid
            where not (e.refclassid, e.refobjid)::text = any (w.seen)
        ),
        shortest as (
            select distinct on (w.from_class, w.from_object, w.refclassid, w.refobjid) w.*
            from walk as w
            join named as c on c.classid = w.refclassid and c.objid = w.refobjid
            where c.nspname = command_schema
            order by w.from_class, w.from_object, w.refclassid, w.refobjid, cardinality(w.path), w.path
        )
        select s.path[cardinality(s.path)], s.path[1], case when cardinality(s.path) = 2 then 'direct' else 'indirect' end, s.path
        from shortest as s
        order by 1, 2;
end
$$;
comment on function pggit.analyze_cqrs_dependencies(text, text) is 'What on the query side depends on what on the command side, directly or through others, as far as the catalogs know';
