-- Folding: what transactions staged becomes commits. Only the holder of HEAD folds.

create or replace function pggit.try_hold_head()
returns boolean
language sql
volatile
as $$
    select pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtext('pggit'), pg_catalog.hashtext('HEAD'))
$$;
comment on function pggit.try_hold_head() is 'Takes HEAD until the transaction ends if it is free; never waits';

create or replace function pggit.hold_head(in_patience interval default '10 seconds')
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    give_up constant timestamptz := clock_timestamp() + in_patience;
begin
    while not pggit.try_hold_head() loop
        if clock_timestamp() > give_up then
            raise exception 'HEAD is held by another transaction'
                using errcode = 'lock_not_available',
                      hint = 'A transaction with schema changes is committing, or is prepared and waits for COMMIT PREPARED (see pg_prepared_xacts). Try again when it has ended.';
        end if;
        perform pg_sleep(0.01);
    end loop;
end
$$;
comment on function pggit.hold_head(interval) is 'Takes HEAD until the transaction ends, waiting for at most the time given';

-- The hash that a commit is known by.
create or replace function pggit.commit_hash(
    in_parent_ids text[], in_tree_id text, in_kind text, in_message text, in_author text, in_authored_at timestamptz, in_changes_id text)
returns text
language sql
stable
as $$
    select pggit.sha256_hex(pg_catalog.jsonb_build_object(
        'parents', pg_catalog.to_jsonb(in_parent_ids),
        'tree', in_tree_id,
        'kind', in_kind,
        'message', in_message,
        'author', in_author,
        'authored_at', pg_catalog.to_char(in_authored_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'changes', in_changes_id)::text)
$$;
comment on function pggit.commit_hash(text[], text, text, text, text, timestamptz, text) is 'The id of a commit: SHA-256 over everything that it says';

-- What staged rows come to: the last state of each element, where what belonged to a dropped root is gone with it.
create or replace function pggit.staged_outcome(in_transactions xid8[], in_origin text)
returns table (
    object_type text, object_identity text, schema_name text, object_key text,
    classid oid, objid oid, objsubid int, root_classid oid, root_objid oid,
    "position" int, definition_id text, definition jsonb, dependencies text[],
    transaction_id xid8, staged_id bigint, statement_at timestamptz, command_tag text, gone boolean)
language sql
stable
as $$
    with staged as materialized (
        select s.*
        from pggit.staged_changes as s
        where s.transaction_id = any (in_transactions)
          and (in_origin is null or s.origin = in_origin)
    ),
    gone_roots as materialized (
        select distinct on (s.root_objid, s.root_classid) s.*
        from staged as s
        where s.gone
          and s.objid = s.root_objid
          and s.classid = s.root_classid
          and s.objsubid = 0
          and s.object_type = any (pggit.root_types())
        order by s.root_objid, s.root_classid, s.staged_id desc
    ),
    last_states as materialized (
        select distinct on (s.object_identity, s.object_type) s.*,
               s.gone or exists (
                   select from gone_roots as g
                   where g.root_objid = s.root_objid
                     and g.root_classid = s.root_classid
                     and g.staged_id > s.staged_id
                     and g.object_type || ' ' || g.object_identity = s.object_key
               ) as is_gone
        from staged as s
        order by s.object_identity, s.object_type, s.staged_id desc
    )
    select l.object_type, l.object_identity, l.schema_name, l.object_key, l.classid, l.objid, l.objsubid, l.root_classid, l.root_objid,
           l."position", l.definition_id, l.definition, l.dependencies, l.transaction_id, l.staged_id, l.statement_at, l.command_tag, l.is_gone
    from last_states as l
    union all
    select e.object_type, e.object_identity, e.schema_name, e.object_key, e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid,
           e."position", null, null, null, g.transaction_id, g.staged_id, g.statement_at, g.command_tag, true
    from gone_roots as g
    join pggit.elements as e on e.root_objid = g.root_objid and e.root_classid = g.root_classid
    where not exists (
        select from last_states as l
        where l.object_identity = e.object_identity
          and l.object_type = e.object_type
    )
$$;
comment on function pggit.staged_outcome(xid8[], text) is 'The last staged state of every element that transactions touched';

-- What a transaction did, in words: its first command and the object that it touched first.
create or replace function pggit.default_message(in_transactions xid8[], in_origin text)
returns text
language plpgsql
stable
as $$
declare
    first_step record;
    objects bigint;
begin
    select s.command_tag, s.object_key, s.object_type, s.object_identity
    into first_step
    from pggit.staged_changes as s
    where s.transaction_id = any (in_transactions)
      and (in_origin is null or s.origin = in_origin)
      and s.command_tag is not null
    order by s.staged_id
    limit 1;
    select count(distinct (s.root_classid, s.root_objid)) into objects
    from pggit.staged_changes as s
    where s.transaction_id = any (in_transactions)
      and (in_origin is null or s.origin = in_origin);
    return first_step.command_tag || ' '
        || case when first_step.object_key = first_step.object_type || ' ' || first_step.object_identity then first_step.object_identity
                else regexp_replace(first_step.object_key, '^(foreign table|materialized view|table|view|type) ', '') end
        || case when objects > 1 then ' and ' || objects - 1 || ' more' else '' end;
end
$$;
comment on function pggit.default_message(xid8[], text) is 'The message of a commit that nobody gave one';

-- Makes one commit of what the given transactions staged. Gives its id, or null when nothing is different in the end.
-- The caller holds HEAD.
create or replace function pggit.fold_staged(
    in_transactions xid8[],
    in_origin text,
    in_kind text,
    in_message text,
    in_author text,
    in_authored_at timestamptz,
    in_deployment_id uuid default null
)
returns text
language plpgsql
as $$
declare
    started constant timestamptz := clock_timestamp();
    head record;
    number bigint;
    folded record;
    tree text;
    new_id text;
    parents text[];
    full_message text;
begin
    select b.branch_name, b.commit_id
    into head
    from pggit.repository as r
    join pggit.branches as b on b.branch_name = r.head_branch;

    number := nextval('pggit.commits_commit_number_seq');

    with after as materialized (
        select * from pggit.staged_outcome(in_transactions, in_origin)
    ),
    steps as (
        select a.*,
               e.definition_id as old_definition_id,
               e.object_key as old_object_key,
               e.classid as old_classid, e.objid as old_objid, e.objsubid as old_objsubid,
               e.root_objid as old_root_objid
        from after as a
        left join pggit.elements as e on e.object_identity = a.object_identity and e.object_type = a.object_type
        where case
                  when a.gone then e.definition_id is not null
                  else e.definition_id is distinct from a.definition_id
              end
    ),
    renames as (
        select n.object_type, n.object_identity as new_identity, o.object_identity as old_identity, o.old_definition_id, o.old_object_key
        from steps as n
        join steps as o on o.gone and o.object_type = n.object_type
                       and o.old_objid = n.objid and o.old_classid = n.classid and o.old_objsubid = n.objsubid
        where not n.gone
          and n.old_definition_id is null
    ),
    changes as (
        select row_number() over (order by s.staged_id, s.position nulls first, s.object_type collate "C", s.object_identity collate "C")::int as sequence,
               case
                   when r.new_identity is not null then 'rename'
                   when s.gone then 'drop'
                   when s.old_definition_id is null then 'create'
                   else 'alter'
               end as operation,
               s.object_type, s.object_identity, r.old_identity as previous_identity, s.object_key,
               coalesce(s.old_definition_id, r.old_definition_id) as old_definition_id,
               case when not s.gone then s.definition_id end as new_definition_id,
               s.position, s.dependencies, s.transaction_id, s.statement_at,
               coalesce(r.old_object_key, s.old_object_key) as old_object_key,
               s.root_objid
        from steps as s
        left join renames as r on r.object_type = s.object_type and r.new_identity = s.object_identity and not s.gone
        where not (s.gone and exists (
            select from renames as o
            where o.object_type = s.object_type
              and o.old_identity = s.object_identity
        ))
    ),
    written as (
        insert into pggit.commit_changes (
            commit_number, sequence, operation, object_type, object_identity, previous_identity, object_key,
            old_definition_id, new_definition_id, position, dependencies, statement_id)
        select number, c.sequence, c.operation, c.object_type, c.object_identity, c.previous_identity, c.object_key,
               c.old_definition_id, c.new_definition_id, c.position, c.dependencies, t.statement_id
        from changes as c
        left join pggit.statements as t on t.transaction_id = c.transaction_id and t.executed_at = c.statement_at
    )
    select count(*)::int as changes_count,
           pggit.sha256_hex(coalesce(string_agg(pggit.change_line(c.operation, c.object_type, c.object_identity, c.previous_identity, c.old_definition_id, c.new_definition_id),
                                                '' order by c.sequence), '')) as changes_id,
           array_agg(distinct c.object_key) || array_agg(distinct c.old_object_key) filter (where c.old_object_key is not null) as object_keys,
           array_agg(distinct c.root_objid) as roots,
           bool_or(c.object_type in ('function', 'procedure', 'aggregate')) as has_functions
    into folded
    from changes as c;

    perform pggit.apply_to_index(number, in_transactions, in_origin);
    if folded.changes_count > 0 then
        tree := pggit.update_tree(folded.object_keys, folded.roots);
        parents := case when head.commit_id is null then '{}' else array[head.commit_id] end;
        full_message := coalesce(in_message, pggit.default_message(in_transactions, in_origin), 'Change the schema');
        new_id := pggit.commit_hash(parents, tree, in_kind, full_message, in_author, in_authored_at, folded.changes_id);
        insert into pggit.commits (
            commit_id, commit_number, parent_ids, tree_id, kind, message, author, authored_at, changes_id, changes_count,
            branch_name, transaction_id, deployment_id, fold_duration)
        overriding system value
        values (
            new_id, number, parents, tree, in_kind, full_message, in_author, in_authored_at, folded.changes_id, folded.changes_count,
            head.branch_name, case when cardinality(in_transactions) = 1 then in_transactions[1] end, in_deployment_id, clock_timestamp() - started);
        update pggit.branches
        set commit_id = new_id
        where branch_name = head.branch_name;
        if folded.has_functions then
            -- Versions are derived: what goes wrong with them is no reason to lose a commit.
            begin
                perform pggit.version_functions(number, in_author);
            exception
                when others then
                    insert into pggit.system_events (event_type, event_data)
                    values ('version_failed', jsonb_build_object('commit_id', new_id, 'sqlstate', sqlstate, 'message', sqlerrm));
            end;
        end if;
    end if;

    delete from pggit.staged_changes as s
    where s.transaction_id = any (in_transactions)
      and (in_origin is null or s.origin = in_origin);
    return new_id;
end
$$;
comment on function pggit.fold_staged(xid8[], text, text, text, text, timestamptz, uuid) is 'Makes one commit of what transactions staged';

create or replace function pggit.change_line(
    in_operation text, in_object_type text, in_object_identity text, in_previous_identity text, in_old_id text, in_new_id text)
returns text
language sql
immutable
as $$
    select in_operation || E'\t' || pggit.escape_field(in_object_type) || E'\t' || pggit.escape_field(in_object_identity)
        || E'\t' || coalesce(pggit.escape_field(in_previous_identity), '')
        || E'\t' || coalesce(in_old_id, '') || E'\t' || coalesce(in_new_id, '') || E'\n'
$$;
comment on function pggit.change_line(text, text, text, text, text, text) is 'A change as a line of the text whose SHA-256 binds a commit to its changes';

-- Brings the index to where the commit's changes lead: blobs first, then what is gone, then what is there.
create or replace function pggit.apply_to_index(in_commit_number bigint, in_transactions xid8[], in_origin text)
returns void
language plpgsql
as $$
begin
    delete from pggit.elements as e
    using pggit.commit_changes as c
    where c.commit_number = in_commit_number
      and c.operation in ('drop', 'rename')
      and e.object_type = c.object_type
      and e.object_identity = case c.operation when 'rename' then c.previous_identity else c.object_identity end;

    with states as materialized (
        select o.*
        from pggit.staged_outcome(in_transactions, in_origin) as o
        where not o.gone
    ),
    stored as (
        insert into pggit.blobs (definition_id, definition)
        select distinct on (s.definition_id) s.definition_id, s.definition
        from states as s
        on conflict (definition_id) do nothing
    )
    insert into pggit.elements as e (
        object_type, object_identity, schema_name, object_key, classid, objid, objsubid, root_classid, root_objid,
        position, definition_id, dependencies, commit_number)
    select s.object_type, s.object_identity, s.schema_name, s.object_key, s.classid, s.objid, s.objsubid, s.root_classid, s.root_objid,
           s.position, s.definition_id, s.dependencies, in_commit_number
    from states as s
    on conflict (object_identity, object_type) do update
    set schema_name = excluded.schema_name,
        object_key = excluded.object_key,
        classid = excluded.classid,
        objid = excluded.objid,
        objsubid = excluded.objsubid,
        root_classid = excluded.root_classid,
        root_objid = excluded.root_objid,
        position = excluded.position,
        definition_id = excluded.definition_id,
        dependencies = excluded.dependencies,
        commit_number = case when e.definition_id = excluded.definition_id then e.commit_number else excluded.commit_number end;
end
$$;
comment on function pggit.apply_to_index(bigint, xid8[], text) is 'Brings the index to the state that a commit records';

-- Folds whatever transactions have committed and left staged, oldest first, one commit each. The caller holds HEAD.
-- Gives the number of commits made.
create or replace function pggit.fold_pending()
returns int
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    pending record;
    made int := 0;
begin
    if (select r.active_deployment is not null or r.holds_staged from pggit.repository as r) then
        return 0;
    end if;
    for pending in
        select s.transaction_id, s.origin,
               coalesce(max(t.session_user_name), session_user) as author,
               coalesce(max(t.executed_at), clock_timestamp()) as authored_at
        from pggit.staged_changes as s
        left join pggit.statements as t on t.transaction_id = s.transaction_id and t.executed_at = s.statement_at
        where s.transaction_id <> pg_current_xact_id()
        group by s.transaction_id, s.origin
        order by max(s.staged_id)
    loop
        perform pggit.read_again(pending.transaction_id);
        if pggit.fold_one(pending.transaction_id, pending.origin, null, pending.author, pending.authored_at) is not null then
            made := made + 1;
        end if;
    end loop;
    return made;
end
$$;
comment on function pggit.fold_pending() is 'Folds what earlier transactions left staged because HEAD was not free';

-- A transaction with an old snapshot has staged what it saw: this puts it right by what is there now.
create or replace function pggit.read_again(in_transaction_id xid8)
returns void
language plpgsql
as $$
declare
    root record;
begin
    for root in
        select s.root_classid, s.root_objid, max(s.command_tag) as command_tag, max(s.statement_at) as statement_at
        from pggit.staged_changes as s
        where s.transaction_id = in_transaction_id
          and s.read_again
        group by s.root_classid, s.root_objid
    loop
        perform pggit.stage_root(root.root_classid, root.root_objid, root.command_tag, 'event', r.rules, false, in_transaction_id, root.statement_at)
        from pggit.repository as r;
    end loop;
end
$$;
comment on function pggit.read_again(xid8) is 'Reads again what a transaction with an old snapshot changed';

create or replace function pggit.fold_one(in_transaction xid8, in_origin text, in_message text, in_author text, in_authored_at timestamptz)
returns text
language sql
volatile
as $$
    select pggit.fold_staged(
        array[in_transaction], in_origin,
        case in_origin when 'reconcile' then 'out_of_band' else 'transaction' end,
        case when in_origin = 'reconcile' and in_message is null then 'Record changes made while nothing was captured' else in_message end,
        in_author, in_authored_at)
$$;
comment on function pggit.fold_one(xid8, text, text, text, timestamptz) is 'Folds one transaction';

-- What is left out of band must not be told apart from the transaction's own changes only by luck: first the one, then the other.
create or replace function pggit.fold_own(in_message text default null)
returns text
language plpgsql
as $$
declare
    own constant xid8 := pg_current_xact_id();
begin
    if exists (select from pggit.staged_changes as s where s.transaction_id = own and s.origin = 'reconcile') then
        perform pggit.fold_one(own, 'reconcile', null, session_user, clock_timestamp());
    end if;
    -- The setting is a hint that saves the look-up, and no proof: anyone may set it.
    if current_setting('pggit.folded_transaction', true) = own::text
        and exists (select from pggit.commits as c join pggit.branches as b using (commit_id) join pggit.repository as r on r.head_branch = b.branch_name
               where c.transaction_id = own and c.kind in ('transaction', 'manual') and c.authored_at >= transaction_timestamp())
    then
        return pggit.amend_own(in_message);
    end if;
    perform set_config('pggit.folded_transaction', own::text, true);
    return pggit.fold_staged(array[own], 'event', case when in_message is null then 'transaction' else 'manual' end, in_message, session_user, clock_timestamp());
end
$$;
comment on function pggit.fold_own(text) is 'Folds what this transaction staged; gives the id of the commit, or null when nothing changed';

-- A transaction is one commit, also when it was folded before its end (commit() in the middle of it, SET CONSTRAINTS ... IMMEDIATE):
-- what came later is folded on top and both become one.
create or replace function pggit.amend_own(in_message text default null)
returns text
language plpgsql
as $$
declare
    earlier pggit.commits;
    later pggit.commits;
    later_id text;
    number bigint;
    squashed record;
    new_id text;
begin
    select c.* into earlier
    from pggit.repository as r
    join pggit.branches as b on b.branch_name = r.head_branch
    join pggit.commits as c using (commit_id);
    later_id := pggit.fold_staged(array[pg_current_xact_id()], 'event', earlier.kind, coalesce(in_message, earlier.message), session_user, clock_timestamp());
    if later_id is null and in_message is null then
        return earlier.commit_id;
    end if;
    select c.* into later from pggit.commits as c where c.commit_id = coalesce(later_id, earlier.commit_id);
    number := nextval('pggit.commits_commit_number_seq');

    with both_steps as (
        select coalesce(l.object_type, e.object_type) as object_type,
               coalesce(l.object_identity, e.object_identity) as object_identity,
               case when e.object_identity is null then l.previous_identity else coalesce(e.previous_identity, e.object_identity) end as start_identity,
               coalesce(l.object_key, e.object_key) as object_key,
               case when e.object_identity is null then l.old_definition_id else e.old_definition_id end as old_definition_id,
               case when l.object_identity is null then e.new_definition_id else l.new_definition_id end as new_definition_id,
               case when l.object_identity is null then e.position else l.position end as position,
               case when l.object_identity is null then e.dependencies else l.dependencies end as dependencies,
               coalesce(l.statement_id, e.statement_id) as statement_id,
               (e.sequence is null)::int as is_later,
               coalesce(e.sequence, l.sequence) as place
        from (select * from pggit.commit_changes where commit_number = earlier.commit_number) as e
        full join (select * from pggit.commit_changes where commit_number = later.commit_number and later_id is not null) as l
            on l.object_type = e.object_type
           and coalesce(l.previous_identity, l.object_identity) = e.object_identity
    ),
    net as (
        select b.*,
               case
                   when b.old_definition_id is null then 'create'
                   when b.new_definition_id is null then 'drop'
                   when b.start_identity is distinct from b.object_identity and b.start_identity is not null then 'rename'
                   else 'alter'
               end as operation
        from both_steps as b
        where b.old_definition_id is distinct from b.new_definition_id
           or (b.old_definition_id is not null and b.start_identity is distinct from b.object_identity and b.start_identity is not null)
    ),
    numbered as (
        select n.*,
               case n.operation when 'drop' then coalesce(n.start_identity, n.object_identity) else n.object_identity end as final_identity,
               case n.operation when 'rename' then n.start_identity end as final_previous,
               row_number() over (order by n.is_later, n.place)::int as sequence
        from net as n
    ),
    written as (
        insert into pggit.commit_changes (
            commit_number, sequence, operation, object_type, object_identity, previous_identity, object_key,
            old_definition_id, new_definition_id, position, dependencies, statement_id)
        select number, n.sequence, n.operation, n.object_type, n.final_identity, n.final_previous, n.object_key,
               n.old_definition_id, n.new_definition_id, n.position, n.dependencies, n.statement_id
        from numbered as n
    )
    select count(*)::int as changes_count,
           pggit.sha256_hex(coalesce(string_agg(pggit.change_line(n.operation, n.object_type, n.final_identity, n.final_previous, n.old_definition_id, n.new_definition_id), '' order by n.sequence), '')) as changes_id
    into squashed
    from numbered as n;

    if squashed.changes_count > 0 then
        new_id := pggit.commit_hash(earlier.parent_ids, later.tree_id, case when in_message is null then earlier.kind else 'manual' end,
                                    coalesce(in_message, earlier.message), earlier.author, later.authored_at, squashed.changes_id);
        insert into pggit.commits (
            commit_id, commit_number, parent_ids, tree_id, kind, message, author, authored_at, changes_id, changes_count,
            branch_name, transaction_id, deployment_id, fold_duration)
        overriding system value
        values (
            new_id, number, earlier.parent_ids, later.tree_id, case when in_message is null then earlier.kind else 'manual' end,
            coalesce(in_message, earlier.message), earlier.author, later.authored_at, squashed.changes_id, squashed.changes_count,
            earlier.branch_name, earlier.transaction_id, earlier.deployment_id,
            earlier.fold_duration + case when later_id is null then interval '0' else later.fold_duration end);
    end if;
    update pggit.branches set commit_id = coalesce(new_id, earlier.parent_ids[1]) where commit_id in (earlier.commit_id, later_id);
    update pggit.tags set commit_id = coalesce(new_id, earlier.parent_ids[1]) where commit_id in (earlier.commit_id, later_id);
    delete from pggit.commits where commit_id in (earlier.commit_id, later_id);
    delete from pggit.commit_changes where commit_number in (earlier.commit_number, later.commit_number);
    update pggit.function_versions set commit_number = number where commit_number in (earlier.commit_number, later.commit_number);
    update pggit.elements set commit_number = number where commit_number in (earlier.commit_number, later.commit_number);
    return new_id;
end
$$;
comment on function pggit.amend_own(text) is 'Folds what this transaction staged into the commit that it already has';

create or replace function pggit.fold_transaction()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
    own constant xid8 := pg_current_xact_id();
    oldest xid8;
    newest xid8;
begin
    if pggit.is_isolated() then
        return null;
    end if;
    begin
        select min(s.transaction_id), max(s.transaction_id)
        into oldest, newest
        from pggit.staged_changes as s;
        if oldest is null
            or (select r.active_deployment is not null or r.holds_staged from pggit.repository as r)
            or not pggit.try_hold_head()
        then
            return null;
        end if;
        if oldest <> own or newest <> own then
            perform pggit.fold_pending();
        end if;
        perform pggit.fold_own();
    exception
        when others then
            perform pggit.record_failure('fold', null, sqlstate, sqlerrm, null);
    end;
    return null;
end
$$;
comment on function pggit.fold_transaction() is 'Deferred trigger function: folds what the transaction staged into one commit as it commits';
