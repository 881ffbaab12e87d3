-- How pgGit is, for people.

-- PostgreSQL notes for each object what it depends on and who owns it: whatever turns up there in a catalog that no kind is read from.
-- Large objects are data.
create or replace function pggit.unknown_objects()
returns table (object_type text, object_identity text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select distinct i.type, i.identity
    from (
        select d.classid, d.objid
        from pg_depend as d
        where d.objid >= 16384
          and not d.classid = any (pggit.known_catalogs())
        union
        select d.classid, d.objid
        from pg_shdepend as d
        where d.dbid = (select b.oid from pg_database as b where b.datname = current_database())
          and d.objid >= 16384
          and not d.classid = any (pggit.known_catalogs())
    ) as u
    cross join lateral pg_identify_object(u.classid, u.objid, 0) as i
    where u.classid <> 'pg_largeobject'::regclass
      and not exists (
          select from pg_depend as d
          where d.classid = u.classid
            and d.objid = u.objid
            and d.deptype in ('e', 'i')
      )
$$;
comment on function pggit.unknown_objects() is 'Objects of kinds that pgGit does not track';

create or replace function pggit.status()
returns table (component text, status text, details text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $$
declare
    state pggit.repository;
    deployment pggit.deployment_mode;
    head record;
    triggers record;
    differences int;
    examples text;
    failures int;
    unknown record;
    moved boolean;
    misplaced bigint;
begin
    select not pggit.is_home(r.home) into moved from pggit.repository as r;
    if not found then
        component := 'HEAD';
        status := 'empty';
        details := 'there are tables and no history, as after a restore of the schema alone. Restore the data too, or run pggit install to begin anew';
        return next;
        return;
    end if;
    perform pggit.settle();
    select * into state from pggit.repository;
    select b.commit_id, c.message, c.authored_at into head
    from pggit.branch_records as b
    left join pggit.commit_records as c using (commit_id)
    where b.branch_name = state.head_branch;

    component := 'HEAD';
    status := state.head_branch;
    details := coalesce(left(head.commit_id, 12) || ' ' || head.message, 'no commits yet');
    return next;

    select * into triggers from pggit.triggers_state();
    component := 'Tracking';
    if state.disabled_until > clock_timestamp() then
        status := 'disabled';
        details := 'until ' || state.disabled_until || '; pggit.emergency_enable() ends it';
    elsif state.paused_until > clock_timestamp() then
        status := 'paused';
        details := 'until ' || state.paused_until || '; pggit.resume_tracking() ends it';
    elsif state.mode = 'snapshot' then
        status := 'snapshot';
        details := 'no event triggers: changes are recorded when pggit.commit(''message'') or pggit.reconcile() is run';
    elsif not triggers.is_watching then
        status := 'broken';
        details := 'the event triggers are missing or disabled, as after a restore: nothing is captured. Run pggit install';
    else
        status := 'enabled';
        details := case when state.rules = '{}' then 'everything is tracked' else 'with rules: SELECT * FROM pggit.tracking_config' end
            || case when triggers.is_partial then '; not in sessions whose session_replication_role is replica: ALTER EVENT TRIGGER pggit_ddl_command_end ENABLE ALWAYS, and pggit_sql_drop' else '' end
            || case when state.is_strict then '; strict: a command that cannot be recorded fails' else '' end;
    end if;
    return next;

    -- whoever may comment on an object may switch off that it is followed: nobody shall do so unseen
    component := 'Left Out';
    select count(*), string_agg(o.name, ', ' order by o.n) filter (where o.n <= 5)
    into differences, examples
    from (
        select i.type || ' ' || i.identity as name, row_number() over (order by i.type, i.identity) as n
        from pg_description as d
        cross join lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) as i
        where d.description like '%@pggit%'
          and not pggit.directive_of(d.description, i.type)
    ) as o;
    if differences > 0 then
        status := differences || ' objects';
        details := 'by @pggit:ignore in their comments, or with all that is in them: ' || examples || case when differences > 5 then ' ...' else '' end;
        return next;
    end if;

    component := 'Deployment Mode';
    select d.* into deployment from pggit.deployment_mode as d where d.status in ('active', 'staged');
    if found then
        status := deployment.status;
        details := format('%s, begun by %s at %s', deployment.deployment_name, deployment.started_by, deployment.started_at)
            || case deployment.status when 'staged' then '; its changes wait for pggit.commit(''message'')' else '' end;
    else
        status := 'inactive';
        details := 'every transaction is a commit';
    end if;
    return next;

    component := 'Storage';
    status := pg_size_pretty((
        select sum(pg_total_relation_size(c.oid))
        from pg_class as c
        where c.relnamespace = 'pggit'::regnamespace
          and c.relkind = 'r'));
    details := format('%s elements, %s commits', (select count(*) from pggit.elements), (select count(*) from pggit.commit_records));
    return next;

    component := 'Recent Activity';
    status := (select count(*) from pggit.commit_records as c where c.authored_at > now() - interval '1 day') || ' commits';
    details := 'in the last 24 hours' || coalesce('; the last at ' || head.authored_at, '');
    return next;

    component := 'Staged';
    status := (select count(*) from pggit.staged_changes) || ' changes';
    details := 'recorded, and in no commit yet';
    if status <> '0 changes' then
        return next;
    end if;

    component := 'CQRS';
    select string_agg(v.materialized_view, ', ') into examples from pggit.stale_query_views() as v;
    failures := (select count(*) from pggit.changeset_records as c where c.status in ('failed', 'partial', 'pending'));
    status := case when examples is not null then 'stale' else 'open' end;
    details := concat_ws('; ', 'filled before the command side changed: ' || examples, case when failures > 0 then 'changesets that are not done: ' || failures end);
    if details <> '' then
        return next;
    end if;

    component := 'Addresses';
    if not pggit.is_home(state.home) then
        status := 'foreign';
        details := 'the history was restored from a dump, and its oids are those of another place: nothing is captured. Run pggit install';
        return next;
    elsif moved then
        status := 'mended';
        details := 'the history was restored from a dump; the oids in the index are those of this place now';
        return next;
    else
        begin
            misplaced := pggit.misplaced_elements();
        exception
            -- the drift says so
            when others then
                misplaced := 0;
        end;
        if misplaced > 0 then
            status := misplaced || ' elements';
            details := 'were dropped and made again alike while nothing was captured. SELECT pggit.reconcile() reads their oids anew';
            return next;
        end if;
    end if;

    component := 'Drift';
    begin
        select count(*), string_agg(d.operation || ' ' || d.object_type || ' ' || d.object_identity, ', ' order by d.object_identity) filter (where d.n <= 5)
        into differences, examples
        from (select f.*, row_number() over (order by f.object_identity) as n from pggit.drift_now() as f) as d;
    exception
        -- whatever it is that cannot be read: it is told, and the rest of the status too
        when others then
            get stacked diagnostics examples = pg_exception_hint;
            examples := concat_ws('. ', sqlerrm, nullif(examples, ''));
            differences := null;
    end;
    if differences is null then
        status := 'unknown';
        details := examples;
    elsif differences = 0 then
        status := 'none';
        details := 'the working schema is what the history says';
    else
        status := differences || ' elements';
        details := examples || case when differences > 5 then ', ...' else '' end || '. pggit.diff() shows it, pggit.commit(''message'') records it';
    end if;
    return next;

    select count(*) into failures from pggit.system_events as e where e.event_type = 'capture_failed' and e.created_at > now() - interval '7 days';
    if failures > 0 then
        component := 'Errors';
        status := failures || ' in 7 days';
        details := (select e.event_data ->> 'message' from pggit.system_events as e where e.event_type = 'capture_failed' order by e.event_id desc limit 1)
            || '; SELECT * FROM pggit.system_events';
        return next;
    end if;

    component := 'Replication';
    status := pggit.publishing();
    if status is not null then
        details := 'publishes pgGit''s tables too: a subscriber without pgGit stops at them. Publish schemas instead, or install pgGit there as well';
        return next;
    end if;

    for unknown in select u.object_type, string_agg(u.object_identity, ', ' order by u.object_identity) as identities from pggit.unknown_objects() as u group by u.object_type loop
        component := 'Not Tracked';
        status := unknown.object_type;
        details := unknown.identities;
        return next;
    end loop;
end
$$;
comment on function pggit.status() is 'How pgGit is: tracking, deployment, storage, activity, drift, errors, and what it does not track';
