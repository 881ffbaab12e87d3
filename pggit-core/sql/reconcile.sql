-- The working schema against the index: drift, and how it is recorded.

create or replace function pggit.index_state()
returns table (
    object_type text, object_identity text, schema_name text, object_key text,
    classid oid, objid oid, objsubid int, root_classid oid, root_objid oid, "position" int, definition_id text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with outcome as materialized (
        select o.*
        from pggit.staged_outcome(array(select distinct s.transaction_id from pggit.staged_changes as s), null) as o
    )
    select e.object_type, e.object_identity, e.schema_name, e.object_key, e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid,
           e.position, e.definition_id
    from pggit.elements as e
    where not exists (
        select from outcome as o
        where o.object_type = e.object_type
          and o.object_identity = e.object_identity
    )
    union all
    select o.object_type, o.object_identity, o.schema_name, o.object_key, o.classid, o.objid, o.objsubid, o.root_classid, o.root_objid,
           o.position, o.definition_id
    from outcome as o
    where not o.gone
$$;
comment on function pggit.index_state() is 'The index as this transaction sees it: what HEAD records, overlaid with what is staged';

-- Every element whose state in the catalogs is not the one that the index has, as far as it is tracked.
create or replace function pggit.drift_at_once()
returns setof pggit.difference
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
    with rules as materialized (
        select r.rules from pggit.repository as r
    ),
    live as materialized (
        select c.*, pggit.sha256_hex(c.definition::text) as definition_id
        from pggit.read_all() as c
    ),
    recorded as materialized (
        select * from pggit.index_state()
    ),
    -- columns that stand elsewhere among the others of their table
    misplaced as materialized (
        select l.object_type, l.object_identity, l.parent_key
        from live as l
        join recorded as r on r.object_type = l.object_type and r.object_identity = l.object_identity
        where l.position <> r.position
    ),
    reordered as materialized (
        select o.object_type, o.object_identity
        from (
            select c.*, bool_or(c.is_out_of_order) over (partition by c.parent_key) as any_out_of_order
            from (
                select l.object_type, l.object_identity, l.parent_key, l.position <> r.position as is_misplaced,
                       rank() over (partition by l.parent_key order by r.position, l.object_identity)
                           <> rank() over (partition by l.parent_key order by l.position) as is_out_of_order
                from live as l
                join recorded as r on r.object_type = l.object_type and r.object_identity = l.object_identity
                where l.position is not null
                  and l.parent_key in (select m.parent_key from misplaced as m)
            ) as c
        ) as o
        where o.is_misplaced and o.any_out_of_order
    ),
    differences as materialized (
        select r.definition_id as old_definition_id,
               l.definition_id as new_definition_id,
               coalesce(l.object_type, r.object_type) as object_type,
               coalesce(l.object_identity, r.object_identity) as object_identity,
               case when l.object_type is null then r.object_key else coalesce(l.parent_key, l.object_type || ' ' || l.object_identity) end as object_key,
               coalesce(l.schema_name, r.schema_name) as schema_name,
               coalesce(l.classid, r.classid) as classid,
               coalesce(l.objid, r.objid) as objid,
               coalesce(l.objsubid, r.objsubid) as objsubid,
               coalesce(l.root_classid, r.root_classid) as root_classid,
               coalesce(l.root_objid, r.root_objid) as root_objid,
               l.position, l.definition, l.dependencies
        from live as l
        full join recorded as r on r.object_type = l.object_type and r.object_identity = l.object_identity
        where r.definition_id is distinct from l.definition_id
           or (l.object_type, l.object_identity) in (select o.object_type, o.object_identity from reordered as o)
    ),
    decided as (
        select d.*,
               case when d.new_definition_id is null then 'drop' when d.old_definition_id is null then 'create' else 'alter' end as operation,
               (pggit.decide_tracking(
                   rules.rules, d.schema_name, d.object_type,
                   c.verb || ' ' || c.kind,
                   pggit.commands_like(c.verb, d.object_key, d.schema_name, d.root_classid, d.root_objid),
                   case
                       when pggit.directive_of(d.definition ->> 'comment', d.object_type) is not null then d.definition ->> 'comment'
                       else s.root_comment
                   end,
                   -- what is gone has a schema all the same
                   coalesce(s.schema_comment, case when d.new_definition_id is null then obj_description(to_regnamespace(quote_ident(d.schema_name)), 'pg_namespace') end))).tracked as tracked
        from differences as d
        cross join rules
        cross join lateral (
            select case when d.new_definition_id is null then 'DROP' when d.old_definition_id is null then 'CREATE' else 'ALTER' end as verb,
                   upper(replace(case
                       when d.object_type in ('index', 'trigger', 'policy', 'rule') then d.object_type
                       else (select t.name from unnest(pggit.root_types()) as t (name) where starts_with(d.object_key, t.name || ' ') order by length(t.name) desc limit 1)
                   end, '-', ' ') collate "C") as kind
        ) as c
        left join lateral pggit.root_scope(d.root_classid, d.root_objid) as s on true
    )
    select case when renamed.object_identity is not null then 'rename' else d.operation end, d.object_type, d.object_identity, renamed.object_identity, d.object_key, d.schema_name,
           d.classid, d.objid, d.objsubid, d.root_classid, d.root_objid, d.position,
           coalesce(d.old_definition_id, renamed.old_definition_id), d.new_definition_id, d.definition, d.dependencies
    from decided as d
    left join decided as renamed on d.operation = 'create' and renamed.operation = 'drop' and renamed.tracked
                                and renamed.object_type = d.object_type
                                and renamed.objid = d.objid and renamed.classid = d.classid and renamed.objsubid = d.objsubid
    where d.tracked
      and not (d.operation = 'drop' and exists (
          select from decided as n
          where n.operation = 'create' and n.tracked and n.object_type = d.object_type
            and n.objid = d.objid and n.classid = d.classid and n.objsubid = d.objsubid
      ))
$$;
comment on function pggit.drift_at_once() is 'The drift, or an error of PostgreSQL''s where an object is dropped while it is read';

-- A definition is JSON, which has room for less than a function may hold. The objects are named whose texts are long.
create or replace function pggit.refuse_too_large(in_message text)
returns void
language plpgsql
stable
as $$
begin
    raise exception 'there is more in the schema than a definition has room for: %', in_message
        using errcode = 'program_limit_exceeded',
              hint = coalesce((
                  select 'Make it smaller, or drop it: ' || string_agg(distinct i.type || ' ' || i.identity, ', ')
                  from (
                      select 'pg_proc'::regclass as classid, p.oid as objid, 0 as objsubid
                      from pg_proc as p
                      where octet_length(p.prosrc) > 50000000
                      union all
                      select d.classoid, d.objoid, d.objsubid
                      from pg_description as d
                      where octet_length(d.description) > 50000000
                  ) as o
                  cross join lateral pg_identify_object(o.classid, o.objid, o.objsubid) as i
              ), 'One definition may have 256 MB, and so may all together that differ.');
end
$$;
comment on function pggit.refuse_too_large(text) is 'Raises the error of a schema with an object that cannot be recorded';

-- PostgreSQL describes objects as they are now, and not as the query sees them: what is dropped meanwhile makes it fail.
create or replace function pggit.wait_for_steady_catalogs(in_attempts int, in_message text)
returns void
language plpgsql
as $$
begin
    if in_message like 'invalid memory alloc request size%' then
        perform pggit.refuse_too_large(in_message);
    end if;
    if in_attempts > 9 or pggit.is_isolated() then
        raise exception 'the schema was changed while it was read: %', in_message
            using errcode = 'serialization_failure', hint = 'Try again, in a new transaction.';
    end if;
    perform pg_sleep(0.01 * in_attempts);
end
$$;
comment on function pggit.wait_for_steady_catalogs(int, text) is 'Before another try at reading all of the schema; an error after ten';

create or replace function pggit.drift_now()
returns setof pggit.difference
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    found_rows jsonb;
    attempts int := 0;
begin
    loop
        begin
            select jsonb_agg(to_jsonb(d)) into found_rows from pggit.drift_at_once() as d;
            -- what was locked to print views is free again: others would wait for the end of this transaction
            raise sqlstate 'PGGIT';
        exception
            when sqlstate 'PGGIT' then
                exit;
            when internal_error or undefined_table or undefined_object or undefined_function or undefined_column then
                attempts := attempts + 1;
                perform pggit.wait_for_steady_catalogs(attempts, sqlerrm);
            when statement_too_complex then
                perform pggit.refuse_unprintable(sqlerrm);
            when program_limit_exceeded then
                perform pggit.refuse_too_large(sqlerrm);
            when lock_not_available then
                perform pggit.refuse_locked();
        end;
    end loop;
    return query select r.* from jsonb_populate_recordset(null::pggit.difference, found_rows) as r;
end
$$;
comment on function pggit.drift_now() is 'The drift, under the lock_timeout of whoever asks';

create or replace function pggit.drift()
returns table (
    operation text, object_type text, object_identity text, previous_identity text, object_key text, schema_name text,
    classid oid, objid oid, objsubid int, root_classid oid, root_objid oid, "position" int,
    old_definition_id text, new_definition_id text, new_definition jsonb, dependencies text[])
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '10s'
as $$
    -- what a transaction with an old snapshot staged says little before it is folded
    select pggit.settle() where exists (select from pggit.staged_changes as s where s.read_again);
    select d.* from pggit.drift_now() as d
$$;
comment on function pggit.drift() is 'How the working schema differs from the index: what was changed while nothing was captured, or by a command that fires no event trigger';

-- Stages all drift but that of the given roots ([classid, objid]). Gives how many elements differ.
create or replace function pggit.stage_drift(in_except jsonb default '[]', in_origin text default 'reconcile', in_command_tag text default null, in_sent pggit.sent_statement default null)
returns int
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    staged int;
begin
    with found as materialized (
        select d.* from pggit.drift_now() as d
        where not in_except @> jsonb_build_array(jsonb_build_array(d.root_classid::bigint, d.root_objid::bigint))
    ),
    written as (
        insert into pggit.staged_changes (
            transaction_id, origin, gone, object_type, object_identity, schema_name, object_key, classid, objid, objsubid,
            root_classid, root_objid, position, definition_id, known_definition_id, definition, dependencies, command_tag, statement_at, sent)
        select pg_current_xact_id(), in_origin, w.gone, w.object_type, w.object_identity, w.schema_name, w.object_key, w.classid, w.objid, w.objsubid,
               w.root_classid, w.root_objid, w.position, w.definition_id, w.known_definition_id, w.definition, w.dependencies, in_command_tag, statement_timestamp(),
               case when row_number() over () = 1 then in_sent end
        from (
            select true as gone, f.object_type, coalesce(f.previous_identity, f.object_identity) as object_identity, f.schema_name, f.object_key,
                   f.classid, f.objid, f.objsubid, f.root_classid, f.root_objid, null::int as position, null::text as definition_id,
                   f.old_definition_id as known_definition_id, null::jsonb as definition, null::text[] as dependencies
            from found as f
            where f.operation in ('drop', 'rename')
            union all
            select false, f.object_type, f.object_identity, f.schema_name, f.object_key, f.classid, f.objid, f.objsubid,
                   f.root_classid, f.root_objid, f.position, f.new_definition_id, case f.operation when 'alter' then f.old_definition_id else '' end, f.new_definition, f.dependencies
            from found as f
            where f.operation <> 'drop'
        ) as w
        order by w.gone desc, w.object_key collate "C", w.position nulls first
    )
    select count(*)::int into staged from found;
    return staged;
end
$$;
comment on function pggit.stage_drift(jsonb, text, text, pggit.sent_statement) is 'Stages the drift of the working schema, but for the roots given';

-- PostgreSQL does not say which objects joined or left an extension: a look at everything, for the transaction that did it.
create or replace function pggit.stage_members(in_transaction_id xid8)
returns void
language plpgsql
as $$
declare
    last_id constant bigint := (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint;
begin
    perform pggit.stage_drift('[]', 'event', 'ALTER EXTENSION');
    update pggit.staged_changes as s
    set transaction_id = in_transaction_id
    where s.transaction_id = pg_current_xact_id()
      and s.staged_id >= last_id;
end
$$;
comment on function pggit.stage_members(xid8) is 'Stages what a transaction with an old snapshot has let join or leave an extension';

-- At the first command after a pause: records what changed meanwhile, apart from what the command itself touched. Never waits.
create or replace function pggit.reconcile_around(in_roots jsonb, in_sent pggit.sent_statement)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform from pggit.repository as r where r.reconcile_due for update skip locked;
    if not found then
        return;
    end if;
    update pggit.repository set reconcile_due = false, unseen_by = '{*}', paused_until = null, disabled_until = null;
    if pggit.stage_drift(in_roots, 'reconcile', 'RECONCILE', in_sent) > 0 then
        insert into pggit.system_events (event_type, event_data) values ('reconciled', jsonb_build_object('at', 'the first command after the pause'));
    end if;
end
$$;
comment on function pggit.reconcile_around(jsonb, pggit.sent_statement) is 'Stages what changed during a pause, at the first command after it';

create or replace function pggit.reconcile(message text default null)
returns text
language sql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '10s'
as $$
    select pggit.reconcile_now(message)
$$;
comment on function pggit.reconcile(text) is 'Records drift, if there is any, as one commit marked out of band; gives its id';

create or replace function pggit.reconcile_now(message text default null)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    found_differences int;
    new_id text;
    marks text;
    unseen text[];
    version xid;
begin
    perform pggit.refuse_isolation('reconcile');
    perform pggit.hold_head();
    -- before anything is read: what ends meanwhile may not be seen yet
    marks := pggit.trigger_marks();
    select pggit.still_unseen(case when r.reconcile_due or r.trigger_marks is distinct from marks then '{*}' else r.unseen_by end), r.xmin
    into unseen, version
    from pggit.repository as r;
    if pggit.move_in() = 0 then
        perform pggit.fold_pending(in_sets_aside => true);
    end if;
    -- an object that was dropped and made again alike while nothing was captured is no drift, and yet elsewhere
    if pggit.misplaced_elements() > 0 then
        perform pggit.mend_addresses(false);
    end if;
    found_differences := pggit.stage_drift();
    if found_differences > 0 then
        new_id := pggit.fold_one(pg_current_xact_id(), 'reconcile', message, pggit.caller(), clock_timestamp());
    end if;
    -- last, for others wait for the row; who has ended a pause meanwhile is not forgotten
    update pggit.repository as r
    set reconcile_due = false, trigger_marks = marks, unseen_by = case when r.xmin = version then unseen else '{*}' end
    where r.reconcile_due
       or r.unseen_by is not null
       or r.trigger_marks is distinct from marks;
    insert into pggit.system_events (event_type, event_data)
    values ('reconciled', jsonb_build_object('commit_id', new_id, 'elements', found_differences));
    return new_id;
end
$$;
comment on function pggit.reconcile_now(text) is 'reconcile(), under the lock_timeout of whoever asks';

create or replace function pggit.refuse_isolation(in_function text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    if pggit.is_isolated() then
        raise exception 'pggit.%() cannot run in a % transaction', in_function, current_setting('transaction_isolation')
            using errcode = 'active_sql_transaction',
                  hint = 'It must see what other transactions have committed. Run it in a READ COMMITTED transaction.';
    end if;
end
$$;
comment on function pggit.refuse_isolation(text) is 'Raises an error in a transaction that works from an old snapshot';
