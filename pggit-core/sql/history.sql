-- Reading the history. What reads first folds what is left staged, if it may and if HEAD is free.

create or replace function pggit.settle()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    state pggit.repository;
begin
    if pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' or pggit.is_isolated() then
        return;
    end if;
    select * into state from pggit.repository;
    if state.reconcile_due and coalesce(greatest(state.paused_until, state.disabled_until), '-infinity') < clock_timestamp()
        and state.active_deployment is null and not state.holds_staged
    then
        if pggit.try_hold_head() then
            perform pggit.reconcile();
            update pggit.repository set paused_until = null, disabled_until = null;
        end if;
        return;
    end if;
    if exists (
        select from pggit.system_events as e
        where e.event_type = 'capture_failed'
          and not exists (select from pggit.system_events as m where m.event_type = 'reconciled' and m.event_id > e.event_id))
    then
        if state.active_deployment is null and not state.holds_staged and pggit.try_hold_head() then
            perform pggit.reconcile();
        end if;
        return;
    end if;
    if exists (select from pggit.staged_changes as s where s.transaction_id <> pg_current_xact_id()) then
        if pggit.try_hold_head() then
            perform pggit.fold_pending();
        else
            raise notice 'some transactions are not commits yet: HEAD is held by a transaction that is committing or prepared';
        end if;
    end if;
    if state.active_deployment is null and not state.holds_staged
        and coalesce(greatest(state.paused_until, state.disabled_until), '-infinity') < clock_timestamp()
    then
        perform pggit.record_broken_indexes();
    end if;
end
$$;
comment on function pggit.settle() is 'Folds what earlier transactions left staged, unless that would mean waiting';

create or replace function pggit.log(branch text default null, max_count int default 50)
returns table (commit_id text, message text, author text, authored_at timestamptz, branch_name text, changes_count int)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    frontier bigint[];
    number bigint;
    next_commit pggit.commits;
begin
    perform pggit.settle();
    select array_agg(c.commit_number) into frontier
    from pggit.commits as c
    where c.commit_id = pggit.resolve_revision(coalesce(branch, 'HEAD'));
    while cardinality(frontier) > 0 and max_count > 0 loop
        select max(f) into number from unnest(frontier) as f;
        select c.* into next_commit from pggit.commits as c where c.commit_number = number;
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
            select p.commit_number from pggit.commits as p where p.commit_id = any (next_commit.parent_ids)
            union
            select p.commit_number from pggit.grafts as g join pggit.commits as p on p.commit_id = g.parent_id where g.commit_id = next_commit.commit_id
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
        from pggit.commits as c
        left join pggit.commit_changes as g on g.commit_number = c.commit_number
        left join pggit.blobs as o on o.definition_id = g.old_definition_id
        left join pggit.blobs as n on n.definition_id = g.new_definition_id
        left join pggit.statements as s on s.statement_id = g.statement_id
        where c.commit_id = pggit.resolve_revision(revision)
        order by g.sequence;
end
$$;
comment on function pggit.show(text) is 'A commit with its changes, in order';

-- The first-parent chain carries a tree: every commit's changes are against its first parent.
create or replace function pggit.ancestry(in_commit_id text)
returns table (commit_id text, commit_number bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with recursive chain as (
        select c.commit_id, c.commit_number, case when g.commit_id is null then c.parent_ids[1] else g.parent_id end as parent
        from pggit.commits as c
        left join pggit.grafts as g using (commit_id)
        where c.commit_id = in_commit_id
        union all
        select p.commit_id, p.commit_number, case when g.commit_id is null then p.parent_ids[1] else g.parent_id end
        from chain
        join pggit.commits as p on p.commit_id = chain.parent
        left join pggit.grafts as g on g.commit_id = p.commit_id
    )
    select chain.commit_id, chain.commit_number
    from chain
$$;
comment on function pggit.ancestry(text) is 'A commit and its first parents, back to the beginning';

create or replace function pggit.unreached(in_without_branch text default null)
returns setof bigint
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with recursive reached as (
        select b.commit_id from pggit.branches as b where b.commit_id is not null and b.branch_name is distinct from in_without_branch
        union
        select t.commit_id from pggit.tags as t
        union
        select p.id
        from reached as r
        join pggit.commits as c on c.commit_id = r.commit_id
        left join pggit.grafts as f on f.commit_id = c.commit_id
        cross join lateral unnest(c.parent_ids || f.parent_id) as p (id)
    )
    select c.commit_number
    from pggit.commits as c
    where not exists (select from reached as r where r.commit_id = c.commit_id)
$$;
comment on function pggit.unreached(text) is 'The numbers of the commits that no tag and no branch leads to, but perhaps the branch that is named';

create or replace function pggit.replay(in_commit_id text)
returns table (object_type text, object_identity text, object_key text, "position" int, definition_id text, commit_number bigint, dependencies text[])
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with chain as materialized (
        select a.commit_number from pggit.ancestry(in_commit_id) as a
    ),
    steps as (
        select g.commit_number, g.object_type, g.object_identity, g.object_key, g.position, g.new_definition_id, g.dependencies, true as arrives
        from chain
        join pggit.commit_changes as g using (commit_number)
        union all
        select g.commit_number, g.object_type, g.previous_identity, g.object_key, g.position, null, null, false
        from chain
        join pggit.commit_changes as g using (commit_number)
        where g.operation = 'rename'
    ),
    last_steps as (
        select distinct on (s.object_identity, s.object_type) s.*
        from steps as s
        order by s.object_identity, s.object_type, s.commit_number desc, s.arrives desc
    )
    select l.object_type, l.object_identity, l.object_key, l.position, l.new_definition_id, l.commit_number, l.dependencies
    from last_steps as l
    where l.new_definition_id is not null
$$;
comment on function pggit.replay(text) is 'The tree of a commit, made from the changes that led to it';

create or replace function pggit.tree_at(in_commit_id text)
returns table (object_type text, object_identity text, object_key text, "position" int, definition_id text, dependencies text[])
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if in_commit_id = pggit.resolve_name('HEAD', 'HEAD') then
        return query
            select e.object_type, e.object_identity, e.object_key, e.position, e.definition_id, e.dependencies
            from pggit.elements as e;
    else
        return query
            select t.object_type, t.object_identity, t.object_key, t.position, t.definition_id, t.dependencies
            from pggit.replay(in_commit_id) as t;
    end if;
end
$$;
comment on function pggit.tree_at(text) is 'The tree of a commit: every element with its definition''s id';

-- The working schema as a tree: the index, put right by its drift.
create or replace function pggit.working_tree()
returns table (object_type text, object_identity text, object_key text, definition_id text, definition jsonb, classid oid, objid oid, objsubid int)
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
    with found as materialized (
        select * from pggit.drift()
    )
    select i.object_type, i.object_identity, i.object_key, i.definition_id,
           coalesce(b.definition, (select s.definition from pggit.staged_changes as s where s.definition_id = i.definition_id limit 1)),
           i.classid, i.objid, i.objsubid
    from pggit.index_state() as i
    left join pggit.blobs as b on b.definition_id = i.definition_id
    where not exists (
        select from found as d
        where d.object_type = i.object_type
          and (d.object_identity = i.object_identity or d.previous_identity = i.object_identity)
    )
    union all
    select d.object_type, d.object_identity, d.object_key, d.new_definition_id, d.new_definition, d.classid, d.objid, d.objsubid
    from found as d
    where d.operation <> 'drop'
$$;
comment on function pggit.working_tree() is 'The working schema: every tracked element with its definition';

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
    from_id := pggit.resolve_revision(coalesce(from_revision, 'HEAD'));
    to_id := case when to_revision is not null then pggit.resolve_revision(to_revision) end;
    return query
        with before as materialized (
            select t.* from pggit.tree_at(from_id) as t
        ),
        after as materialized (
            select t.object_type, t.object_identity, t.object_key, t.definition_id, null::jsonb as definition, null::oid as classid, null::oid as objid, null::int as objsubid
            from pggit.tree_at(to_id) as t
            where to_id is not null
            union all
            select w.object_type, w.object_identity, w.object_key, w.definition_id, w.definition, w.classid, w.objid, w.objsubid
            from pggit.working_tree() as w
            where to_id is null
        ),
        differences as materialized (
            select coalesce(a.object_type, b.object_type) as object_type,
                   coalesce(a.object_identity, b.object_identity) as object_identity,
                   coalesce(a.object_key, b.object_key) as object_key,
                   b.definition_id as old_id, a.definition_id as new_id, a.definition,
                   a.classid, a.objid, a.objsubid
            from before as b
            full join after as a on a.object_type = b.object_type and a.object_identity = b.object_identity
            where a.definition_id is distinct from b.definition_id
        ),
        -- what was one element under two names, by the history or by its address
        renames as materialized (
            select g.object_type, g.previous_identity as old_identity, g.object_identity as new_identity
            from pggit.ancestry(coalesce(to_id, from_id)) as h
            join pggit.commit_changes as g on g.commit_number = h.commit_number and g.operation = 'rename'
            where h.commit_number > (select c.commit_number from pggit.commits as c where c.commit_id = from_id)
            union
            select e.object_type, e.object_identity, d.object_identity
            from differences as d
            join pggit.elements as e on e.classid = d.classid and e.objid = d.objid and e.objsubid = d.objsubid and e.object_type = d.object_type
            where e.object_identity <> d.object_identity
              and d.old_id is null
        ),
        paired as (
            select n.object_type, n.object_identity as new_identity, o.object_identity as old_identity, o.old_id
            from differences as n
            join renames as r on r.object_type = n.object_type and r.new_identity = n.object_identity
            join differences as o on o.object_type = r.object_type and o.object_identity = r.old_identity and o.new_id is null
            where n.old_id is null
        )
        select case
                   when p.new_identity is not null then 'rename'
                   when d.old_id is null then 'create'
                   when d.new_id is null then 'drop'
                   else 'alter'
               end,
               d.object_type, d.object_identity, p.old_identity, o.definition, coalesce(n.definition, d.definition)
        from differences as d
        left join paired as p on p.object_type = d.object_type and p.new_identity = d.object_identity and d.old_id is null
        left join pggit.blobs as o on o.definition_id = coalesce(d.old_id, p.old_id)
        left join pggit.blobs as n on n.definition_id = d.new_id
        where not exists (
            select from paired as x
            where x.object_type = d.object_type
              and x.old_identity = d.object_identity
              and d.new_id is null
        )
        order by d.object_key collate "C", d.object_type collate "C", d.object_identity collate "C";
end
$$;
comment on function pggit.diff(text, text) is 'What leads from one revision (HEAD by default) to another (the working schema by default)';

-- An object by its identity, with or without its type.
create or replace function pggit.resolve_object(in_object text)
returns table (object_type text, object_identity text, object_key text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select e.object_type, e.object_identity, e.object_key
        from pggit.elements as e
        where e.object_identity = in_object
           or (position(' ' in in_object) > 0
               and e.object_identity = any (array(select substring(in_object from length(t.name) + 2) from unnest(pggit.element_types()) as t (name) where in_object like t.name || ' %'))
               and e.object_type || ' ' || e.object_identity = in_object)
        order by e.object_type;
    if not found then
        return query
            select g.object_type, g.object_identity, g.object_key
            from pggit.commit_changes as g
            where (g.object_identity = in_object or g.object_type || ' ' || g.object_identity = in_object)
            order by g.commit_number desc
            limit 1;
    end if;
    if not found then
        raise exception 'there is no object "%" in the history', in_object
            using errcode = 'undefined_object',
                  hint = 'Name it as pg_identify_object does, with its schema: public.users, public.users.email, public.f(integer), or with its type: table public.users.';
    end if;
end
$$;
comment on function pggit.resolve_object(text) is 'The elements that a name may mean; an error when the history knows none';

create or replace function pggit.history(object text)
returns table (
    commit_id text, authored_at timestamptz, author text, operation text, object_type text, object_identity text, previous_identity text,
    message text, old_definition jsonb, new_definition jsonb)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query
        with recursive meant as (
            select r.object_type, r.object_identity, r.object_key,
                   r.object_key = r.object_type || ' ' || r.object_identity as whole
            from pggit.resolve_object(object) as r
        ),
        names as (
            -- the object under every name that it has had
            select m.object_type, m.object_identity, m.object_key, m.whole, null::bigint as until_number
            from meant as m
            union
            select g.object_type, g.previous_identity, split_part(n.object_key, ' ', 1) || ' ' || g.previous_identity, n.whole, g.commit_number
            from names as n
            join pggit.commit_changes as g on g.operation = 'rename' and g.object_type = n.object_type and g.object_identity = n.object_identity
                                          and (n.until_number is null or g.commit_number < n.until_number)
        )
        select distinct on (g.commit_number, g.sequence)
               c.commit_id, c.authored_at, c.author, g.operation, g.object_type, g.object_identity, g.previous_identity, c.message, o.definition, w.definition
        from names as n
        join pggit.commit_changes as g on (n.until_number is null or g.commit_number < n.until_number)
                                      and case when n.whole then g.object_key = n.object_type || ' ' || n.object_identity
                                               else g.object_type = n.object_type and g.object_identity = n.object_identity end
        join pggit.commits as c on c.commit_number = g.commit_number
        left join pggit.blobs as o on o.definition_id = g.old_definition_id
        left join pggit.blobs as w on w.definition_id = g.new_definition_id
        order by g.commit_number desc, g.sequence;
end
$$;
comment on function pggit.history(text) is 'Every change to an object and its elements, newest first, also under the names that it had before';

create or replace function pggit.blame(object text)
returns table (object_type text, object_identity text, commit_id text, author text, authored_at timestamptz, message text, statement text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query
        select e.object_type, e.object_identity, c.commit_id, c.author, c.authored_at, c.message,
               (select s.statement
                from pggit.commit_changes as g
                join pggit.statements as s on s.statement_id = g.statement_id
                where g.commit_number = e.commit_number
                  and g.object_type = e.object_type
                  and g.object_identity = e.object_identity
                limit 1)
        from pggit.resolve_object(object) as r
        join pggit.elements as e on case when r.object_key = r.object_type || ' ' || r.object_identity then e.object_key = r.object_key
                                         else e.object_type = r.object_type and e.object_identity = r.object_identity end
        left join pggit.commits as c on c.commit_number = e.commit_number
        order by e.position nulls first, e.object_type, e.object_identity;
end
$$;
comment on function pggit.blame(text) is 'For each element of an object the commit that made it what it is';

create or replace function pggit.object_definition(object text, revision text default null)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    target_id text;
    result jsonb;
begin
    perform pggit.settle();
    target_id := pggit.resolve_revision(coalesce(revision, 'HEAD'));
    with tree as materialized (
        select t.* from pggit.tree_at(target_id) as t
    ),
    meant as (
        select t.*
        from tree as t
        where t.object_identity = object
           or t.object_type || ' ' || t.object_identity = object
        order by t.object_key <> t.object_type || ' ' || t.object_identity, t.object_type
        limit 1
    )
    select jsonb_build_object('object_type', m.object_type, 'object_identity', m.object_identity, 'definition', b.definition)
           || coalesce((
               select jsonb_build_object('elements', jsonb_agg(
                          jsonb_build_object('object_type', t.object_type, 'object_identity', t.object_identity, 'definition', d.definition)
                          order by t.position nulls last, t.object_type, t.object_identity))
               from tree as t
               join pggit.blobs as d on d.definition_id = t.definition_id
               where t.object_key = m.object_type || ' ' || m.object_identity
                 and (t.object_type, t.object_identity) <> (m.object_type, m.object_identity)
               having count(*) > 0
           ), '{}')
    into result
    from meant as m
    join pggit.blobs as b on b.definition_id = m.definition_id;
    if result is null then
        raise exception 'there is no object "%" at %', object, coalesce(revision, 'HEAD')
            using errcode = 'undefined_object',
                  hint = 'pggit.history() shows when an object came and went. Name it with its schema: public.users, public.f(integer).';
    end if;
    return result;
end
$$;
comment on function pggit.object_definition(text, text) is 'The definition of an object with its elements, at any revision';
