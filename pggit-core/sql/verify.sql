-- Consistency: every hash recomputed, every chain walked, what can be derived compared with what it is derived from.

-- The root of a tree, computed from nothing but its elements.
create or replace function pggit.tree_root_of(in_commit_id text)
returns text
language sql
stable
security definer
cost 100000
set search_path = pg_catalog, pg_temp
as $$
    with objects as (
        select pggit.bucket_of(t.object_key) as bucket,
               t.object_key,
               sha256(convert_to(
                   string_agg(
                       pggit.escape_field(t.object_type) || E'\t' || pggit.escape_field(t.object_identity) || E'\t' || t.definition_id || E'\n',
                       '' order by t.object_type collate "C", convert_to(t.object_identity, 'UTF8')),
                   'UTF8')) as object_hash
        from pggit.replay(in_commit_id) as t
        group by t.object_key
    ),
    buckets as (
        select o.bucket,
               sha256(convert_to(
                   string_agg(pggit.escape_field(o.object_key) || E'\t' || encode(o.object_hash, 'hex') || E'\n', '' order by convert_to(o.object_key, 'UTF8')),
                   'UTF8')) as bucket_hash
        from objects as o
        group by o.bucket
    )
    select pggit.sha256_hex(coalesce(
        string_agg(to_hex(b.bucket / 16) || to_hex(b.bucket % 16) || E'\t' || encode(b.bucket_hash, 'hex') || E'\n', '' order by b.bucket),
        ''))
    from buckets as b
$$;
comment on function pggit.tree_root_of(text) is 'The Merkle root of a commit''s tree, recomputed from the changes that led to it';

-- What is wrong with the history itself, one row for each thing.
create or replace function pggit.history_faults()
returns table (check_name text, fault text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select 'blobs', format('blob %s does not hold what it is named after', b.definition_id)
    from pggit.blobs as b
    where pggit.sha256_hex(b.definition::text) <> b.definition_id
    union all
    select 'blobs', format('blob %s belongs to no change', b.definition_id)
    from pggit.blobs as b
    where not exists (select from pggit.commit_changes as g where g.new_definition_id = b.definition_id)
      and not exists (select from pggit.commit_changes as g where g.old_definition_id = b.definition_id)
      and not exists (select from pggit.elements as e where e.definition_id = b.definition_id)
    union all
    select 'blobs', format('blob %s is missing: %s %s in commit %s', i.definition_id, g.object_type, g.object_identity, coalesce(c.commit_id, 'number ' || g.commit_number))
    from pggit.commit_changes as g
    left join pggit.commit_records as c using (commit_number)
    cross join lateral (values (g.new_definition_id), (g.old_definition_id)) as i (definition_id)
    where i.definition_id is not null
      and not exists (select from pggit.blobs as b where b.definition_id = i.definition_id)
    union all
    select 'changes', format('the changes of commit %s are not those that it was made with', c.commit_id)
    from pggit.commit_records as c
    left join (
        select g.commit_number,
               count(*) as changes_count,
               max(g.sequence) as last_sequence,
               min(g.sequence) as first_sequence,
               bool_or(g.previous_identity = '') as has_empty,
               pggit.sha256_hex(string_agg(pggit.change_line(g.operation, g.object_type, g.object_identity, g.previous_identity, g.old_definition_id, g.new_definition_id), '' order by g.sequence)) as changes_id
        from pggit.commit_changes as g
        group by g.commit_number
    ) as g using (commit_number)
    left join pggit.grafts as f using (commit_id)
    where coalesce(f.changes_id, c.changes_id) <> coalesce(g.changes_id, pggit.sha256_hex(''))
       or coalesce(f.changes_count, c.changes_count) <> coalesce(g.changes_count, 0)
       -- they are numbered from 1 on
       or (g.first_sequence, g.last_sequence) <> (1, g.changes_count)
       -- nothing and an empty name hash alike, and no name is empty
       or g.has_empty
    union all
    select 'changes', format('the places, dependencies or statements of commit %s, or where and when it was made, are not those that it was made with', c.commit_id)
    from pggit.commit_records as c
    left join pggit.notes_of_all() as n using (commit_number)
    left join pggit.grafts as f using (commit_id)
    where coalesce(f.notes_id, c.notes_id) is distinct from n.notes_id
    union all
    select 'changes', format('a change of %s %s belongs to no commit (number %s)', g.object_type, g.object_identity, g.commit_number)
    from pggit.commit_changes as g
    where not exists (select from pggit.commit_records as c where c.commit_number = g.commit_number)
    union all
    select 'changes', format('statement %s belongs to no commit (number %s)', s.statement_id, s.commit_number)
    from pggit.statement_records as s
    where s.commit_number is not null
      and not exists (select from pggit.commit_records as c where c.commit_number = s.commit_number)
    union all
    select case s.sealed
               when 'statement' then 'changes'
               when 'graft' then 'chain'
               when 'archived commit' then 'archive'
               when 'function signature' then 'functions'
               when 'function version' then 'functions'
               else 'references'
           end, s.fault
    from pggit.broken_seals() as s
    union all
    select 'functions', format('the definition of the function version "%s %s" is of no commit', u.signature, u.version)
    from pggit.unfounded_versions() as u
    union all
    select 'commits', format('commit %s does not say what it is named after', c.commit_id)
    from pggit.commit_records as c
    where pggit.commit_hash(c.parent_ids, c.tree_id, c.kind, c.message, c.author, c.authored_at, c.changes_id, c.notes_id) <> c.commit_id
       or array_lower(c.parent_ids, 1) <> 1
    union all
    select 'chain', format('commit %s names the parent %s, which is missing', c.commit_id, p.id)
    from pggit.commit_records as c
    cross join lateral unnest(c.parent_ids) as p (id)
    where not exists (select from pggit.commit_records as k where k.commit_id = p.id)
      and not exists (select from pggit.grafts as f where f.commit_id = c.commit_id)
    union all
    select 'chain', format('commit %s names the parent %s, which is not before it', c.commit_id, k.commit_id)
    from pggit.commit_records as c
    cross join lateral unnest(c.parent_ids) as p (id)
    join pggit.commit_records as k on k.commit_id = p.id
    where k.commit_number >= c.commit_number
    union all
    select 'chain', format('commit %s is a graft on %s, which is not before it', f.commit_id, f.parent_id)
    from pggit.grafts as f
    join pggit.commit_records as c using (commit_id)
    join pggit.commit_records as k on k.commit_id = f.parent_id
    where k.commit_number >= c.commit_number
    union all
    select 'chain', format('commit %s has no parent and is not the first', c.commit_id)
    from pggit.commit_records as c
    where c.parent_ids = '{}'
      and c.kind not in ('initial', 'import')
      and exists (select from pggit.commit_records as k where k.parent_ids = '{}' and k.commit_number < c.commit_number)
    union all
    select 'chain', format('commit %s is reached from no branch and no tag', c.commit_id)
    from pggit.commit_records as c
    where c.commit_number in (select u from pggit.unreached() as u)
    union all
    select 'chain', format('commit %s is a graft, but none of its parents was purged', f.commit_id)
    from pggit.grafts as f
    join pggit.commit_records as c using (commit_id)
    where not exists (
        select from unnest(c.parent_ids) as p (id) where not exists (select from pggit.commit_records as k where k.commit_id = p.id))
    union all
    select 'chain', format('the graft %s is of no commit', f.commit_id)
    from pggit.grafts as f
    where not exists (select from pggit.commit_records as c where c.commit_id = f.commit_id)
    union all
    select 'chain', format('commit %s is a graft on %s, which is missing', f.commit_id, f.parent_id)
    from pggit.grafts as f
    where f.parent_id is not null
      and not exists (select from pggit.commit_records as k where k.commit_id = f.parent_id)
    union all
    select 'references', format('%s "%s" names the commit %s, which is missing', n.what, n.name, n.commit_id)
    from (
        select 'branch' as what, b.branch_name as name, b.commit_id from pggit.branch_records as b
        union all
        select 'tag', t.tag_name, t.commit_id from pggit.tags as t
    ) as n
    where n.commit_id is not null
      and not exists (select from pggit.commit_records as c where c.commit_id = n.commit_id)
    union all
    select 'trees', format('the changes up to commit %s do not lead to its tree', c.commit_id)
    from (
        select b.commit_id from pggit.branch_records as b
        union
        select t.commit_id from pggit.tags as t
        union
        select f.commit_id from pggit.grafts as f
        offset 0 -- a fence: the trees of these commits are computed, not of all
    ) as n
    join pggit.commit_records as c using (commit_id)
    cross join lateral (select pggit.tree_root_of(n.commit_id) as tree_id) as t
    where t.tree_id <> c.tree_id
    union all
    select 'archive', format('archived commit %s does not say what it is named after', a.commit_id)
    from pggit.archived_commits as a
    where pggit.commit_hash(a.parent_ids, a.tree_id, a.kind, a.message, a.author, a.authored_at, a.changes_id, a.notes_id) <> a.commit_id
       or array_lower(a.parent_ids, 1) <> 1
    union all
    select 'archive', format('the changes of archived commit %s are not those that it was made with', coalesce(a.commit_id, o.commit_id))
    from pggit.archived_commits as a
    full join (
        select o.commit_id,
               pggit.sha256_hex(string_agg(
                   pggit.change_line(o.operation, o.object_type, o.object_identity, o.previous_identity, pggit.sha256_hex(o.old_definition::text), pggit.sha256_hex(o.new_definition::text)),
                   '' order by o.sequence)) as changes_id
        from pggit.archived_objects as o
        group by o.commit_id
    ) as o using (commit_id)
    where coalesce(a.graft_changes_id, a.changes_id) is distinct from coalesce(o.changes_id, pggit.sha256_hex(''))
    union all
    select 'archive', format('the rows of archived commit %s are not those that were put there', a.commit_id)
    from pggit.archived_commits as a
    where a.archive_id <> pggit.archive_id(a.commit_id, a.commit_number, a.branch_name)
$$;
comment on function pggit.history_faults() is 'What is wrong with the history: rows that were changed, removed or inserted';

-- What is derived from the history: the index and HEAD's Merkle tree.
create or replace function pggit.derived_faults()
returns table (check_name text, fault text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select 'index', format('%s %s is %s', coalesce(e.object_type, t.object_type), coalesce(e.object_identity, t.object_identity),
                           case when e.object_type is null then 'missing' when t.object_type is null then 'not in HEAD''s tree' else 'not as HEAD''s tree has it' end)
    from pggit.elements as e
    full join pggit.replay(pggit.resolve_name('HEAD', 'HEAD')) as t on t.object_type = e.object_type and t.object_identity = e.object_identity
    where (e.definition_id, e.object_key, e.position, e.dependencies, e.commit_number) is distinct from (t.definition_id, t.object_key, t.position, t.dependencies, t.commit_number)
    union all
    select 'tree', format('the hash of %s is not that of its elements', coalesce(t.object_key, o.object_key))
    from pggit.tree_objects as t
    full join (
        select pggit.bucket_of(e.object_key) as bucket,
               e.object_key,
               sha256(convert_to(
                   string_agg(
                       pggit.escape_field(e.object_type) || E'\t' || pggit.escape_field(e.object_identity) || E'\t' || e.definition_id || E'\n',
                       '' order by e.object_type collate "C", convert_to(e.object_identity, 'UTF8')),
                   'UTF8')) as object_hash
        from pggit.elements as e
        group by e.object_key
    ) as o on o.bucket = t.bucket and o.object_key = t.object_key
    where t.object_hash is distinct from o.object_hash
    union all
    select 'tree', format('the hash of bucket %s is not that of its objects', coalesce(b.bucket, o.bucket))
    from pggit.tree_buckets as b
    full join (
        select t.bucket,
               sha256(convert_to(
                   string_agg(pggit.escape_field(t.object_key) || E'\t' || encode(t.object_hash, 'hex') || E'\n', '' order by convert_to(t.object_key, 'UTF8')),
                   'UTF8')) as bucket_hash
        from pggit.tree_objects as t
        group by t.bucket
    ) as o on o.bucket = b.bucket
    where b.bucket_hash is distinct from o.bucket_hash
$$;
comment on function pggit.derived_faults() is 'Where the index and the Merkle tree of HEAD differ from the history that they are derived from';

-- Where elements are, by the index and by the catalogs. What is staged may be elsewhere already.
create or replace function pggit.address_faults()
returns table (check_name text, fault text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    faults text[];
    attempts int := 0;
begin
    loop
        begin
            faults := array(
                select format('%s %s is elsewhere in the catalogs', e.object_type, e.object_identity)
                from pggit.read_all() as c
                join pggit.elements as e using (object_type, object_identity)
                where (c.classid, c.objid, c.objsubid, c.root_classid, c.root_objid, c.schema_name)
                      is distinct from (e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid, e.schema_name)
                  and not exists (select from pggit.staged_changes as s where s.object_key = e.object_key)
                  -- what is not followed any more stays as it was
                  and pggit.root_decision(c.root_classid, c.root_objid, 'CREATE ' || upper(c.object_type collate "C"), (select r.rules from pggit.repository as r)) is distinct from false);
            exit;
        exception
            when internal_error or undefined_table or undefined_object or undefined_function or undefined_column then
                attempts := attempts + 1;
                perform pggit.wait_for_steady_catalogs(attempts, sqlerrm);
            when statement_too_complex then
                perform pggit.refuse_unprintable(sqlerrm);
            when lock_not_available then
                perform pggit.refuse_locked();
        end;
    end loop;
    return query select 'index', f from unnest(faults) as f;
end
$$;
comment on function pggit.address_faults() is 'Where the index has an element at another address, or in another schema, than the catalogs';

-- Makes the index and HEAD's Merkle tree anew from the history. Addresses in the catalogs are looked up by name.
create or replace function pggit.rebuild_index()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    create temporary table pggit_replayed on commit drop as
    select t.*, r.schema_name, r.classid, r.objid, r.objsubid, r.root_classid, r.root_objid
    from pggit.replay(pggit.resolve_name('HEAD', 'HEAD')) as t
    left join pggit.read_all() as r on r.object_type = t.object_type and r.object_identity = t.object_identity;
    delete from pggit.elements as e
    where not exists (
        select from pg_temp.pggit_replayed as t
        where t.object_type = e.object_type
          and t.object_identity = e.object_identity
          and t.definition_id = e.definition_id
          and t.object_key = e.object_key
          and (t.position, t.dependencies, t.commit_number) is not distinct from (e.position, e.dependencies, e.commit_number)
          and (t.classid is null
               or (t.classid, t.objid, t.objsubid, t.root_classid, t.root_objid, t.schema_name)
                  is not distinct from (e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid, e.schema_name)));
    insert into pggit.elements (
        object_type, object_identity, schema_name, object_key, classid, objid, objsubid, root_classid, root_objid, position,
        definition_id, dependencies, commit_number)
    select t.object_type, t.object_identity, t.schema_name, t.object_key, coalesce(t.classid, 0), coalesce(t.objid, 0), coalesce(t.objsubid, 0),
           coalesce(t.root_classid, 0), coalesce(t.root_objid, 0), t.position, t.definition_id, t.dependencies, t.commit_number
    from pg_temp.pggit_replayed as t
    on conflict do nothing;
    drop table pg_temp.pggit_replayed;
    delete from pggit.tree_objects;
    delete from pggit.tree_buckets;
    perform pggit.update_tree(array_agg(distinct e.object_key))
    from pggit.elements as e;
end
$$;
comment on function pggit.rebuild_index() is 'Makes the index and HEAD''s Merkle tree anew from the history';

create or replace function pggit.verify_consistency(fix_issues boolean default false, verbose boolean default false)
returns table (check_name text, status text, details text, fixed boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '10s'
as $$
declare
    can_fix boolean;
begin
    perform pggit.settle();
    if fix_issues then
        perform pggit.hold_head();
    end if;
    can_fix := fix_issues and not exists (select from pggit.history_faults());
    return query
        with faults as materialized (
            select f.check_name, f.fault || '. Restore it from a backup: it cannot be derived.' as details, 'error' as status, false as fixed from pggit.history_faults() as f
            union all
            select f.check_name, f.fault, 'error', can_fix from pggit.derived_faults() as f
            union all
            select f.check_name, f.fault, 'error', can_fix from pggit.address_faults() as f
            union all
            select 'catalogs', format('%s %s: %s. commit() records it.', d.object_type, d.object_identity, d.operation), 'warning', false from pggit.drift() as d
        ),
        ranked as (
            select f.*, row_number() over (partition by f.check_name order by f.details) as place, count(*) over (partition by f.check_name) as total
            from faults as f
        ),
        checks as (
            select *
            from (values
                (1, 'blobs', 'every definition hashes to its id'),
                (2, 'changes', 'the changes and statements of every commit are those that it was made with'),
                (3, 'commits', 'every commit hashes to its id'),
                (4, 'chain', 'every parent is there, every commit is reached'),
                (5, 'references', 'every branch and tag names a commit, as it was made'),
                (6, 'trees', 'the changes lead to the trees of all branches and tags'),
                (7, 'archive', 'what was purged is in the archive as it was made'),
                (8, 'functions', 'every version of a function is as it was made'),
                (9, 'index', 'the index is HEAD''s tree, and finds it in the catalogs'),
                (10, 'tree', 'the Merkle tree is that of the index'),
                (11, 'catalogs', 'the working schema is what the index says')
            ) as c (number, name, meaning)
        )
        select c.name, coalesce(r.status, 'ok'),
               coalesce(r.details || case when not verify_consistency.verbose and r.place = 20 and r.total > 20 then format(' And %s more: verbose => true names them.', r.total - 20) else '' end, c.meaning),
               coalesce(r.fixed, false)
        from checks as c
        left join ranked as r on r.check_name = c.name and (verify_consistency.verbose or r.place <= 20)
        order by c.number, r.place;
    if can_fix and (exists (select from pggit.derived_faults()) or exists (select from pggit.address_faults())) then
        perform pggit.rebuild_index();
        insert into pggit.system_events (event_type) values ('index_rebuilt');
    end if;
end
$$;
comment on function pggit.verify_consistency(boolean, boolean) is 'Recomputes every hash and walks every chain; with fix_issues it repairs what can be derived from the history: the index and HEAD''s Merkle tree';
