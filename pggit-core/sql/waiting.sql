-- Where reading would wait for others. A view is printed under locks on all that it reads, and a role may keep a table of its own locked
-- for as long as it likes. So each who reads gives up after a while (lock_timeout: 50 ms in the event functions, 1 second where somebody
-- looks, 10 seconds where the schema itself is asked for), and what cannot be read holds nothing back but itself. Nor does what PostgreSQL
-- cannot print: it takes expressions that are deeper than its stack has room for when it prints them.

create or replace function pggit.refuse_locked()
returns void
language plpgsql
stable
as $$
begin
    raise exception 'the schema cannot be read: another transaction has locked what a view is made of'
        using errcode = 'lock_not_available',
              hint = coalesce((
                  select 'Try again when it has ended. Locked: ' || string_agg(distinct format('%s by the process %s', l.relation::regclass, l.pid), ', ')
                  from pg_locks as l
                  join pg_class as c on c.oid = l.relation
                  where l.mode = 'AccessExclusiveLock'
                    and l.granted
                    and l.pid is distinct from pg_backend_pid()
                    and l.database = (select d.oid from pg_database as d where d.datname = current_database())
                    and c.relkind in ('r', 'p', 'v', 'm', 'f')
              ), 'Try again: it has just ended.');
end
$$;
comment on function pggit.refuse_locked() is 'Raises the error of a schema that cannot be read for the locks of others, and names them';

-- What is deep is long: those that cannot be read, or else the longest.
create or replace function pggit.refuse_unprintable(in_message text)
returns void
language plpgsql
as $$
declare
    candidate record;
    longest text;
    found_names text[] := '{}';
begin
    for candidate in
        select o.classid, o.objid, i.type || ' ' || i.identity as name
        from (
            select 'pg_class'::regclass as classid, r.ev_class as objid, octet_length(r.ev_action::text) as size from pg_rewrite as r
            union all
            select 'pg_class'::regclass, d.adrelid, octet_length(d.adbin::text) from pg_attrdef as d
            union all
            select case when c.conrelid <> 0 then 'pg_class'::regclass else 'pg_type'::regclass end, coalesce(nullif(c.conrelid, 0), c.contypid), octet_length(c.conbin::text)
            from pg_constraint as c
            union all
            select 'pg_class'::regclass, x.indrelid, octet_length(concat(x.indexprs, x.indpred)) from pg_index as x
            union all
            select 'pg_class'::regclass, p.polrelid, octet_length(concat(p.polqual, p.polwithcheck)) from pg_policy as p
            union all
            select 'pg_class'::regclass, t.tgrelid, octet_length(t.tgqual::text) from pg_trigger as t
            union all
            select 'pg_proc'::regclass, p.oid, octet_length(concat(p.prosqlbody, p.proargdefaults)) from pg_proc as p
            union all
            select 'pg_statistic_ext'::regclass, s.oid, octet_length(s.stxexprs::text) from pg_statistic_ext as s
        ) as o
        cross join lateral pg_identify_object(o.classid, o.objid, 0) as i
        where o.size > 100000
        order by o.size desc
    loop
        longest := coalesce(longest, candidate.name);
        begin
            perform from pggit.read_root(candidate.classid, candidate.objid);
        exception
            when program_limit_exceeded then
                found_names := found_names || candidate.name;
            when lock_not_available or internal_error or undefined_object or undefined_table then
                null; -- it is not what is asked for
        end;
    end loop;
    raise exception 'the schema cannot be read: PostgreSQL itself cannot print %: %',
            coalesce((select string_agg(distinct n, ', ') from unnest(found_names) as n), longest, 'one of its objects'), in_message
        using errcode = 'statement_too_complex',
              hint = 'No dump can be made of it either: drop it, or make it anew of smaller expressions, or raise max_stack_depth.';
end
$$;
comment on function pggit.refuse_unprintable(text) is 'Raises the error of a schema with an object that PostgreSQL cannot print, and names it';

create or replace function pggit.stage_root_apart(
    in_classid oid, in_objid oid, in_command_tag text, in_origin text, in_rules jsonb, in_isolated boolean, in_sent pggit.sent_statement,
    out staged_count int, out renamed jsonb)
language plpgsql
set search_path = pg_catalog, pg_temp
set lock_timeout = '1ms'
as $$
begin
    select s.staged_count, s.renamed
    into staged_count, renamed
    from pggit.stage_root(in_classid, in_objid, in_command_tag, in_origin, in_rules, in_isolated, pg_current_xact_id(), statement_timestamp(), in_sent) as s;
exception
    when others then
        staged_count := 0;
        if sqlstate = '55P03' or left(sqlstate, 2) = '54' or left(sqlstate, 2) = 'XX' and not in_isolated then
            perform pggit.record_failure('ddl_command_end', in_command_tag, sqlstate, sqlerrm,
                                         (select i.type || ' ' || i.identity from pg_identify_object(in_classid, in_objid, 0) as i));
        elsif in_isolated then
            -- an old snapshot has what others dropped since, and has a row twice that others changed and then we: who folds reads what is there
            perform pggit.leave_roots(jsonb_build_array(jsonb_build_array(in_classid::bigint, in_objid::bigint)), 'unreadable', in_command_tag, in_sent);
            staged_count := 1;
        else
            raise;
        end if;
end
$$;
comment on function pggit.stage_root_apart(oid, oid, text, text, jsonb, boolean, pggit.sent_statement) is 'Stages a root if it can be read at once; else leaves it to whoever folds, or records that it could not be read';

-- What a command did is recorded also where something else that reads it cannot be read.
create or replace function pggit.stage_readable_roots(in_roots jsonb, in_command_tag text, in_rules jsonb, in_isolated boolean, in_sent pggit.sent_statement)
returns int
language plpgsql
as $$
begin
    -- a transaction waits for others once: each of many commands would wait anew
    if current_setting('pggit.has_waited', true) = pg_current_xact_id()::text then
        return pggit.stage_roots(in_roots, in_command_tag, 'event', in_rules, in_isolated, in_sent, true);
    end if;
    return pggit.stage_roots(in_roots, in_command_tag, 'event', in_rules, in_isolated, in_sent);
exception
    when lock_not_available then
        -- anyone may set it: who does waits less
        perform set_config('pggit.has_waited', pg_current_xact_id()::text, true);
        return pggit.stage_roots(in_roots, in_command_tag, 'event', in_rules, in_isolated, in_sent, true);
    when others then
        -- PostgreSQL prints what is in the catalogs by now, and another may just have dropped what this depends on
        return pggit.stage_roots(in_roots, in_command_tag, 'event', in_rules, in_isolated, in_sent, true);
end
$$;
comment on function pggit.stage_readable_roots(jsonb, text, jsonb, boolean, pggit.sent_statement) is 'Stages roots, without those that another session''s locks keep from being read, or that PostgreSQL cannot print';

-- The transaction becomes a commit of what it saw itself; how that differs from what is there is found by the reconciliation that is due
-- then. Whoever folds in passing leaves it to others to wait.
create or replace function pggit.try_read_again(in_transaction_id xid8, in_in_passing boolean, in_roots jsonb default '[]')
returns void
language plpgsql
as $$
begin
    perform pggit.read_again(in_transaction_id, in_roots);
exception
    when lock_not_available or program_limit_exceeded then
        if in_in_passing then
            raise;
        end if;
        perform pggit.record_failure('reading again of transaction ' || in_transaction_id, null, sqlstate, sqlerrm, (
            select string_agg(o.type || ' ' || o.identity, ', ')
            from jsonb_array_elements(in_roots) as r
            cross join lateral pg_identify_object((r.value ->> 0)::oid, (r.value ->> 1)::oid, 0) as o));
end
$$;
comment on function pggit.try_read_again(xid8, boolean, jsonb) is 'Reads again what a transaction with an old snapshot changed, or the objects given of what it changed, if others let it be read';

-- A failure makes every look try to reconcile: no other command has to.
create or replace function pggit.try_reconcile_around(in_roots jsonb, in_sent pggit.sent_statement)
returns void
language plpgsql
as $$
begin
    perform pggit.reconcile_around(in_roots, in_sent);
exception
    when lock_not_available or program_limit_exceeded then
        perform from pggit.repository as r where r.reconcile_due for update skip locked;
        if found then
            update pggit.repository set reconcile_due = false, unseen_by = '{*}', paused_until = null, disabled_until = null;
        end if;
        perform pggit.record_failure('reconcile', 'RECONCILE', sqlstate, sqlerrm, null);
end
$$;
comment on function pggit.try_reconcile_around(jsonb, pggit.sent_statement) is 'Stages what changed during a pause, or leaves that to whoever looks';

-- Each look tries again, and says so once.
create or replace function pggit.record_failed_fold(in_transaction xid8, in_sqlstate text, in_message text)
returns void
language plpgsql
as $$
declare
    place constant text := 'fold of transaction ' || in_transaction;
begin
    if not exists (select from pggit.system_events as e where e.event_type = 'capture_failed' and e.event_data ->> 'in' = place and e.event_data ->> 'message' = in_message) then
        perform pggit.record_failure(place, null, in_sqlstate, in_message, null);
    end if;
end
$$;
comment on function pggit.record_failed_fold(xid8, text, text) is 'Records that a transaction could not be folded';
