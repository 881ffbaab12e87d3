-- Where the addresses (oids) in the index are from. A dump carries the index and not the oids: after a restore every object has another.
-- `home` in pggit.repository is the oid of that table's own primary key, so that a copy which was restored can be told.

create or replace function pggit.is_home(in_home oid)
returns boolean
language sql
stable
as $$
    select exists (
        select from pg_catalog.pg_constraint as k
        where k.oid = in_home
          and k.conrelid = 'pggit.repository'::pg_catalog.regclass)
$$;
comment on function pggit.is_home(oid) is 'False where the index came from another place, as after a restore: its oids mean nothing here';

-- Capture compares addresses. What happens before they are read anew is found by the reconciliation that follows.
create or replace function pggit.refuse_foreign_index()
returns void
language plpgsql
as $$
begin
    raise exception 'the history was restored from a dump, and its addresses are those of another place'
        using errcode = 'object_not_in_prerequisite_state', hint = 'Run pggit install, or SELECT pggit.reconcile().';
end
$$;
comment on function pggit.refuse_foreign_index() is 'Raises the error of capture in a database that was restored and not yet moved in';

create or replace function pggit.own_home()
returns oid
language sql
stable
as $$
    select k.oid
    from pg_catalog.pg_constraint as k
    where k.conrelid = 'pggit.repository'::pg_catalog.regclass
      and k.contype = 'p'
$$;
comment on function pggit.own_home() is 'What pggit.repository has to say for its oids to be those of this place';

-- What the index finds elsewhere than where the catalogs have it.
create or replace function pggit.misplaced_elements()
returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    suspects text[];
    attempts int := 0;
begin
    loop
        begin
            suspects := array(
                select e.object_type || ' ' || e.object_identity
                from pggit.elements as e
                left join lateral pg_identify_object(e.classid, e.objid, e.objsubid) as i on true
                where i.identity is distinct from e.object_identity);
            if cardinality(suspects) = 0 then
                return 0;
            end if;
            return (
                select count(*)
                from pggit.read_all() as c
                join pggit.elements as e using (object_type, object_identity)
                where e.object_type || ' ' || e.object_identity = any (suspects)
                  and (c.classid, c.objid, c.objsubid) is distinct from (e.classid, e.objid, e.objsubid));
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
end
$$;
comment on function pggit.misplaced_elements() is 'How many elements have another address in the catalogs than in the index';

create or replace function pggit.mend_addresses(in_moved boolean)
returns int
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    attempts int := 0;
begin
    loop
        begin
            return pggit.mend_addresses_at_once(in_moved);
        exception
            when internal_error or undefined_table or undefined_object or undefined_function or undefined_column then
                attempts := attempts + 1;
                perform pggit.wait_for_steady_catalogs(attempts, sqlerrm);
            when statement_too_complex then
                perform pggit.refuse_unprintable(sqlerrm);
        end;
    end loop;
end
$$;
comment on function pggit.mend_addresses(boolean) is 'Gives every element of the index the address that it has in the catalogs; how many had another';

-- Reads every address anew. What the catalogs do not have keeps no address that could be another's. The caller holds HEAD.
-- In the place where the index was made, what is gone is left to capture, and so is what somebody has just staged.
create or replace function pggit.mend_addresses_at_once(in_moved boolean)
returns int
language plpgsql
as $$
declare
    mended int;
begin
    with live as materialized (
        select c.object_type, c.object_identity, c.object_type || ' ' || c.object_identity as key, c.classid, c.objid, c.objsubid, c.root_classid, c.root_objid, c.position
        from pggit.read_all() as c
    ),
    refreshes as (
        delete from pggit.materialized_view_refreshes as r
        using pggit.elements as e
        left join live as l using (object_type, object_identity)
        where e.object_type = 'materialized view'
          and e.objid = r.objid
          and l.objid is distinct from r.objid
        returning l.objid, r.refreshed_at, r.refreshed_by
    ),
    refreshed as (
        insert into pggit.materialized_view_refreshes (objid, refreshed_at, refreshed_by)
        select r.objid, r.refreshed_at, r.refreshed_by
        from refreshes as r
        where r.objid is not null
        on conflict (objid) do nothing
    ),
    staged as (
        update pggit.staged_changes as s
        set classid = coalesce(l.classid, s.classid), objid = coalesce(l.objid, 0), objsubid = coalesce(l.objsubid, s.objsubid),
            root_classid = coalesce(l.root_classid, p.root_classid, s.root_classid), root_objid = coalesce(l.root_objid, p.root_objid, 0)
        from pggit.staged_changes as o
        left join live as l on l.object_type = o.object_type and l.object_identity = o.object_identity and not o.gone
        left join live as p on p.key = o.object_key
        where o.staged_id = s.staged_id
          and o.transaction_id = s.transaction_id
          and in_moved
    ),
    places as materialized (
        select e.object_type, e.object_identity,
               coalesce(l.classid, e.classid) as classid, coalesce(l.objid, 0) as objid, coalesce(l.objsubid, e.objsubid) as objsubid,
               coalesce(l.root_classid, p.root_classid, e.root_classid) as root_classid, coalesce(l.root_objid, p.root_objid, 0) as root_objid
        from pggit.elements as e
        left join live as l using (object_type, object_identity)
        left join live as p on p.key = e.object_key
        where in_moved
           or (l.key is not null and not exists (select from pggit.staged_changes as s where s.object_key = e.object_key))
    )
    update pggit.elements as e
    set classid = p.classid, objid = p.objid, objsubid = p.objsubid, root_classid = p.root_classid, root_objid = p.root_objid
    from places as p
    where p.object_type = e.object_type
      and p.object_identity = e.object_identity
      and (p.classid, p.objid, p.objsubid, p.root_classid, p.root_objid) is distinct from (e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid);
    get diagnostics mended = row_count;
    return mended;
end
$$;
comment on function pggit.mend_addresses_at_once(boolean) is 'Reads every address anew, or an error of PostgreSQL''s where an object is dropped while it is read';

-- After a restore. What was staged when the dump was taken becomes commits first, by the addresses and under the transactions of the
-- place that it came from; these are renumbered, for they could be taken for transactions of this place. The caller holds HEAD.
create or replace function pggit.move_in()
returns int
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    mended int;
begin
    if (select pggit.is_home(r.home) from pggit.repository as r) then
        return 0;
    end if;
    with moved as materialized (
        select o.transaction_id, (2 + row_number() over (order by o.last_id))::text::xid8 as new_id
        from (select s.transaction_id, max(s.staged_id) as last_id from pggit.staged_changes as s group by s.transaction_id) as o
    )
    update pggit.staged_changes as s
    set transaction_id = m.new_id, known_definition_id = null
    from moved as m
    where m.transaction_id = s.transaction_id;
    perform pggit.fold_pending();
    mended := pggit.mend_addresses(true);
    update pggit.repository set home = pggit.own_home(), home_index = 'pggit.repository_pkey'::regclass, unseen_by = '{*}';
    insert into pggit.system_events (event_type, event_data) values ('moved_in', jsonb_build_object('elements', mended));
    return mended;
end
$$;
comment on function pggit.move_in() is 'Makes a restored history the history of the database that it is in now; how many elements have another address here';
