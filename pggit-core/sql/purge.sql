-- Purging the history. A commit that stays and whose parent goes becomes a graft: its changes then lead to its tree from the nearest
-- commit before it that stays, or from nothing. Ids stay as they are, and so does every tree.

create or replace function pggit.kept_commits(in_older_than interval, in_keep_milestones boolean)
returns setof text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select c.commit_id
    from pggit.commit_records as c
    where c.authored_at >= now() - in_older_than
    union
    select b.commit_id from pggit.branch_records as b where b.commit_id is not null
    union
    select t.commit_id from pggit.tags as t where in_keep_milestones
    union
    -- the commit of an open transaction may yet be amended, or taken back to its parent
    select p.id
    from pggit.commit_records as c
    cross join lateral unnest(c.parent_ids) as p (id)
    where c.transaction_id = pg_current_xact_id()
    union
    -- the points where branches part
    select p.id
    from pggit.commit_records as c
    left join pggit.grafts as f on f.commit_id = c.commit_id
    cross join lateral unnest(c.parent_ids || f.parent_id) as p (id)
    join pggit.commit_records as k on k.commit_id = p.id
    where in_keep_milestones
    group by p.id
    having count(distinct c.commit_id) > 1
$$;
comment on function pggit.kept_commits(interval, boolean) is 'The commits that a purge leaves';

-- The nearest commit before one that stays, along first parents.
create or replace function pggit.kept_ancestor(in_commit_id text, in_kept text[])
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select a.commit_id
    from pggit.ancestry(in_commit_id) as a
    where a.commit_id <> in_commit_id
      and a.commit_id = any (in_kept)
    order by a.commit_number desc
    limit 1
$$;
comment on function pggit.kept_ancestor(text, text[]) is 'The nearest commit before one that a purge leaves';

create or replace function pggit.graft(in_commit_id text, in_parent_id text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    number constant bigint := (select c.commit_number from pggit.commit_records as c where c.commit_id = in_commit_id);
    parent_number constant bigint := coalesce((select c.commit_number from pggit.commit_records as c where c.commit_id = in_parent_id), 0);
    skipped constant bigint[] := array(
        select a.commit_number from pggit.ancestry(in_commit_id) as a where a.commit_number > parent_number and a.commit_number < number);
    sealed_as constant text := (select pggit.graft_seal(f) from pggit.grafts as f where f.commit_id = in_commit_id);
    net jsonb;
begin
    select jsonb_agg(jsonb_build_object(
               'operation', case when o.definition_id is null then 'create' when n.definition_id is null then 'drop' else 'alter' end,
               'object_type', coalesce(n.object_type, o.object_type),
               'object_identity', coalesce(n.object_identity, o.object_identity),
               'object_key', coalesce(n.object_key, o.object_key),
               'old_definition_id', o.definition_id,
               'new_definition_id', n.definition_id,
               'position', n.position,
               'dependencies', n.dependencies,
               'statement_id', g.statement_id)
           order by g.sequence nulls first, n.commit_number, coalesce(n.object_key, o.object_key), n.position nulls first, coalesce(n.object_identity, o.object_identity))
    into net
    from pggit.replay(in_commit_id) as n
    full join pggit.replay(in_parent_id) as o on o.object_type = n.object_type and o.object_identity = n.object_identity
    left join (
        -- a name may be lost and taken in one commit
        select distinct on (c.object_type, c.object_identity) c.*
        from pggit.commit_changes as c
        where c.commit_number = number
        order by c.object_type, c.object_identity, c.new_definition_id is null
    ) as g
        on g.object_type = coalesce(n.object_type, o.object_type)
       and g.object_identity = coalesce(n.object_identity, o.object_identity)
    where (n.definition_id, n.object_key, n.position, n.dependencies) is distinct from (o.definition_id, o.object_key, o.position, o.dependencies);
    delete from pggit.commit_changes as g where g.commit_number = number;
    insert into pggit.commit_changes (
        commit_number, sequence, operation, object_type, object_identity, object_key, old_definition_id, new_definition_id, position, dependencies, statement_id)
    select number, g.sequence, g.operation, g.object_type, g.object_identity, g.object_key, g.old_definition_id, g.new_definition_id, g.position, g.dependencies, g.statement_id
    from rows from (jsonb_to_recordset(coalesce(net, '[]')) as (
        operation text, object_type text, object_identity text, object_key text, old_definition_id text, new_definition_id text, position int, dependencies text[], statement_id bigint))
        with ordinality as g (operation, object_type, object_identity, object_key, old_definition_id, new_definition_id, position, dependencies, statement_id, sequence);
    if in_commit_id in (select a.commit_id from pggit.ancestry(pggit.resolve_name('HEAD', 'HEAD')) as a) then
        perform pggit.move_versions(array(select c.commit_id from pggit.commit_records as c where c.commit_number = any (skipped)), in_commit_id);
        update pggit.changeset_records as v set commit_id = in_commit_id where v.commit_id in (select c.commit_id from pggit.commit_records as c where c.commit_number = any (skipped));
    end if;
    insert into pggit.grafts (commit_id, parent_id, changes_id, changes_count, notes_id)
    select in_commit_id, in_parent_id,
           pggit.sha256_hex(coalesce(string_agg(pggit.change_line(g.operation, g.object_type, g.object_identity, null, g.old_definition_id, g.new_definition_id), '' order by g.sequence), '')),
           count(*),
           (select pggit.notes_id(c) from pggit.commit_records as c where c.commit_id = in_commit_id)
    from pggit.commit_changes as g
    where g.commit_number = number
    on conflict (commit_id) do update
    set parent_id = excluded.parent_id, changes_id = excluded.changes_id, changes_count = excluded.changes_count, notes_id = excluded.notes_id;
    if sealed_as is null then
        insert into pggit.seals (sealed, seal_id)
        select 'graft', pggit.graft_seal(f)
        from pggit.grafts as f
        where f.commit_id = in_commit_id;
    else
        perform pggit.reseal('graft', sealed_as, pggit.graft_seal(f)) from pggit.grafts as f where f.commit_id = in_commit_id;
    end if;
end
$$;
comment on function pggit.graft(text, text) is 'Makes the changes of a commit lead to its tree from an earlier commit, or from nothing';

create or replace function pggit.delete_unused_blobs()
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    -- as sets: the plan of one join after the other takes the square where much was deleted
    with unused as materialized (
        select b.definition_id from pggit.blobs as b
        except (
            select g.new_definition_id from pggit.commit_changes as g
            union all
            select g.old_definition_id from pggit.commit_changes as g
            union all
            select e.definition_id from pggit.elements as e
        )
    )
    delete from pggit.blobs as b
    using unused as u
    where b.definition_id = u.definition_id
$$;
comment on function pggit.delete_unused_blobs() is 'Deletes the definitions that no change and no element needs any more';

create or replace function pggit.delete_unused_statements(in_older_than interval)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    unused constant bigint[] := array(
        select s.statement_id
        from pggit.statement_records as s
        left join pggit.commit_records as c using (commit_number)
        where c.commit_id is null
          and s.executed_at < now() - in_older_than
        except
        select g.statement_id from pggit.commit_changes as g);
begin
    perform pggit.unseal('statement', array(
        select s.statement_id::text
        from pggit.statement_records as s
        where s.commit_number is null
          and s.statement_id = any (unused)));
    delete from pggit.statement_records as s where s.statement_id = any (unused);
    perform pggit.leave_statements(array(
        select distinct s.commit_number
        from pggit.statement_records as s
        left join pggit.commit_records as c using (commit_number)
        where c.commit_id is null));
end
$$;
comment on function pggit.delete_unused_statements(interval) is 'Deletes the statements before an age whose commits are gone and that no change needs any more; younger ones are left to the next commit';

create or replace function pggit.archive_commits(in_commit_ids text[])
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into pggit.archived_objects (commit_id, sequence, operation, object_type, object_identity, previous_identity, old_definition, new_definition, statement)
    select c.commit_id, g.sequence, g.operation, g.object_type, g.object_identity, g.previous_identity, o.definition, n.definition, s.statement
    from pggit.commit_records as c
    join pggit.commit_changes as g using (commit_number)
    left join pggit.blobs as o on o.definition_id = g.old_definition_id
    left join pggit.blobs as n on n.definition_id = g.new_definition_id
    left join pggit.statement_records as s on s.statement_id = g.statement_id
    where c.commit_id = any (in_commit_ids)
    on conflict do nothing;
    insert into pggit.archived_commits (
        commit_id, commit_number, parent_ids, tree_id, kind, message, author, authored_at, changes_id, notes_id, graft_changes_id, archive_id, branch_name)
    select c.commit_id, c.commit_number, c.parent_ids, c.tree_id, c.kind, c.message, c.author, c.authored_at, c.changes_id, c.notes_id, f.changes_id,
           pggit.archive_id(c.commit_id, c.commit_number, c.branch_name), c.branch_name
    from pggit.commit_records as c
    left join pggit.grafts as f using (commit_id)
    where c.commit_id = any (in_commit_ids)
    on conflict do nothing;
    select pggit.seal('archived commit', in_commit_ids)
$$;
comment on function pggit.archive_commits(text[]) is 'Copies commits with their changes to the archive';

create or replace function pggit.purge_history(
    older_than interval default '6 months', keep_milestones boolean default true, dry_run boolean default true, archive boolean default true)
returns table (action text, object_type text, count bigint, space_freed bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '10s'
as $$
declare
    kept text[];
    goes text[];
    kept_commit record;
    before record;
    verb constant text := case when dry_run then 'would ' else '' end || case when archive then 'archive' else 'delete' end;
    verb_delete constant text := case when dry_run then 'would ' else '' end || 'delete';
begin
    if older_than is null or older_than < interval '0' or not pggit.is_datable(older_than) then
        raise exception 'older_than cannot be %', coalesce(older_than::text, 'null')
            using errcode = 'invalid_parameter_value', hint = 'Give the age of what may go, as in ''6 months''.';
    end if;
    perform pggit.refuse_isolation('purge_history');
    perform pggit.hold_head();
    perform pggit.fold_pending();
    kept := array(select k from pggit.kept_commits(older_than, keep_milestones) as k);
    goes := array(select c.commit_id from pggit.commit_records as c where c.commit_id <> all (kept));
    -- What is measured is what the rows hold; the files shrink when VACUUM has seen them.
    begin
        if archive and not dry_run then
            perform pggit.archive_commits(goes);
        end if;
        return query
            select verb, 'commit', count(*), coalesce(sum(pg_column_size(c.*)), 0)::bigint from pggit.commit_records as c where c.commit_id = any (goes)
            union all
            select verb_delete, 'tag', count(*), coalesce(sum(pg_column_size(t.*)), 0)::bigint from pggit.tags as t where t.commit_id = any (goes);
        select (select count(*) from pggit.commit_changes) as changes, (select coalesce(sum(pg_column_size(g.*)), 0) from pggit.commit_changes as g) as changes_size,
               (select count(*) from pggit.blobs) as blobs, (select coalesce(sum(pg_column_size(b.*)), 0) from pggit.blobs as b) as blobs_size,
               (select count(*) from pggit.statement_records) as statements, (select coalesce(sum(pg_column_size(s.*)), 0) from pggit.statement_records as s) as statements_size
        into before;
        for kept_commit in
            select c.commit_id, pggit.kept_ancestor(c.commit_id, kept) as parent_id
            from pggit.commit_records as c
            left join pggit.grafts as f using (commit_id)
            where c.commit_id = any (kept)
              and case when f.commit_id is null then c.parent_ids[1] else f.parent_id end = any (goes)
            order by c.commit_number desc
        loop
            perform pggit.graft(kept_commit.commit_id, kept_commit.parent_id);
        end loop;
        -- A commit whose second parent goes keeps its changes and is a graft for the chain's sake.
        with made as (
            insert into pggit.grafts (commit_id, parent_id, changes_id, changes_count, notes_id)
            select c.commit_id, c.parent_ids[1], c.changes_id, c.changes_count, c.notes_id
            from pggit.commit_records as c
            where c.commit_id = any (kept)
              and c.parent_ids && goes
            on conflict (commit_id) do nothing
            returning grafts.*
        )
        insert into pggit.seals (sealed, seal_id)
        select 'graft', pggit.graft_seal(m)
        from made as m;
        -- what was changed and changed back is what a commit that stays has made it
        update pggit.elements as e
        set position = t.position, dependencies = t.dependencies, commit_number = t.commit_number
        from pggit.replay(pggit.resolve_name('HEAD', 'HEAD')) as t
        where (t.object_identity, t.object_type) = (e.object_identity, e.object_type)
          and (t.position, t.dependencies, t.commit_number) is distinct from (e.position, e.dependencies, e.commit_number);
        perform pggit.unseal('graft', goes);
        perform pggit.unseal('tag', array(select t.tag_name from pggit.tags as t where t.commit_id = any (goes)));
        delete from pggit.tags as t where t.commit_id = any (goes);
        delete from pggit.commit_changes as g
        using pggit.commit_records as c
        where c.commit_number = g.commit_number
          and c.commit_id = any (goes);
        delete from pggit.commit_records as c where c.commit_id = any (goes);
        perform pggit.delete_unused_blobs();
        perform pggit.delete_unused_statements(older_than);
        return query
            select verb, 'change', before.changes - (select count(*) from pggit.commit_changes), (before.changes_size - (select coalesce(sum(pg_column_size(g.*)), 0) from pggit.commit_changes as g))::bigint
            union all
            select verb, 'blob', before.blobs - (select count(*) from pggit.blobs), (before.blobs_size - (select coalesce(sum(pg_column_size(o.*)), 0) from pggit.blobs as o))::bigint
            union all
            select verb, 'statement', before.statements - (select count(*) from pggit.statement_records), (before.statements_size - (select coalesce(sum(pg_column_size(s.*)), 0) from pggit.statement_records as s))::bigint;
        if dry_run then
            raise exception using errcode = 'PG001';
        end if;
        insert into pggit.system_events (event_type, event_data)
        values ('history_purged', jsonb_build_object('older_than', older_than, 'keep_milestones', keep_milestones, 'archive', archive, 'commits', cardinality(goes)));
    exception
        -- A dry run does it all and undoes it: what it says is what would be.
        when sqlstate 'PG001' then
            null;
    end;
end
$$;
comment on function pggit.purge_history(interval, boolean, boolean, boolean) is 'Takes old commits out of the history, to the archive or for good; milestones (tags, branch points, heads) stay. space_freed is in bytes of rows, before compression of files';
