-- From transactions to commits: one transaction, one commit. Folding is left to whoever reads the history next, so that a command
-- pays for recording only. A transaction folds as it commits if it has a commit already, or if it is the first for a while: so what
-- is staged stays little where nobody reads.

-- Folds whatever transactions have committed and left staged, oldest first, one commit each. The caller holds HEAD.
-- A transaction that cannot be folded is recorded as a failure and stays, with all that came after it; but where drift is looked for next,
-- one that could not be folded at any other time either is set aside. Gives the number of commits made.
-- Who folds a few in passing (in_at_most) shall not pay for somebody else's large transaction: it stays, with all that came after it, for
-- whoever reads the history. An object that is to be read again costs about ten times what another does.
create or replace function pggit.fold_pending(in_at_most int default null, in_until timestamptz default null, in_sets_aside boolean default false)
returns int
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
    pending record;
    head constant text := (select b.commit_id from pggit.repository as r join pggit.branch_records as b on b.branch_name = r.head_branch);
    parent text := head;
    new_id text;
    made int := 0;
begin
    if (select r.active_deployment is not null or r.holds_staged from pggit.repository as r) then
        return 0;
    end if;
    -- even to sort so many takes its time
    if in_at_most is not null
        and (select count(*) from (select from pggit.staged_changes as s where s.transaction_id <> pg_current_xact_id() limit 50001) as s) > 50000
    then
        return 0;
    end if;
    for pending in
        select s.transaction_id, s.origin, bool_or(s.read_again) as read_again,
               coalesce(max((s.sent).session_user_name), pggit.caller()) as author,
               coalesce(max(case when (s.sent).session_user_name is not null then s.statement_at end), clock_timestamp()) as authored_at,
               sum(case
                       when not s.read_again then 1
                       when s.object_type = 'unseen' and s.root_classid = 0 then 10 * jsonb_array_length(s.definition)
                       else 10
                   end) as work
        from pggit.staged_changes as s
        where s.transaction_id <> pg_current_xact_id()
        group by s.transaction_id, s.origin
        order by max(s.staged_id)
        limit in_at_most
    loop
        exit when clock_timestamp() > in_until or in_at_most is not null and pending.work > 3000;
        begin
            if pending.read_again then
                perform pggit.try_read_again(pending.transaction_id, in_at_most is not null);
                perform pggit.leave_unchanged(pending.transaction_id, pending.origin);
            end if;
            new_id := pggit.fold_one(pending.transaction_id, pending.origin, null, pending.author, pending.authored_at, parent);
            if new_id is not null then
                made := made + 1;
                parent := new_id;
            end if;
        exception
            when others then
                -- what is short of room, in the way of others, or within the server may go well another time
                if in_sets_aside and left(sqlstate, 2) not in ('40', '53', '54', '55', '57', '58', 'XX') then
                    perform pggit.set_aside(pending.transaction_id, sqlstate, sqlerrm);
                else
                    perform pggit.record_failed_fold(pending.transaction_id, sqlstate, sqlerrm);
                    exit;
                end if;
        end;
    end loop;
    -- without a first commit each has moved it
    if made > 0 and head is not null then
        update pggit.branch_records as b
        set commit_id = parent
        from pggit.repository as r
        where b.branch_name = r.head_branch;
    end if;
    return made;
end
$$;
comment on function pggit.fold_pending(int, timestamptz, boolean) is 'Folds what earlier transactions left staged: all of them, or the oldest few if they are small, or as many as a time allows';

create or replace function pggit.set_aside(in_transaction xid8, in_sqlstate text, in_message text)
returns void
language sql
as $$
    insert into pggit.system_events (event_type, event_data)
    select 'transaction_set_aside', jsonb_build_object(
               'transaction_id', in_transaction::text, 'sqlstate', in_sqlstate, 'message', in_message,
               'session_user', max((s.sent).session_user_name),
               'statements', (
                   select jsonb_agg(f.statement order by f.staged_id)
                   from (
                       select distinct on (o.statement_at) (o.sent).statement, o.staged_id
                       from pggit.staged_changes as o
                       where o.transaction_id = in_transaction and (o.sent).session_user_name is not null
                       order by o.statement_at, o.staged_id
                   ) as f),
               'objects', jsonb_agg(distinct s.object_key))
    from pggit.staged_changes as s
    where s.transaction_id = in_transaction;
    delete from pggit.staged_changes as s where s.transaction_id = in_transaction
$$;
comment on function pggit.set_aside(xid8, text, text) is 'Takes what a transaction staged from what is to be folded, and leaves on record what it was: its outcome is drift then';

create or replace function pggit.fold_one(in_transaction xid8, in_origin text, in_message text, in_author text, in_authored_at timestamptz, in_parent_id text default null)
returns text
language plpgsql
volatile
as $$
declare
    message constant text := pggit.changeset_message(in_transaction);
begin
    return pggit.fold_staged(
        array[in_transaction], in_origin,
        case when in_origin = 'reconcile' then 'out_of_band' when message is not null then 'changeset' else 'transaction' end,
        case when in_origin = 'reconcile' and in_message is null then 'Record changes made while nothing was captured' else coalesce(in_message, message) end,
        in_author, in_authored_at, null, in_parent_id);
end
$$;
comment on function pggit.fold_one(xid8, text, text, text, timestamptz, text) is 'Folds one transaction';

-- The setting is a hint that saves the look-up, and no proof: anyone may set it.
create or replace function pggit.has_own_commit()
returns boolean
language plpgsql
stable
as $$
begin
    return coalesce(current_setting('pggit.folded_transaction', true) = pg_current_xact_id()::text, false)
        and exists (
            select from pggit.commit_records as c
            join pggit.branch_records as b using (commit_id)
            join pggit.repository as r on r.head_branch = b.branch_name
            where c.transaction_id = pg_current_xact_id()
              and c.kind in ('transaction', 'manual', 'changeset')
              and c.authored_at >= transaction_timestamp());
end
$$;
comment on function pggit.has_own_commit() is 'Whether HEAD is a commit of this transaction, made before its end';

-- What is left out of band must not be told apart from the transaction's own changes only by luck: first the one, then the other.
create or replace function pggit.fold_own(in_message text default null)
returns text
language plpgsql
as $$
declare
    own constant xid8 := pg_current_xact_id();
    changeset constant text := pggit.changeset_message(own);
begin
    if exists (select from pggit.staged_changes as s where s.transaction_id = own and s.origin = 'reconcile') then
        perform pggit.fold_one(own, 'reconcile', null, pggit.caller(), clock_timestamp());
    end if;
    if pggit.has_own_commit() then
        -- a changeset that is in the commit already has had its say
        return pggit.amend_own(coalesce(in_message, case when exists (
            select from pggit.changeset_records as c
            where c.transaction_id = own
              and c.commit_id is null) then changeset end));
    end if;
    perform set_config('pggit.folded_transaction', own::text, true);
    return pggit.fold_staged(array[own], 'event', case when changeset is not null then 'changeset' when in_message is not null then 'manual' else 'transaction' end,
                              coalesce(in_message, changeset), pggit.caller(), clock_timestamp());
end
$$;
comment on function pggit.fold_own(text) is 'Folds what this transaction staged; gives the id of the commit, or null when nothing changed';

-- Folding can wait while one change follows the other.
create or replace function pggit.is_busy()
returns boolean
language plpgsql
stable
as $$
begin
    return greatest(
        (select s.statement_at from pggit.staged_changes as s where s.transaction_id <> pg_current_xact_id() order by s.transaction_id desc limit 1),
        (select r.executed_at from pggit.statement_records as r order by r.statement_id desc limit 1)
    ) > statement_timestamp() - interval '1 minute';
end
$$;
comment on function pggit.is_busy() is 'Whether another transaction has changed the schema within the last minute; null where none ever has';

create or replace function pggit.fold_transaction()
returns trigger
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
    own constant xid8 := pg_current_xact_id();
    has_commit boolean;
begin
    begin
        if pggit.is_isolated() then
            return null;
        end if;
        delete from pggit.fold_requests as f where f.transaction_id = own;
        perform set_config('pggit.fold_requested', '', true);
        perform set_config('pggit.recorded_minute', pggit.this_minute(), false);
        has_commit := pggit.has_own_commit();
        -- HEAD is held until the transaction ends, for which a client may take any time: it is for those who were let in
        if not has_commit and not has_schema_privilege(session_user, 'pggit', 'usage') then
            return null;
        end if;
        if (case when has_commit then not exists (select from pggit.staged_changes as s where s.transaction_id = own) else pggit.is_busy() end) then
            return null;
        end if;
        if (select r.active_deployment is not null or r.holds_staged or not pggit.is_home(r.home) from pggit.repository as r)
            or not pggit.try_hold_head()
        then
            return null;
        end if;
        -- a commit that the transaction has is HEAD still: what came later belongs to it
        if has_commit then
            perform pggit.fold_own();
        end if;
        perform pggit.fold_pending(200, clock_timestamp() + interval '0.5 seconds');
        -- what is large is left to whoever looks
        if not has_commit
            and not exists (select from pggit.staged_changes as s where s.transaction_id <> own)
            and not exists (select from pggit.staged_changes as s where s.transaction_id = own offset 3000)
        then
            perform pggit.fold_own();
        end if;
    exception
        when others then
            begin
                perform pggit.record_failure('fold', null, sqlstate, sqlerrm, null);
            exception
                when others then
                    -- the schema has another name, or lacks something: what is staged stays
                    null;
            end;
    end;
    return null;
end
$$;
comment on function pggit.fold_transaction() is 'Deferred trigger function: folds what others and the transaction itself left staged, as it commits';
