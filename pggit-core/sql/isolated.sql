-- Transactions with an old snapshot (REPEATABLE READ, SERIALIZABLE). They stage what they see of an object, all of it, without what others
-- did meanwhile. Whoever folds puts that right.

create or replace function pggit.has_followers(in_transaction_id xid8, in_last_id bigint, in_classid oid, in_objid oid)
returns boolean
language sql
stable
as $$
    select exists (
        select from pggit.staged_changes as s
        where (s.root_objid = in_objid and s.root_classid = in_classid
               or s.root_objid = 0 and s.root_classid = 0 and s.definition @> jsonb_build_array(jsonb_build_array(in_classid::bigint, in_objid::bigint)))
          and s.staged_id > in_last_id
          and s.transaction_id <> in_transaction_id)
$$;
comment on function pggit.has_followers(xid8, bigint, oid, oid) is 'Whether another transaction has staged something of an object after a transaction had staged its last: what is there now is not what that one left';

create or replace function pggit.dropped_indexes(in_transaction_id xid8)
returns oid[]
language sql
stable
as $$
    select array(
        select s.objid from pggit.staged_changes as s where s.transaction_id = in_transaction_id and s.object_type = 'unseen' and s.command_tag = 'DROP INDEX')
$$;
comment on function pggit.dropped_indexes(xid8) is 'The indexes that a transaction with an old snapshot dropped, of which only the address is staged';

-- What a transaction with an old snapshot staged of an object at last is what it left, unless somebody else had changed the object
-- whom it could not see. Whatever else HEAD or the transaction had of the object is gone then.
create or replace function pggit.left_as_seen(
    in_transaction_id xid8, in_classid oid, in_objid oid, in_command_tag text, in_statement_at timestamptz, in_origin text, in_dropped_indexes oid[])
returns boolean
language plpgsql
as $$
declare
    last record;
begin
    -- an object's own row comes before those of its parts
    select s.staged_id, s.seen_by
    into last
    from pggit.staged_changes as s
    where s.transaction_id = in_transaction_id
      and s.root_objid = in_objid
      and s.root_classid = in_classid
      and s.objid = in_objid
      and s.classid = in_classid
      and s.objsubid = 0
      and s.seen_by is not null
    order by s.staged_id desc
    limit 1;
    if last.staged_id is null and exists (
           select from pggit.staged_changes as s
           where s.transaction_id = in_transaction_id and s.root_objid = in_objid and s.root_classid = in_classid)
       or exists (
           select from pggit.staged_changes as s
           where s.root_objid = in_objid
             and s.root_classid = in_classid
             and s.transaction_id <> in_transaction_id
             and s.staged_id < last.staged_id
             and not pg_visible_in_snapshot(s.transaction_id, last.seen_by))
       or exists (
           select from pggit.commit_records as c
           where c.folded_by >= pg_snapshot_xmin(last.seen_by)
             and not pg_visible_in_snapshot(c.transaction_id, last.seen_by))
       -- parts that a directive leaves out are not staged, and stay as they were; functions have none
       or exists (select from pg_description as d where d.description like '%@pggit%' and d.classoid <> 'pg_proc'::regclass)
    then
        return false;
    end if;
    insert into pggit.staged_changes (
        transaction_id, staged_id, origin, gone, object_type, object_identity, object_key, classid, objid, objsubid,
        root_classid, root_objid, command_tag, statement_at)
    -- after what it staged, and before what others did since: it may come to a commit only later
    select in_transaction_id, (select max(s.staged_id) + 1 from pggit.staged_changes as s where s.transaction_id = in_transaction_id),
           in_origin, true, o.object_type, o.object_identity, o.object_key, o.classid, o.objid, o.objsubid,
           in_classid, in_objid, in_command_tag, in_statement_at
    from (
        select e.object_type, e.object_identity, e.object_key, e.classid, e.objid, e.objsubid
        from pggit.elements as e
        where e.root_objid = in_objid and e.root_classid = in_classid
        union
        select s.object_type, s.object_identity, s.object_key, s.classid, s.objid, s.objsubid
        from pggit.staged_changes as s
        where s.transaction_id = in_transaction_id and s.root_objid = in_objid and s.root_classid = in_classid and not s.gone
    ) as o
    where o.object_type = 'index' and o.objid = any (in_dropped_indexes)
          -- and no other has taken its name
          and not exists (
              select from pggit.staged_changes as s
              where s.transaction_id = in_transaction_id
                and s.object_type = 'index'
                and s.object_identity = o.object_identity
                and not s.gone
                and s.objid <> all (in_dropped_indexes))
       or last.staged_id is not null
          and case
              -- a look at the transaction's other objects costs as much as there are
              when exists (
                  select from pggit.staged_changes as s
                  where s.transaction_id = in_transaction_id
                    and s.root_objid = in_objid
                    and s.object_type = o.object_type
                    and s.object_identity = o.object_identity
                    and s.staged_id >= last.staged_id)
                  then false
              else not exists (
                  select from pggit.staged_changes as s
                  where s.transaction_id = in_transaction_id
                    and s.object_type = o.object_type
                    and s.object_identity = o.object_identity
                    and s.staged_id >= last.staged_id)
          end;
    return last.staged_id is not null or found;
end
$$;
comment on function pggit.left_as_seen(xid8, oid, oid, text, timestamptz, text, oid[]) is 'Stages what a transaction with an old snapshot took from an object, by what it staged itself; false where it may not have seen all, or staged nothing';

-- Who reads an object again reads what later transactions have left of it. Those with an old snapshot have not said yet what they took from it:
-- it would be told in the name of the first. What the first made of the rest that they staged, by a rename, is told in theirs.
create or replace function pggit.leave_to_others(in_transaction_id xid8, in_classid oid, in_objid oid)
returns void
language sql
as $$
    select pggit.left_as_seen(
        o.transaction_id, in_classid, in_objid, o.command_tag, o.statement_at, o.origin, pggit.dropped_indexes(o.transaction_id))
    from (
        select distinct on (s.transaction_id) s.transaction_id, s.command_tag, s.statement_at, s.origin
        from (
            select s.*
            from pggit.staged_changes as s
            where s.root_objid = in_objid and s.root_classid = in_classid and s.seen_by is not null
            union all
            select s.*
            from pggit.elements as e
            join pggit.staged_changes as s on s.root_objid = e.objid and s.root_classid = e.classid
            where e.root_objid = in_objid
              and e.root_classid = in_classid
              and e.object_type = 'index'
              and s.object_type = 'unseen'
              and s.command_tag = 'DROP INDEX'
        ) as s
        where s.transaction_id <> in_transaction_id
        order by s.transaction_id, s.staged_id desc
    ) as o
$$;
comment on function pggit.leave_to_others(xid8, oid, oid) is 'Lets other transactions with an old snapshot say what they took from an object, before it is read again for one';

-- A transaction with an old snapshot has staged what it saw: this puts it right by what is there now, also of what depends on anything
-- that was renamed.
create or replace function pggit.read_again(in_transaction_id xid8, in_roots jsonb default '[]')
returns void
language plpgsql
as $$
declare
    rules constant jsonb := (select r.rules from pggit.repository as r);
    -- where a dump brought it, what is there has other addresses
    is_home constant boolean := (select pggit.is_home(r.home) from pggit.repository as r);
    dropped_indexes constant oid[] := pggit.dropped_indexes(in_transaction_id);
    last_id constant bigint := (select max(s.staged_id) from pggit.staged_changes as s where s.transaction_id = in_transaction_id);
    todo jsonb;
    todo_tags jsonb;
    following jsonb;
    done jsonb := '{}';
    root record;
    outcome record;
    attempts int;
begin
    select jsonb_agg(jsonb_build_array(s.root_classid::bigint, s.root_objid::bigint, s.command_tag, s.statement_at, s.origin)),
           jsonb_agg(distinct s.command_tag)
    into todo, todo_tags
    from (
        select s.root_classid, coalesce(e.root_objid, s.root_objid) as root_objid, max(s.command_tag) as command_tag, max(s.statement_at) as statement_at, min(s.origin) as origin
        from pggit.staged_changes as s
        left join pggit.elements as e on s.object_type = 'unseen' and e.objid = s.objid and e.object_type = 'index'
        where s.transaction_id = in_transaction_id
          and s.root_classid <> 0
          and (s.read_again or in_roots @> jsonb_build_array(jsonb_build_array(s.root_classid::bigint, s.root_objid::bigint)))
        group by s.root_classid, coalesce(e.root_objid, s.root_objid)
        union all
        select * from pggit.roots_left(in_transaction_id)
    ) as s;
    if is_home and todo @> jsonb_build_array(jsonb_build_array('pg_event_trigger'::regclass::oid::bigint, 0)) then
        perform pggit.stage_lost_event_triggers(in_transaction_id);
        select todo || coalesce(jsonb_agg(u.root || jsonb_build_array(l.command_tag, l.statement_at, l.origin)), '[]')
        into todo
        from jsonb_array_elements(pggit.naming_unnoted()) as u (root)
        cross join lateral (select s.command_tag, s.statement_at, s.origin from pggit.staged_changes as s where s.staged_id = last_id limit 1) as l;
    end if;
    while todo <> '[]' loop
        following := '[]';
        for root in
            select (e.value ->> 0)::oid as classid, (e.value ->> 1)::oid as objid, e.value ->> 2 as command_tag, (e.value ->> 3)::timestamptz as statement_at, e.value ->> 4 as origin
            from jsonb_array_elements(todo) as e
        loop
            continue when done ? (root.classid || ' ' || root.objid);
            done := done || jsonb_build_object(root.classid || ' ' || root.objid, true);
            if not is_home or pggit.has_followers(in_transaction_id, last_id, root.classid, root.objid) then
                if pggit.left_as_seen(in_transaction_id, root.classid, root.objid, root.command_tag, root.statement_at, root.origin, dropped_indexes) and is_home then
                    select following || coalesce(jsonb_agg(d.value || jsonb_build_array(root.command_tag, root.statement_at, root.origin)), '[]')
                    into following
                    from jsonb_array_elements(pggit.dependent_roots(
                        pggit.renamed_since_head(in_transaction_id, root.classid, root.objid, root.command_tag))) as d;
                    continue;
                end if;
                continue when not is_home;
            end if;
            perform pggit.leave_to_others(in_transaction_id, root.classid, root.objid);
            attempts := 0;
            loop
                begin
                    select * into outcome
                    from pggit.stage_root(root.classid, root.objid, root.command_tag, root.origin, rules, false, in_transaction_id, root.statement_at, null);
                    select following || coalesce(jsonb_agg(d.value || jsonb_build_array(root.command_tag, root.statement_at, root.origin)), '[]')
                    into following
                    from jsonb_array_elements(pggit.dependent_roots(
                        coalesce(outcome.renamed, '[]') || pggit.renamed_since_head(in_transaction_id, root.classid, root.objid, root.command_tag))) as d;
                    exit;
                exception
                    when internal_error or undefined_table or undefined_object or undefined_function or undefined_column then
                        attempts := attempts + 1;
                        perform pggit.wait_for_steady_catalogs(attempts, sqlerrm);
                end;
            end loop;
        end loop;
        todo := following;
    end loop;
    perform pggit.leave_first_names(in_transaction_id);
    perform pggit.restage_exchanged(in_transaction_id);
    perform pggit.restage_standing(in_transaction_id, done);
    if todo_tags ? 'ALTER EXTENSION' and is_home then
        perform pggit.stage_members(in_transaction_id);
    end if;
end
$$;
comment on function pggit.read_again(xid8, jsonb) is 'Reads again what a transaction with an old snapshot changed, or the objects given of what it changed';

-- A transaction with an old snapshot has staged its objects whole. Folding shall cost what has changed.
create or replace function pggit.leave_unchanged(in_transaction_id xid8, in_origin text)
returns void
language sql
as $$
    delete from pggit.staged_changes as d
    where d.ctid = any (array(
        select s.place
        from (
            select t.*, t.ctid as place,
                   bool_and(not t.gone and t.definition_id is not null) over same_element
                       and min(t.definition_id) over same_element = max(t.definition_id) over same_element as is_one,
                   bool_or(t.gone and t.objid = t.root_objid and t.classid = t.root_classid and t.objsubid = 0) over (partition by t.root_classid, t.root_objid) as is_gone
            from pggit.staged_changes as t
            where t.transaction_id = in_transaction_id
            window same_element as (partition by t.object_type, t.object_identity)
        ) as s
        join pggit.elements as e on e.object_identity = s.object_identity and e.object_type = s.object_type
        where s.origin = in_origin
          and s.sent is null
          and s.is_one
          and not s.is_gone
          and (e.definition_id, e.object_key, e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid)
            = (s.definition_id, s.object_key, s.classid, s.objid, s.objsubid, s.root_classid, s.root_objid)))
$$;
comment on function pggit.leave_unchanged(xid8, text) is 'Takes from what a transaction staged what HEAD has alike';
