-- What a command dropped.

-- What goes with another object, and is to be recorded all the same.
create or replace function pggit.is_follower(in_object_type text, in_command_tag text)
returns boolean
language sql
immutable
as $$
    select in_object_type in (
               'table', 'foreign table', 'sequence', 'operator class', 'operator family', 'operator of access method', 'function of access method',
               'statistics object', 'publication relation', 'publication namespace', 'default acl', 'trigger')
        -- those of partitions go with those of their parent
        or (in_object_type = 'index' and in_command_tag not in ('DROP TABLE', 'ALTER TABLE'))
        -- what depends on an extension
        or (in_object_type in ('function', 'procedure', 'materialized view') and in_command_tag in ('DROP EXTENSION', 'DROP SCHEMA', 'DROP OWNED'))
$$;
comment on function pggit.is_follower(text, text) is 'Whether what goes with another object is recorded by itself';

-- What is to be known of each object that a command dropped, with the state of pgGit, which is looked at first: one row without an object
-- where nothing else was dropped than what is nobody's business. There is more to look at beside the object itself where it was part
-- of another, where PostgreSQL does not say what went with it, and where others may name it without being noted to depend on it.
create or replace function pggit.read_dropped(in_command_tag text, in_started timestamptz)
returns table (
    object_type text, identity text, schema_name text, address_names text[], address_args text[], classid oid, objid oid, objsubid int,
    is_root boolean, rules jsonb, home oid, may_be_foreign boolean, sent pggit.sent_statement, may_be_named boolean, has_more boolean)
language sql
stable
as $$
    select d.object_type,
           case
               when pg_catalog.strpos(d.object_identity, '"') > 0 or d.object_type = 'transform' then pggit.requoted(d.object_identity)
               else d.object_identity
           end,
           d.schema_name, d.address_names, d.address_args, d.classid, d.objid, d.objsubid, t.is_root, r.rules, r.home,
           r.home_index <> 'pggit.repository_pkey'::regclass, s.sent, d.objid is not null and n.may_be_named,
           not t.is_root or d.object_type in ('operator', 'function', 'extension') or (d.objid is not null and pggit.is_isolated())
    from pggit.repository as r
    left join pg_catalog.pg_event_trigger_dropped_objects() as d
        on not d.is_temporary
       and (d.original or d.normal or pggit.is_follower(d.object_type, in_command_tag))
    cross join lateral (select d.object_type = any (pggit.root_types()) as is_root) as t
    cross join lateral (
        select (
            select row(null, null, null, null, null, in_started)::pggit.sent_statement
            where not case
                when pg_catalog.current_setting('transaction_isolation') = 'serializable' then pggit.has_kept_statement()
                else exists (
                    select from pggit.staged_changes as s
                    where s.transaction_id = pg_catalog.pg_current_xact_id()
                      and s.statement_at = pg_catalog.statement_timestamp()
                      and (s.sent).session_user_name is not null)
            end) as sent
    ) as s
    cross join lateral (
        select exists (select from pg_catalog.pg_partitioned_table)
            or not pggit.is_isolated() and (
                exists (select from pggit.blobs as b where b.definition::text like '%::reg%[]%')
                or exists (select from pggit.staged_changes as s where s.definition::text like '%::reg%[]%')) as may_be_named
    ) as n
    where (r.paused_until > in_started or r.disabled_until > in_started) is not true
$$;
comment on function pggit.read_dropped(text, timestamptz) is 'The objects that the command has dropped, as capture_drops() has to know them';

create or replace function pggit.capture_drops()
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
    started constant timestamptz := clock_timestamp();
    dropped record;
    roots jsonb;
    has_more boolean;
    has_parts boolean;
    has_operators boolean;
    has_functions boolean;
    has_extensions boolean;
    staged int := 0;
    is_strict boolean;
begin
    begin
        for dropped in
            select d.* from pggit.read_dropped(tg_tag, started) as d
        loop
            if dropped.has_more or dropped.may_be_named then
                has_more := true;
                if not dropped.is_root then
                    has_parts := true;
                    continue;
                end if;
                has_operators := has_operators or dropped.object_type = 'operator';
                has_functions := has_functions or dropped.object_type = 'function';
                has_extensions := has_extensions or dropped.object_type = 'extension';
            end if;
            if dropped.objsubid = 0 and (dropped.rules = '{}' or pggit.drop_is_tracked(dropped.object_type, dropped.identity, dropped.schema_name, dropped.address_names, tg_tag, dropped.rules)) then
                if dropped.may_be_foreign and not pggit.is_home(dropped.home) then
                    perform pggit.refuse_foreign_index();
                end if;
                insert into pggit.staged_changes (staged_id, gone, object_type, object_identity, object_key, classid, objid, objsubid, root_classid, root_objid, command_tag, sent)
                values (coalesce(case when (dropped.sent).event_at is null then pggit.place_before_heir(dropped.object_type, dropped.identity, dropped.classid, dropped.objid, dropped.address_names, dropped.address_args) end,
                                 (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint),
                        true, dropped.object_type, dropped.identity, dropped.object_type || ' ' || dropped.identity,
                        dropped.classid, dropped.objid, 0, dropped.classid, dropped.objid, tg_tag, case when staged = 0 then pggit.with_statement(dropped.sent) end);
                staged := staged + 1;
            end if;
        end loop;
        if has_more then
            if has_parts then
                select jsonb_agg(distinct jsonb_build_array(s.root_classid::bigint, s.root_objid::bigint))
                into roots
                from pg_event_trigger_dropped_objects() as d
                cross join lateral pggit.surviving_root(d.object_type, pggit.requoted(d.object_identity), d.address_names, d.objid) as s
                where not d.is_temporary
                  and (d.original or d.normal or pggit.is_follower(d.object_type, tg_tag))
                  and d.object_type <> all (pggit.root_types())
                  -- what ALTER TABLE drops is its table's; but detaching a partition drops keys of the tables that refer to it
                  and not (tg_tag = 'ALTER TABLE' and d.original and d.object_type <> 'table constraint')
                  and s.root_objid is not null;
            end if;
            if has_parts and tg_tag = 'DROP INDEX' and pggit.is_isolated() then
                -- whose it was is for whoever folds to find
                insert into pggit.staged_changes (gone, object_type, object_identity, object_key, classid, objid, objsubid, root_classid, root_objid, command_tag, read_again, sent)
                select true, 'unseen', 'index ' || d.objid, 'unseen index ' || d.objid, d.classid, d.objid, 0, d.classid, d.objid, tg_tag, true,
                       case when staged = 0 and row_number() over () = 1 then pggit.with_statement(dropped.sent) end
                from pg_event_trigger_dropped_objects() as d
                where d.object_type = 'index' and d.original and not d.is_temporary;
                staged := staged + 1;
            end if;
            if pggit.is_isolated() then
                -- whoever folds has to look for the event triggers that went with functions, and for what names what is gone
                insert into pggit.staged_changes (gone, object_type, object_identity, object_key, classid, objid, objsubid, root_classid, root_objid, command_tag, read_again)
                values (true, 'unseen', 'gone', 'unseen gone', 'pg_event_trigger'::regclass, 0, 0, 'pg_event_trigger'::regclass, 0, tg_tag, true);
            elsif has_functions then
                -- PostgreSQL does not say which event triggers went with their function
                insert into pggit.staged_changes (gone, object_type, object_identity, object_key, classid, objid, objsubid, root_classid, root_objid, command_tag, sent)
                select true, e.object_type, e.object_identity, e.object_key, e.classid, e.objid, 0, e.classid, e.objid, tg_tag,
                       case when staged = 0 and row_number() over () = 1 then pggit.with_statement(dropped.sent) end
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
            if dropped.may_be_named then
                roots := nullif(coalesce(roots, '[]') || pggit.naming_unnoted(), '[]');
            end if;
            if has_extensions then
                select coalesce(roots, '[]') || pggit.privileges_gone() into roots;
            end if;
            if roots is not null then
                if dropped.may_be_foreign and not pggit.is_home(dropped.home) then
                    perform pggit.refuse_foreign_index();
                end if;
                staged := staged + pggit.stage_readable_roots(roots, tg_tag, dropped.rules, pggit.is_isolated(), case when staged = 0 then dropped.sent end);
            end if;
        end if;
        if staged > 0 and pggit.may_fold() then
            perform pggit.request_fold();
        end if;
    exception
        when others then
            begin
                is_strict := pggit.is_strict();
                perform pggit.record_failure('sql_drop', tg_tag, sqlstate, sqlerrm, null) where not is_strict;
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
comment on function pggit.capture_drops() is 'Event trigger function on sql_drop: stages what a command dropped, and how it left those that depended on it';
