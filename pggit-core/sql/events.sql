-- The functions behind the event triggers. PostgreSQL locks the tables under a view to print it, so reading what another session is
-- changing could wait for that session: lock_timeout turns the wait into an error. Each function does its work in a subtransaction of its own: what fails in there is recorded in
-- system_events and mended by the next reconciliation; the command that fired the trigger goes on (unless strict mode says otherwise).

-- The roots behind commands that name no object (GRANT, REVOKE, ALTER DEFAULT PRIVILEGES, DROP OWNED): the catalog rows that this
-- transaction wrote. A visible row with a transaction id not older than ours is our own or was committed since: a superset that costs a scan.
create or replace function pggit.roots_written(in_object_type text)
returns table (root_classid oid, root_objid oid)
language plpgsql
stable
as $$
declare
    own_age int := age(pg_current_xact_id()::xid);
begin
    if in_object_type in ('TABLE', 'SEQUENCE', 'ALL') then
        return query
            select 'pg_class'::regclass::oid, c.oid from pg_class as c where age(c.xmin) <= own_age and c.relkind not in ('i', 'I', 't', 'c')
            union
            select 'pg_class'::regclass::oid, a.attrelid from pg_attribute as a where age(a.xmin) <= own_age and a.attnum > 0;
    end if;
    if in_object_type in ('FUNCTION', 'PROCEDURE', 'ROUTINE', 'ALL') then
        return query
            select 'pg_proc'::regclass::oid, p.oid from pg_proc as p where age(p.xmin) <= own_age;
    end if;
    if in_object_type in ('SCHEMA', 'ALL') then
        return query
            select 'pg_namespace'::regclass::oid, n.oid from pg_namespace as n where age(n.xmin) <= own_age;
    end if;
    if in_object_type in ('FOREIGN SERVER', 'ALL') then
        return query
            select 'pg_foreign_server'::regclass::oid, s.oid from pg_foreign_server as s where age(s.xmin) <= own_age;
    end if;
    if in_object_type in ('FOREIGN DATA WRAPPER', 'ALL') then
        return query
            select 'pg_foreign_data_wrapper'::regclass::oid, w.oid from pg_foreign_data_wrapper as w where age(w.xmin) <= own_age;
    end if;
    if in_object_type in ('LANGUAGE', 'ALL') then
        return query
            select 'pg_language'::regclass::oid, l.oid from pg_language as l where age(l.xmin) <= own_age;
    end if;
    if in_object_type in ('TYPE', 'DOMAIN', 'ALL') then
        return query
            select 'pg_type'::regclass::oid, t.oid from pg_type as t where age(t.xmin) <= own_age;
    end if;
    if in_object_type = 'ALL' then
        return query
            select 'pg_class'::regclass::oid, p.polrelid from pg_policy as p where age(p.xmin) <= own_age;
    end if;
end
$$;
comment on function pggit.roots_written(text) is 'The objects whose catalog rows this transaction has written, for commands that name no object';

-- Stages the roots given, then whoever reads differently because something was renamed, until nothing new turns up.
create or replace function pggit.stage_roots(in_roots jsonb, in_command_tag text, in_origin text, in_rules jsonb, in_isolated boolean)
returns int
language plpgsql
as $$
declare
    todo jsonb := in_roots;
    following jsonb;
    done jsonb := '{}';
    root jsonb;
    outcome record;
    total int := 0;
begin
    loop
        if jsonb_array_length(todo) > 1 or done <> '{}' then
            select coalesce(jsonb_agg(r.root order by r.place), '[]')
            into todo
            from (
                select e.root, min(e.place) as place
                from jsonb_array_elements(todo) with ordinality as e (root, place)
                where not done ? e.root::text
                group by e.root
            ) as r;
        end if;
        following := '[]';
        for place in 0 .. jsonb_array_length(todo) - 1 loop
            root := todo -> place;
            select * into outcome from pggit.stage_root((root ->> 0)::oid, (root ->> 1)::oid, in_command_tag, in_origin, in_rules, in_isolated,
                                                    pg_current_xact_id(), statement_timestamp());
            total := total + outcome.staged_count;
            if outcome.renamed is not null then
                following := following || pggit.dependent_roots(outcome.renamed);
            end if;
        end loop;
        exit when following = '[]';
        select done || jsonb_object_agg(e.root::text, true)
        into done
        from jsonb_array_elements(todo) as e (root);
        todo := following;
    end loop;
    return total;
end
$$;
comment on function pggit.stage_roots(jsonb, text, text, jsonb, boolean) is 'Stages roots, given as [classid, objid], and what depends on anything in them that was renamed';

create or replace function pggit.capture_commands()
returns event_trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '50ms'
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
    started constant timestamptz := clock_timestamp();
    state record;
    is_strict boolean := false;
    command record;
    root record;
    outcome record;
    roots jsonb := '[]';
    known_roots oid[] := '{}';
    known_types text[] := '{}';
    isolated boolean;
    takes_lanes boolean;
    is_whole boolean := false;
    staged int := 0;
    staged_part int;
    is_new boolean;
begin
    if tg_tag like 'DROP %' and tg_tag <> 'DROP OWNED' then
        return;
    end if;
    begin
        select r.id, r.is_strict, r.paused_until, r.disabled_until, r.reconcile_due, r.awaits_tables, r.rules,
               exists (select from pg_constraint as k where k.oid = r.home and k.conrelid = 'pggit.repository'::regclass) as is_home,
               exists (select from pg_seclabel) as has_labels
        into state
        from pggit.repository as r;
        is_strict := coalesce(state.is_strict, false);
        if state.id is null or state.paused_until > started or state.disabled_until > started then
            return;
        end if;
        isolated := pggit.is_isolated();
        takes_lanes := state.is_home and not state.has_labels and not isolated and not state.reconcile_due
                       -- what depends on temporary objects goes with them: the short ways do not look
                       and pg_my_temp_schema() = 0;
        for command in
            select c.classid, c.objid, c.objsubid, c.command_tag, c.object_type, c.object_identity, c.schema_name, c.in_extension
            from pg_event_trigger_ddl_commands() as c
        loop
            continue when command.in_extension or command.schema_name = 'pg_temp'
                -- what moved in here is gone from where it was
                or (command.schema_name = 'pggit' and tg_tag not like 'ALTER %');
            if tg_tag in ('REFRESH MATERIALIZED VIEW', 'CREATE MATERIALIZED VIEW') and command.object_type = 'materialized view' and not isolated then
                perform pggit.note_refresh(command.objid);
            end if;
            if command.classid is null then
                continue when command.object_type = any (known_types);
                known_types := known_types || command.object_type;
                select coalesce(jsonb_agg(jsonb_build_array(w.root_classid::bigint, w.root_objid::bigint)), '[]') || roots
                into roots
                from (
                    select * from pggit.roots_written(command.object_type) where tg_tag <> 'ALTER DEFAULT PRIVILEGES'
                    union all
                    select * from pggit.others_written('default acl') where tg_tag = 'ALTER DEFAULT PRIVILEGES'
                ) as w;
                continue;
            end if;
            if takes_lanes then
                -- the keys' indexes of a table that is staged as a whole, and the foreign keys, which are a command of their own
                continue when is_whole and command.object_type in ('index', 'table');
                staged_part := case tg_tag || ' of ' || command.object_type
                    when 'CREATE TABLE of table'
                        then pggit.stage_new_table(command.objid, command.object_identity, command.schema_name, tg_tag, state.rules)
                    when 'CREATE INDEX of index'
                        then pggit.stage_index(command.objid, command.object_identity, command.schema_name, tg_tag, state.rules)
                    when 'ALTER TABLE of table'
                        then coalesce(
                            pggit.stage_new_columns(command.objid, command.object_identity, command.schema_name, tg_tag, state.rules),
                            pggit.stage_columns(command.objid, tg_tag, state.rules))
                    when 'CREATE FUNCTION of function'
                        then pggit.stage_function(command.objid, command.object_identity, command.schema_name, tg_tag, state.rules)
                    when 'CREATE PROCEDURE of procedure'
                        then pggit.stage_function(command.objid, command.object_identity, command.schema_name, tg_tag, state.rules)
                end;
                if staged_part is not null then
                    staged := staged + staged_part;
                    is_whole := tg_tag = 'CREATE TABLE';
                    continue;
                end if;
                takes_lanes := tg_tag <> 'CREATE TABLE';
            end if;
            root := pggit.root_of(command.classid, command.objid, command.object_type);
            continue when root.root_objid is null or root.root_objid = any (known_roots);
            known_roots := known_roots || root.root_objid;
            roots := roots || jsonb_build_array(jsonb_build_array(root.root_classid::bigint, root.root_objid::bigint));
            if command.object_type = any (pggit.writing_types()) then
                select roots || coalesce(jsonb_agg(jsonb_build_array(w.root_classid::bigint, w.root_objid::bigint)), '[]')
                into roots
                from pggit.others_written(command.object_type) as w;
            end if;
            if tg_tag in ('ALTER TABLE', 'CREATE INDEX', 'CREATE TRIGGER', 'ALTER TRIGGER', 'COMMENT', 'CREATE TABLE', 'ALTER INDEX',
                          'ALTER FOREIGN TABLE', 'ALTER TYPE', 'ALTER VIEW', 'CREATE VIEW', 'ALTER MATERIALIZED VIEW', 'CREATE FUNCTION')
            then
                roots := roots || pggit.relatives_of(root.root_classid, root.root_objid, tg_tag);
            end if;
        end loop;
        if tg_tag = 'DROP OWNED' then
            select coalesce(jsonb_agg(jsonb_build_array(w.root_classid::bigint, w.root_objid::bigint)), '[]') || roots
            into roots
            from pggit.roots_written('ALL') as w;
        end if;
        if tg_tag in ('GRANT', 'REVOKE', 'DROP OWNED') then
            roots := pggit.with_extensions(roots);
        end if;
        if state.awaits_tables and tg_tag in ('CREATE TABLE', 'ALTER TABLE') then
            perform pggit.attach_integrations();
        end if;
        if roots <> '[]' and not state.is_home then
            -- a restore ends with filling materialized views
            if tg_tag <> 'REFRESH MATERIALIZED VIEW' then
                perform pggit.refuse_foreign_index();
            end if;
            return;
        end if;
        if roots <> '[]' then
            if state.reconcile_due and not isolated then
                perform pggit.reconcile_around(roots);
            end if;
            staged := staged + pggit.stage_roots(roots, tg_tag, 'event', state.rules, isolated);
            -- PostgreSQL does not say which objects joined or left the extension. It is rare enough for a look at everything.
            if tg_tag = 'ALTER EXTENSION' and not isolated then
                staged := staged + pggit.stage_drift(roots, 'event', tg_tag);
            end if;
        end if;
        if staged > 0 then
            -- an assignment costs less than PERFORM, which is a query
            is_new := pggit.record_statement(tg_tag, started, isolated);
        end if;
    exception
        when others then
            if is_strict then
                raise;
            end if;
            perform pggit.record_failure('ddl_command_end', tg_tag, sqlstate, sqlerrm, null);
    end;
end
$$;
comment on function pggit.capture_commands() is 'Event trigger function on ddl_command_end: stages what a command created or altered';

create or replace function pggit.capture_drops()
returns event_trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '50ms'
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
    started constant timestamptz := clock_timestamp();
    -- what goes with another object, and is to be recorded all the same
    followers constant text[] := array[
        'table', 'foreign table', 'sequence', 'operator class', 'operator family', 'operator of access method', 'function of access method',
        'statistics object', 'publication relation', 'publication namespace', 'default acl']
        -- those of partitions go with those of their parent
        || case when tg_tag in ('DROP TABLE', 'ALTER TABLE') then '{}' else array['index', 'trigger'] end;
    state record;
    is_strict boolean := false;
    dropped record;
    identity text;
    roots jsonb;
    has_parts boolean := false;
    has_operators boolean := false;
    has_functions boolean := false;
    isolated boolean;
    staged int := 0;
    is_new boolean;
begin
    begin
        select r.id, r.is_strict, r.paused_until, r.disabled_until, r.rules,
               exists (select from pg_constraint as k where k.oid = r.home and k.conrelid = 'pggit.repository'::regclass) as is_home
        into state
        from pggit.repository as r;
        is_strict := coalesce(state.is_strict, false);
        if state.id is null or state.paused_until > started or state.disabled_until > started then
            return;
        end if;
        isolated := pggit.is_isolated();
        for dropped in
            select d.object_type, d.object_identity, d.address_names, d.classid, d.objid, d.objsubid
            from pg_event_trigger_dropped_objects() as d
            where not d.is_temporary
              and (d.original or d.normal or d.object_type = any (followers))
        loop
            if dropped.object_type <> all (pggit.root_types()) then
                has_parts := true;
                continue;
            end if;
            has_operators := has_operators or dropped.object_type = 'operator';
            has_functions := has_functions or dropped.object_type = 'function';
            identity := pggit.requoted(dropped.object_identity);
            if dropped.objsubid = 0 and (state.rules = '{}' or pggit.drop_is_tracked(dropped.object_type, identity, dropped.address_names, tg_tag, state.rules)) then
                insert into pggit.staged_changes (gone, object_type, object_identity, object_key, classid, objid, objsubid, root_classid, root_objid, command_tag)
                values (true, dropped.object_type, identity, dropped.object_type || ' ' || identity,
                        dropped.classid, dropped.objid, 0, dropped.classid, dropped.objid, tg_tag);
                staged := staged + 1;
            end if;
        end loop;
        if has_parts then
            select jsonb_agg(distinct jsonb_build_array(s.root_classid::bigint, s.root_objid::bigint))
            into roots
            from pg_event_trigger_dropped_objects() as d
            cross join lateral pggit.surviving_root(d.object_type, pggit.requoted(d.object_identity), d.address_names, d.objid) as s
            where not d.is_temporary
              and (d.original or d.normal or d.object_type = any (followers))
              and d.object_type <> all (pggit.root_types())
              -- what ALTER TABLE drops is its table's; but detaching a partition drops keys of the tables that refer to it
              and not (tg_tag = 'ALTER TABLE' and d.original and d.object_type <> 'table constraint')
              and s.root_objid is not null;
        end if;
        if has_functions and not isolated then
            -- PostgreSQL does not say which event triggers went with their function
            insert into pggit.staged_changes (gone, object_type, object_identity, object_key, classid, objid, objsubid, root_classid, root_objid, command_tag)
            select true, e.object_type, e.object_identity, e.object_key, e.classid, e.objid, 0, e.classid, e.objid, tg_tag
            from pggit.elements as e
            where e.object_type = 'event trigger'
              and not exists (select from pg_event_trigger as t where t.oid = e.objid);
            if found then
                staged := staged + 1;
            end if;
        end if;
        if has_operators then
            select coalesce(roots, '[]') || coalesce(jsonb_agg(jsonb_build_array(w.root_classid::bigint, w.root_objid::bigint)), '[]')
            into roots
            from pggit.others_written('operator') as w;
        end if;
        if roots is not null then
            staged := staged + pggit.stage_roots(roots, tg_tag, 'event', state.rules, isolated);
        end if;
        if staged > 0 then
            if not state.is_home then
                perform pggit.refuse_foreign_index();
            end if;
            -- an assignment costs less than PERFORM, which is a query
            is_new := pggit.record_statement(tg_tag, started, isolated);
        end if;
    exception
        when others then
            if is_strict then
                raise;
            end if;
            perform pggit.record_failure('sql_drop', tg_tag, sqlstate, sqlerrm, null);
    end;
end
$$;
comment on function pggit.capture_drops() is 'Event trigger function on sql_drop: stages what a command dropped, and how it left those that depended on it';
