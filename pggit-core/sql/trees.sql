-- Trees: what every commit holds, replayed from the changes that lead to it.

-- The first-parent chain carries a tree: every commit's changes are against its first parent. A parent is always before its commit, so
-- that a walk ends at a row that somebody has changed: verify_consistency() names it.
create or replace function pggit.ancestry(in_commit_id text)
returns table (commit_id text, commit_number bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with recursive chain as (
        select c.commit_id, c.commit_number, case when g.commit_id is null then c.parent_ids[1] else g.parent_id end as parent
        from pggit.commit_records as c
        left join pggit.grafts as g using (commit_id)
        where c.commit_id = in_commit_id
        union all
        select p.commit_id, p.commit_number, case when g.commit_id is null then p.parent_ids[1] else g.parent_id end
        from chain
        join pggit.commit_records as p on p.commit_id = chain.parent and p.commit_number < chain.commit_number
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
        select b.commit_id from pggit.branch_records as b where b.commit_id is not null and b.branch_name is distinct from in_without_branch
        union
        select t.commit_id from pggit.tags as t
        union
        select p.id
        from reached as r
        join pggit.commit_records as c on c.commit_id = r.commit_id
        left join pggit.grafts as f on f.commit_id = c.commit_id
        cross join lateral unnest(c.parent_ids || f.parent_id) as p (id)
    )
    select c.commit_number
    from pggit.commit_records as c
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
        select g.commit_number, g.object_type, g.object_identity, g.object_key, g.position, g.new_definition_id, g.dependencies, g.new_definition_id is not null as arrives
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
        if exists (select from pggit.commit_records as c where c.commit_id = in_commit_id and c.kind = 'import') then
            raise exception 'what the schema was at commit % is not known', left(in_commit_id, 12)
                using errcode = 'object_not_in_prerequisite_state',
                      hint = 'It was imported from an older pgGit, which kept no definitions: pggit.imported_changes has what it recorded.';
        end if;
        return query
            select t.object_type, t.object_identity, t.object_key, t.position, t.definition_id, t.dependencies
            from pggit.replay(in_commit_id) as t;
    end if;
end
$$;
comment on function pggit.tree_at(text) is 'The tree of a commit: every element with its definition''s id';

-- The working schema as a tree: the index, put right by its drift.
create or replace function pggit.working_tree()
returns table (object_type text, object_identity text, object_key text, "position" int, definition_id text, definition jsonb, classid oid, objid oid, objsubid int)
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
    with found as materialized (
        select * from pggit.drift()
    )
    select i.object_type, i.object_identity, i.object_key, i.position, i.definition_id,
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
    select d.object_type, d.object_identity, d.object_key, d.position, d.new_definition_id, d.new_definition, d.classid, d.objid, d.objsubid
    from found as d
    where d.operation <> 'drop'
$$;
comment on function pggit.working_tree() is 'The working schema: every tracked element with its definition';
