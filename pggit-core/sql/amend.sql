-- A transaction is one commit, also when it was folded before its end (commit() in the middle of it, SET CONSTRAINTS ... IMMEDIATE):
-- what came later is folded on top and both become one.

-- What came and went again within a transaction. A blob that this transaction has written is of no commit but its own.
create or replace function pggit.delete_own_blobs(in_definition_ids text[])
returns void
language sql
as $$
    delete from pggit.blobs as b
    where b.definition_id = any (in_definition_ids)
      and case
              when age(b.xmin) <= age(pg_current_xact_id()::xid)
                  then pg_xact_status((pg_current_xact_id()::text::bigint + age(pg_current_xact_id()::xid) - age(b.xmin))::text::xid8) = 'in progress'
              else false
          end
      and not exists (
          select from pggit.commit_records as c
          join pggit.commit_changes as g using (commit_number)
          where c.folded_by = pg_current_xact_id()
            and b.definition_id in (g.old_definition_id, g.new_definition_id))
$$;
comment on function pggit.delete_own_blobs(text[]) is 'Deletes those of the definitions given that this transaction wrote and that none of its commits needs';

create or replace function pggit.amend_own(in_message text default null)
returns text
language plpgsql
as $$
declare
    earlier pggit.commit_records;
    later pggit.commit_records;
    later_id text;
    number bigint;
    squashed record;
    made pggit.commit_records;
    new_id text;
    moved_branches text[];
    moved_tags text[];
    left_blobs text[];
begin
    select c.* into earlier
    from pggit.repository as r
    join pggit.branch_records as b on b.branch_name = r.head_branch
    join pggit.commit_records as c using (commit_id);
    later_id := pggit.fold_staged(array[pg_current_xact_id()], 'event', earlier.kind, coalesce(in_message, earlier.message), pggit.caller(), clock_timestamp());
    if later_id is null and in_message is null then
        return earlier.commit_id;
    end if;
    select c.* into later from pggit.commit_records as c where c.commit_id = coalesce(later_id, earlier.commit_id);
    number := pggit.next_commit_number();

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
           -- what is made anew takes the place of what was dropped, and of nothing that stands there
           and (l.operation = 'create') = (e.operation = 'drop')
    ),
    -- columns that stand elsewhere than before
    reordered as materialized (
        select o.object_type, o.object_identity
        from (
            select e.object_type, e.object_identity,
                   rank() over (partition by e.object_key order by r.position) <> rank() over (partition by e.object_key order by e.position) as is_elsewhere
            from pggit.replay(earlier.parent_ids[1]) as r
            join pggit.elements as e on e.object_type = r.object_type and e.object_identity = r.object_identity
            where r.position is not null
              and exists (select from both_steps as b where b.position is not null and b.old_definition_id = b.new_definition_id)
        ) as o
        where o.is_elsewhere
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
           or (b.old_definition_id is not null and (b.object_type, b.object_identity) in (select o.object_type, o.object_identity from reordered as o))
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
        update pggit.statement_records as s set commit_number = number where s.commit_number in (earlier.commit_number, later.commit_number);
        made := earlier;
        made.commit_number := number;
        made.tree_id := later.tree_id;
        made.kind := case when in_message is null then earlier.kind else 'manual' end;
        made.message := coalesce(in_message, earlier.message);
        made.authored_at := later.authored_at;
        made.changes_id := squashed.changes_id;
        made.changes_count := squashed.changes_count;
        made.fold_duration := earlier.fold_duration + case when later_id is null then interval '0' else later.fold_duration end;
        new_id := pggit.insert_commit(made);
    else
        perform pggit.leave_statements(array[earlier.commit_number, later.commit_number]);
    end if;
    moved_branches := array(
        select b.branch_name from pggit.branch_records as b where b.commit_id in (earlier.commit_id, later_id) and b.branch_name <> earlier.branch_name);
    moved_tags := array(select t.tag_name from pggit.tags as t where t.commit_id in (earlier.commit_id, later_id));
    if moved_branches <> '{}' then
        perform pggit.unseal('branch', moved_branches);
    end if;
    if moved_tags <> '{}' then
        perform pggit.unseal('tag', moved_tags);
    end if;
    update pggit.branch_records set commit_id = coalesce(new_id, earlier.parent_ids[1]) where commit_id in (earlier.commit_id, later_id);
    update pggit.tags set commit_id = coalesce(new_id, earlier.parent_ids[1]) where commit_id in (earlier.commit_id, later_id);
    if moved_branches <> '{}' then
        perform pggit.seal('branch', moved_branches);
    end if;
    if moved_tags <> '{}' then
        perform pggit.seal('tag', moved_tags);
    end if;
    delete from pggit.commit_records where commit_id in (earlier.commit_id, later_id);
    left_blobs := array(
        select g.new_definition_id
        from pggit.commit_changes as g
        where g.commit_number in (earlier.commit_number, later.commit_number) and g.new_definition_id is not null
        except
        select g.new_definition_id
        from pggit.commit_changes as g
        where g.commit_number = number);
    delete from pggit.commit_changes where commit_number in (earlier.commit_number, later.commit_number);
    perform pggit.move_versions(array[earlier.commit_id, later_id], new_id, array(
        select g.new_definition_id from pggit.commit_changes as g where g.commit_number = number and g.new_definition_id is not null));
    -- what came and went within the transaction is in no commit
    perform pggit.move_versions(array_remove(array[earlier.commit_id, later_id], null), null);
    update pggit.changeset_records set commit_id = new_id where commit_id in (earlier.commit_id, later_id);
    update pggit.elements as e
    set commit_number = number
    from pggit.commit_changes as g
    where e.commit_number in (earlier.commit_number, later.commit_number)
      and g.commit_number = number
      and (g.object_identity, g.object_type) = (e.object_identity, e.object_type);
    -- where nothing is different in the end, elements are what an earlier commit has made them
    if exists (select from pggit.elements as e where e.commit_number in (earlier.commit_number, later.commit_number)) then
        update pggit.elements as e
        set position = t.position, dependencies = t.dependencies, commit_number = t.commit_number
        from pggit.replay(coalesce(new_id, earlier.parent_ids[1])) as t
        where e.commit_number in (earlier.commit_number, later.commit_number)
          and (t.object_identity, t.object_type) = (e.object_identity, e.object_type);
    end if;
    perform pggit.delete_own_blobs(left_blobs);
    return new_id;
end
$$;
comment on function pggit.amend_own(text) is 'Folds what this transaction staged into the commit that it already has';
