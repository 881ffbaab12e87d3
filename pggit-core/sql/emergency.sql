-- Pausing and disabling capture. Both end by themselves; what changed meanwhile is reconciled, so nothing is lost.

create or replace function pggit.is_datable(in_duration interval)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return isfinite(in_duration) and isfinite(clock_timestamp() + in_duration) and isfinite(clock_timestamp() - in_duration);
exception
    when datetime_field_overflow then
        return false;
end
$$;
comment on function pggit.is_datable(interval) is 'Whether there is a date so far from now, before and after';

create or replace function pggit.check_duration(in_duration interval)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    if in_duration is null or in_duration <= interval '0' then
        raise exception 'a duration of % is not in the future', coalesce(in_duration::text, 'null')
            using errcode = 'invalid_parameter_value', hint = 'Give an interval, as ''30 minutes''.';
    elsif not pggit.is_datable(in_duration) then
        raise exception 'a duration of % ends at no date', in_duration
            using errcode = 'invalid_parameter_value', hint = 'Give a shorter interval, as ''30 minutes''; it can be given again.';
    end if;
end
$$;
comment on function pggit.check_duration(interval) is 'Raises an error unless the interval is positive and ends';

-- What is staged must not wait behind a pause, for some of it is read again as it is folded. Whoever holds HEAD, and what cannot be folded at
-- once, keep nobody from switching off.
create or replace function pggit.fold_before_pause()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '50ms'
as $$
begin
    if current_setting('transaction_read_only') = 'on' or pggit.is_isolated()
        or not (select pggit.is_home(r.home) from pggit.repository as r)
        or not exists (select from pggit.staged_changes as s where s.transaction_id is distinct from pg_current_xact_id_if_assigned())
        or not pggit.try_hold_head()
    then
        return;
    end if;
    perform pggit.fold_pending(1000, clock_timestamp() + least(interval '2 seconds', nullif(current_setting('statement_timeout')::interval, '0') / 2));
exception
    when others then
        perform pggit.record_failure('fold', null, sqlstate, sqlerrm, null);
end
$$;
comment on function pggit.fold_before_pause() is 'Folds what transactions have committed, as far as that is quick';

-- An open transaction's own changes stay its own.
create or replace function pggit.stop_capture(in_event text, in_until timestamptz)
returns timestamptz
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.fold_before_pause();
    update pggit.repository
    set paused_until = case in_event when 'paused' then in_until else paused_until end,
        disabled_until = case in_event when 'disabled' then in_until else disabled_until end,
        reconcile_due = true;
    insert into pggit.system_events (event_type, event_data)
    values ('tracking_' || in_event, jsonb_build_object('until', in_until));
    return in_until;
end
$$;
comment on function pggit.stop_capture(text, timestamptz) is 'Stops capture until a time';

create or replace function pggit.start_capture(in_event text)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '10s'
as $$
declare
    state pggit.repository;
    new_id text;
    has_head boolean;
begin
    select * into state from pggit.repository;
    -- before the row is written: whoever compares holds HEAD, and writes it at last
    has_head := state.active_deployment is null and not state.holds_staged and pggit.await_head('5 seconds');
    if (case in_event when 'resumed' then state.paused_until else state.disabled_until end) is null then
        raise notice 'tracking was not %', case in_event when 'resumed' then 'paused' else 'disabled' end
            using hint = 'pggit.status() shows the state.';
    end if;
    update pggit.repository
    set paused_until = case in_event when 'resumed' then null else paused_until end,
        disabled_until = case in_event when 'enabled' then null else disabled_until end,
        unseen_by = '{*}';
    insert into pggit.system_events (event_type) values ('tracking_' || in_event);
    begin
        if exists (select from pggit.repository as r where r.active_deployment is not null or r.holds_staged) then
            -- what changed meanwhile joins the deployment
            perform pggit.stage_drift();
        elsif has_head then
            new_id := pggit.reconcile_now();
        else
            raise notice 'what changed meanwhile is not recorded yet: HEAD is held by another transaction'
                using hint = 'The next look into the history tries again.';
            return null;
        end if;
        update pggit.repository set reconcile_due = false, unseen_by = '{*}';
        return new_id;
    exception
        -- nobody's lock keeps capture off, and no view that cannot be printed
        when lock_not_available or program_limit_exceeded then
            raise notice 'what changed meanwhile is not recorded yet: %', sqlerrm
                using hint = 'The next look into the history tries again.';
            return null;
    end;
end
$$;
comment on function pggit.start_capture(text) is 'Starts capture again and records what changed meanwhile';

-- Switching event triggers off fires none. Each ALTER EVENT TRIGGER writes the row anew, which its xmin shows.
create or replace function pggit.trigger_marks()
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select string_agg(format('%s %s %s', t.evtname, t.evtenabled, t.xmin), ', ' order by t.evtname)
    from pg_event_trigger as t
    where t.evtname in ('pggit_ddl_command_end', 'pggit_sql_drop')
$$;
comment on function pggit.trigger_marks() is 'How the event triggers are, and which transaction made them so';

create or replace function pggit.triggers_state(out is_watching boolean, out is_partial boolean)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select count(*) filter (where t.evtenabled in ('A', 'O')) = 2, count(*) filter (where t.evtenabled = 'O') > 0
    from pg_event_trigger as t
    where t.evtname in ('pggit_ddl_command_end', 'pggit_sql_drop')
$$;
comment on function pggit.triggers_state() is 'Whether both event triggers fire in the sessions of clients, and whether one does not fire in sessions that replicate';

create or replace function pggit.pause_tracking(duration interval default '1 hour')
returns timestamptz
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.check_duration(duration);
    return pggit.stop_capture('paused', clock_timestamp() + duration);
end
$$;
comment on function pggit.pause_tracking(interval) is 'Pauses tracking; it resumes by itself at the time given back. Afterwards what changed meanwhile is one commit, marked out of band';

create or replace function pggit.resume_tracking()
returns text
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
    select pggit.start_capture('resumed')
$$;
comment on function pggit.resume_tracking() is 'Ends a pause now; gives the id of the commit of what changed meanwhile, or null if nothing did';

create or replace function pggit.emergency_disable(duration interval default '1 hour')
returns timestamptz
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.check_duration(duration);
    return pggit.stop_capture('disabled', clock_timestamp() + duration);
end
$$;
comment on function pggit.emergency_disable(interval) is 'Switches capture off until the time given back, whatever else is set';

create or replace function pggit.emergency_enable()
returns text
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
    select pggit.start_capture('enabled')
$$;
comment on function pggit.emergency_enable() is 'Ends emergency_disable() now; gives the id of the commit of what changed meanwhile, or null if nothing did';
