-- Reading the history. What reads first folds what is left staged, if it may and if HEAD is free.

-- Where no commit can be made, that is said. A SERIALIZABLE transaction is told without a look at what is staged: reading there what
-- others write could make theirs fail.
create or replace function pggit.say_what_is_staged()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    isolation constant text := current_setting('transaction_isolation');
begin
    if current_setting('pggit.told', true) = 'yes' then
        return;
    elsif isolation <> 'serializable' and (
            not exists (select from pggit.staged_changes)
            or exists (select from pggit.repository as r where r.active_deployment is not null or r.holds_staged))
    then
        return;
    end if;
    perform set_config('pggit.told', 'yes', true);
    raise notice 'what was recorded and is in no commit yet is not among the commits: % makes none',
            case when pg_is_in_recovery() then 'a standby'
                 when pggit.is_isolated() then 'a ' || upper(isolation collate "C") || ' transaction'
                 else 'a read-only transaction' end
        using hint = case when pg_is_in_recovery() then 'Read the history on the primary once.'
                          else 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE shows all of it, and so does pggit log.' end;
end
$$;
comment on function pggit.say_what_is_staged() is 'Tells, once in a transaction, who reads the history where no commits can be made that some may be missing';

-- After a pause that is over and again when what ran then has ended, after an error of capture, and after somebody switched the event
-- triggers off and on.
create or replace function pggit.is_reconcile_due(in_state pggit.repository)
returns boolean
language plpgsql
stable
as $$
begin
    return in_state.reconcile_due
        or (in_state.mode = 'event_trigger'
            and in_state.unseen_by is not null
            and pggit.may_be_seen(in_state.unseen_by))
        or (in_state.mode = 'event_trigger'
            and in_state.trigger_marks is distinct from pggit.trigger_marks()
            and (select t.is_watching from pggit.triggers_state() as t))
        or exists (
            select from pggit.system_events as e
            where e.event_type = 'capture_failed'
              and not exists (select from pggit.system_events as m where m.event_type = 'reconciled' and m.event_id > e.event_id));
end
$$;
comment on function pggit.is_reconcile_due(pggit.repository) is 'Whether the schema may have changed in a way that was not captured';

create or replace function pggit.failed_fold()
returns text
language sql
stable
as $$
    select format('some transactions are not commits yet, for the %s failed: %s', e.event_data ->> 'in', e.event_data ->> 'message')
    from pggit.system_events as e
    where e.event_type = 'capture_failed'
      and e.event_data ->> 'in' in (select 'fold of transaction ' || s.transaction_id from pggit.staged_changes as s)
    order by e.event_id desc
    limit 1
$$;
comment on function pggit.failed_fold() is 'What keeps staged transactions from becoming commits; null where only time does';

create or replace function pggit.settle()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $$
declare
    state pggit.repository;
begin
    if pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' or pggit.is_isolated() then
        perform pggit.say_what_is_staged();
        return;
    end if;
    select * into state from pggit.repository;
    if state.home is not null and not pggit.is_home(state.home) and pggit.try_hold_head() then
        perform pggit.move_in();
    end if;
    if state.active_deployment is null and not state.holds_staged
        and coalesce(greatest(state.paused_until, state.disabled_until), '-infinity') < clock_timestamp()
        and pggit.is_reconcile_due(state)
    then
        -- whoever else holds HEAD may be at it
        if not pggit.try_hold_head() then
            return;
        end if;
        begin
            perform pggit.reconcile_now();
            update pggit.repository set paused_until = null, disabled_until = null;
            return;
        exception
            -- what one object is in the way of must not keep everybody from the history
            when others then
                raise notice 'what was not captured is not among the commits, for the schema could not be read: %', sqlerrm
                    using hint = 'SELECT pggit.reconcile() has the whole error.';
        end;
    end if;
    if state.active_deployment is null and not state.holds_staged
        and exists (select from pggit.staged_changes as s where s.transaction_id is distinct from pg_current_xact_id_if_assigned())
    then
        if not pggit.await_head('1 second') then
            raise notice 'some transactions are not commits yet: HEAD is held by another transaction'
                using hint = 'Look again when it has ended; a prepared one (see pg_prepared_xacts) waits for COMMIT PREPARED.';
            return;
        end if;
        -- with a limit to its time, what half of it suffices for is made, so that the next look goes on from there
        perform pggit.fold_pending(null, clock_timestamp() + nullif(current_setting('statement_timeout')::interval, '0') / 2);
        if exists (select from pggit.staged_changes as s where s.transaction_id is distinct from pg_current_xact_id_if_assigned()) then
            raise notice '%', coalesce(pggit.failed_fold(), 'some transactions are not commits yet')
                using hint = 'Look again: each look makes commits for half of statement_timeout, and what cannot be folded is recorded as drift. SELECT pggit.reconcile() has the error.';
            return;
        end if;
    end if;
    if state.active_deployment is null and not state.holds_staged
        and coalesce(greatest(state.paused_until, state.disabled_until), '-infinity') < clock_timestamp()
    then
        begin
            perform pggit.mend_reindexed();
            perform pggit.record_broken_indexes();
        exception
            -- a table was dropped while it was read, or is locked: the next one who reads looks again
            when internal_error or undefined_table or undefined_object or lock_not_available then
                null;
        end;
    end if;
end
$$;
comment on function pggit.settle() is 'Folds what earlier transactions left staged, unless that would mean waiting for more than a second';

-- For names that stay where they are: better an error than a name for the wrong commit.
create or replace function pggit.settle_all()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '10s'
as $$
begin
    perform pggit.settle();
    if not pggit.is_isolated()
        and exists (select from pggit.staged_changes as s where s.transaction_id is distinct from pg_current_xact_id_if_assigned())
        and not exists (select from pggit.repository as r where r.active_deployment is not null or r.holds_staged)
    then
        perform pggit.hold_head();
        perform pggit.fold_pending();
    end if;
end
$$;
comment on function pggit.settle_all() is 'Folds all that earlier transactions left staged; an error where another transaction holds HEAD for long';

create or replace function pggit.log(branch text default null, max_count int default 50)
returns table (commit_id text, message text, author text, authored_at timestamptz, branch_name text, changes_count int)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    frontier bigint[];
    number bigint;
    next_commit pggit.commit_records;
begin
    perform pggit.settle();
    select array_agg(c.commit_number) into frontier
    from pggit.commit_records as c
    where c.commit_id = pggit.revision_id(coalesce(branch, 'HEAD'));
    while cardinality(frontier) > 0 and max_count > 0 loop
        select max(f) into number from unnest(frontier) as f;
        select c.* into next_commit from pggit.commit_records as c where c.commit_number = number;
        commit_id := next_commit.commit_id;
        message := next_commit.message;
        author := next_commit.author;
        authored_at := next_commit.authored_at;
        branch_name := next_commit.branch_name;
        changes_count := next_commit.changes_count;
        return next;
        max_count := max_count - 1;
        frontier := array(
            select f from unnest(frontier) as f where f <> number
            union
            select p.commit_number from pggit.commit_records as p where p.commit_id = any (next_commit.parent_ids) and p.commit_number < number
            union
            select p.commit_number
            from pggit.grafts as g
            join pggit.commit_records as p on p.commit_id = g.parent_id
            where g.commit_id = next_commit.commit_id
              and p.commit_number < number
        );
    end loop;
end
$$;
comment on function pggit.log(text, int) is 'The commits that a revision (HEAD by default) is made of, newest first';

create or replace function pggit.show(revision text)
returns table (
    commit_id text, message text, author text, authored_at timestamptz, kind text,
    sequence int, operation text, object_type text, object_identity text, previous_identity text,
    old_definition jsonb, new_definition jsonb, statement text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query
        select c.commit_id, c.message, c.author, c.authored_at, c.kind,
               g.sequence, g.operation, g.object_type, g.object_identity, g.previous_identity, o.definition, n.definition, s.statement
        from pggit.commit_records as c
        left join pggit.commit_changes as g on g.commit_number = c.commit_number
        left join pggit.blobs as o on o.definition_id = g.old_definition_id
        left join pggit.blobs as n on n.definition_id = g.new_definition_id
        left join pggit.statement_records as s on s.statement_id = g.statement_id
        where c.commit_id = pggit.revision_id(revision)
        order by g.sequence;
end
$$;
comment on function pggit.show(text) is 'A commit with its changes, in order';

create or replace function pggit.diff(from_revision text default null, to_revision text default null)
returns table (operation text, object_type text, object_identity text, previous_identity text, old_definition jsonb, new_definition jsonb)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    from_id text;
    to_id text;
begin
    perform pggit.settle();
    from_id := pggit.revision_id(coalesce(from_revision, 'HEAD'));
    to_id := case when to_revision is not null then pggit.revision_id(to_revision) end;
    return query
        with recursive before as materialized (
            select t.* from pggit.tree_at(from_id) as t
        ),
        after as materialized (
            select t.object_type, t.object_identity, t.object_key, t.position, t.definition_id, null::jsonb as definition, null::oid as classid, null::oid as objid, null::int as objsubid
            from pggit.tree_at(to_id) as t
            where to_id is not null
            union all
            select w.object_type, w.object_identity, w.object_key, w.position, w.definition_id, w.definition, w.classid, w.objid, w.objsubid
            from pggit.working_tree() as w
            where to_id is null
        ),
        -- what came to be under a name, and until when
        arrivals as materialized (
            select g.object_type, g.object_identity, g.previous_identity, g.commit_number,
                   lead(g.commit_number, 1, 9223372036854775807) over (partition by g.object_type, g.object_identity order by g.commit_number) as until_number
            from pggit.ancestry(coalesce(to_id, from_id)) as h
            join pggit.commit_changes as g on g.commit_number = h.commit_number and g.operation in ('create', 'rename')
            where h.commit_number > (select c.commit_number from pggit.commit_records as c where c.commit_id = from_id)
        ),
        names as (
            select a.object_type, a.object_identity as new_identity, a.previous_identity as identity, a.commit_number
            from arrivals as a
            where a.until_number = 9223372036854775807
            union all
            select n.object_type, n.new_identity, a.previous_identity, a.commit_number
            from names as n
            join arrivals as a on a.object_type = n.object_type and a.object_identity = n.identity and a.commit_number < n.commit_number and a.until_number >= n.commit_number
        ),
        by_history as materialized (
            select f.*
            from (select distinct on (n.object_type, n.new_identity) n.* from names as n order by n.object_type, n.new_identity, n.commit_number) as f
            where f.identity is not null
        ),
        -- what was one element under two names, by the history or by its address
        renames as materialized (
            select h.object_type, h.new_identity, h.identity as old_identity
            from by_history as h
            where not exists (
                select from after as a
                join pggit.elements as e on e.classid = a.classid and e.objid = a.objid and e.objsubid = a.objsubid and e.object_type = a.object_type
                where a.object_type = h.object_type and a.object_identity = h.new_identity and e.object_identity <> a.object_identity)
            union all
            select a.object_type, a.object_identity, coalesce(h.identity, e.object_identity)
            from after as a
            join pggit.elements as e on e.classid = a.classid and e.objid = a.objid and e.objsubid = a.objsubid and e.object_type = a.object_type
            left join by_history as h on h.object_type = e.object_type and h.new_identity = e.object_identity
            where e.object_identity <> a.object_identity
        ),
        -- each with what it was before: not what had the name then, where that has another now
        followed as (
            select a.*,
                   case when r.old_identity is not null or (a.object_type, a.object_identity) not in (select t.object_type, t.old_identity from renames as t)
                       then coalesce(r.old_identity, a.object_identity) end as source_identity
            from after as a
            left join renames as r on r.object_type = a.object_type and r.new_identity = a.object_identity
        ),
        matched as materialized (
            select b.object_type as old_type, a.object_type as new_type, coalesce(a.object_key, b.object_key) as object_key,
                   b.object_identity as old_identity, a.object_identity as new_identity,
                   b.definition_id as old_id, a.definition_id as new_id, a.definition, b.position as old_place, a.position as new_place
            from before as b
            full join followed as a on a.object_type = b.object_type and a.source_identity = b.object_identity
        ),
        -- columns that stand elsewhere among those that were there before
        reordered as (
            select r.new_type, r.new_identity
            from (
                select m.*, rank() over (partition by m.object_key order by m.old_place) <> rank() over (partition by m.object_key order by m.new_place) as is_elsewhere
                from matched as m
                where m.old_place is not null and m.new_place is not null
                  and m.object_key in (select o.object_key from matched as o where o.old_place <> o.new_place)
            ) as r
            where r.is_elsewhere and r.old_place <> r.new_place
        )
        select case
                   when m.new_type is null then 'drop'
                   when m.old_type is null then 'create'
                   when m.new_identity <> m.old_identity then 'rename'
                   else 'alter'
               end,
               coalesce(m.new_type, m.old_type),
               coalesce(m.new_identity, m.old_identity),
               case when m.new_identity <> m.old_identity then m.old_identity end,
               o.definition, coalesce(n.definition, m.definition)
        from matched as m
        left join pggit.blobs as o on o.definition_id = m.old_id
        left join pggit.blobs as n on n.definition_id = m.new_id
        where (m.new_id, m.new_identity) is distinct from (m.old_id, m.old_identity)
           or (m.new_type, m.new_identity) in (select r.new_type, r.new_identity from reordered as r)
        order by m.object_key collate "C", coalesce(m.new_type, m.old_type) collate "C", coalesce(m.new_identity, m.old_identity) collate "C";
end
$$;
comment on function pggit.diff(text, text) is 'What leads from one revision (HEAD by default) to another (the working schema by default)';
