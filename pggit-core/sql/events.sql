-- The functions behind the event triggers. PostgreSQL locks the tables under a view to print it, so reading what another session is
-- changing could wait for that session: lock_timeout turns the wait into an error. Each function does its work in a subtransaction of its own: what fails in there is recorded in
-- system_events and mended by the next reconciliation; the command that fired the trigger goes on (unless strict mode says otherwise).

-- Stages the roots given, then whoever reads differently because something was renamed, until nothing new turns up.
create or replace function pggit.stage_roots(
    in_roots jsonb, in_command_tag text, in_origin text, in_rules jsonb, in_isolated boolean, in_sent pggit.sent_statement, in_apart boolean default false)
returns int
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off
set enable_mergejoin = off
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
            if in_apart then
                select * into outcome
                from pggit.stage_root_apart((root ->> 0)::oid, (root ->> 1)::oid, in_command_tag, in_origin, in_rules, in_isolated, case when total = 0 then in_sent end);
            else
                select * into outcome
                from pggit.stage_root((root ->> 0)::oid, (root ->> 1)::oid, in_command_tag, in_origin, in_rules, in_isolated,
                                      pg_current_xact_id(), statement_timestamp(), case when total = 0 then in_sent end);
            end if;
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
comment on function pggit.stage_roots(jsonb, text, text, jsonb, boolean, pggit.sent_statement, boolean) is 'Stages roots, given as [classid, objid], and what depends on anything in them that was renamed; each apart where others may have locked it';

-- Starting a query costs more than running it, and so does every expression that is looked at for the first time in a transaction: one
-- query says all that has to be known before anything is staged.
create or replace function pggit.capture_commands()
returns event_trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '50ms'
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
    started timestamptz;
    query text;
    takes_lanes boolean;
    sent pggit.sent_statement;
    command record;
    root record;
    roots jsonb;
    known_roots oid[];
    known_types text[];
    written_type text;
    context text;
    is_nested boolean;
    words name[];
    is_whole boolean;
    is_strict boolean;
begin
    if left(tg_tag, 5) = 'DROP ' and tg_tag <> 'DROP OWNED' then
        return;
    end if;
    begin
        started := clock_timestamp();
        query := current_query();
        -- what depends on temporary objects goes with them: the short ways do not look
        takes_lanes := not (pggit.is_isolated() or pggit.may_have_labels() or pg_my_temp_schema() <> 0 or position('pg_temp_' in query) > 0);
        sent := pggit.statement_to_send(query, started);
        for command in
            select c.classid, c.objid, c.object_type, c.object_identity, c.schema_name, r.reconcile_due, r.awaits_tables, r.rules,
                   case
                       when not takes_lanes or r.reconcile_due or r.home_index <> 'pggit.repository_pkey'::regclass
                           or left(c.schema_name, 3) = 'pg_' or c.schema_name in ('information_schema', 'pggit') then null
                       when c.object_type = 'table' then case tg_tag when 'ALTER TABLE' then 'table' when 'CREATE TABLE' then 'new table' end
                       when tg_tag = 'CREATE INDEX' then 'index'
                       when tg_tag in ('CREATE FUNCTION', 'CREATE PROCEDURE') then 'routine'
                   end as lane
            from pggit.repository as r
            left join pg_event_trigger_ddl_commands() as c
                on not c.in_extension
               and c.schema_name is distinct from 'pg_temp'
               -- what moved in here is gone from where it was
               and (c.schema_name is distinct from 'pggit' or tg_tag like 'ALTER %')
            where (r.paused_until > started or r.disabled_until > started) is not true
        loop
            if command.lane is not null and is_whole is null then
                if command.lane = 'table' then
                    continue when pggit.stage_new_columns(command.objid, command.object_identity, command.schema_name, tg_tag, command.rules, sent);
                elsif command.lane = 'index' then
                    continue when pggit.stage_index(command.objid, command.object_identity, command.schema_name, tg_tag, command.rules, sent);
                elsif command.lane = 'routine' then
                    continue when pggit.stage_function(command.objid, command.object_identity, command.schema_name, tg_tag, command.rules, sent);
                else
                    is_whole := coalesce(pggit.stage_new_table(command.objid, command.object_identity, command.schema_name, tg_tag, command.rules, sent), false);
                    continue when is_whole;
                end if;
            end if;
            exit when command.object_type is null;
            -- the keys' indexes of a table that is staged as a whole, and the foreign keys, which are a command of their own
            continue when is_whole and command.object_type in ('index', 'table');
            if is_nested is null then
                roots := '[]';
                known_roots := '{}';
                known_types := '{}';
                -- within a function, a DO block or another trigger the command is not what the client sent
                get diagnostics context = pg_context;
                is_nested := position(e'\n' in context) > 0;
            end if;
            if tg_tag in ('REFRESH MATERIALIZED VIEW', 'CREATE MATERIALIZED VIEW') and command.object_type = 'materialized view' and not pggit.is_isolated() then
                perform pggit.note_refresh(command.objid);
            end if;
            if command.classid is null then
                continue when command.object_type = any (known_types);
                known_types := known_types || command.object_type;
                written_type := case tg_tag when 'ALTER DEFAULT PRIVILEGES' then 'DEFAULT PRIVILEGES' else command.object_type end;
                if tg_tag in ('GRANT', 'REVOKE') and written_type in ('TABLE', 'SEQUENCE', 'FUNCTION', 'PROCEDURE', 'ROUTINE') then
                    words := pggit.words_sent(case when is_nested then pggit.statement_within(context) else query end);
                end if;
                if words is null and current_setting('transaction_isolation') = 'serializable' then
                    perform pggit.leave_written(written_type, tg_tag, sent);
                    continue;
                end if;
                select coalesce(jsonb_agg(jsonb_build_array(w.root_classid::bigint, w.root_objid::bigint)), '[]') || roots
                into roots
                from pggit.roots_written_since(written_type, words) as w;
                continue;
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
                          'ALTER FOREIGN TABLE', 'ALTER TYPE', 'ALTER VIEW', 'CREATE VIEW', 'ALTER MATERIALIZED VIEW', 'CREATE FUNCTION',
                          'CREATE OPERATOR CLASS', 'ALTER OPERATOR FAMILY')
            then
                roots := roots || pggit.relatives_of(
                    root.root_classid, root.root_objid, tg_tag,
                    case when is_nested then pggit.statement_within(context) is null or context ~* 'detach' else query ~* 'detach' end);
            end if;
        end loop;
        if roots <> '[]' or (tg_tag = 'DROP OWNED' and command.rules is not null) or command.awaits_tables then
            perform pggit.capture_roots(coalesce(roots, '[]'), tg_tag, command.reconcile_due, command.awaits_tables, command.rules, sent);
        end if;
        if command.object_type is not null and pggit.may_fold() then
            perform pggit.request_fold();
        end if;
    exception
        when others then
            begin
                is_strict := pggit.is_strict();
                perform pggit.record_failure('ddl_command_end', tg_tag, sqlstate, sqlerrm, null) where not is_strict;
            exception
                when statement_too_complex then
                    raise;
                when others then
                    -- the schema has another name, or lacks something
                    raise warning 'pgGit could not record % (%)', tg_tag, sqlerrm;
            end;
            if is_strict then
                raise;
            end if;
    end;
end
$$;
comment on function pggit.capture_commands() is 'Event trigger function on ddl_command_end: stages what a command created or altered';
