-- What CREATE, DROP and REINDEX INDEX CONCURRENTLY make of indexes without an event trigger: whoever looks finds it.

-- REINDEX CONCURRENTLY gives an index another oid, and before 17 no event trigger fires: what is renamed later would be taken for another.
create or replace function pggit.mend_reindexed()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    made_anew jsonb;
begin
    if current_setting('server_version_num')::int >= 170000 then
        return;
    end if;
    select jsonb_object_agg(e.object_identity, x.indexrelid::bigint)
    into made_anew
    from pggit.elements as e
    join pg_index as x on x.indrelid = e.root_objid
    join pg_class as i on i.oid = x.indexrelid
    join pg_namespace as n on n.oid = i.relnamespace
    where e.object_type = 'index'
      and not exists (select from pg_class as c where c.oid = e.objid)
      and e.object_identity = quote_ident(n.nspname) || '.' || quote_ident(i.relname)
      and not exists (select from pggit.staged_changes as s where s.root_objid = e.root_objid);
    if made_anew is not null and pggit.try_hold_head() then
        update pggit.elements as e
        set objid = a.value::bigint
        from jsonb_each_text(made_anew) as a
        where e.object_type = 'index'
          and e.object_identity = a.key;
    end if;
end
$$;
comment on function pggit.mend_reindexed() is 'Gives the indexes that REINDEX CONCURRENTLY has made anew the oids that they have now';

-- CREATE, DROP and REINDEX INDEX CONCURRENTLY commit in the middle: when they fail after that, an index is left invalid and no event
-- trigger has fired. Tables that somebody is building an index of right now are left alone.
create or replace function pggit.record_broken_indexes()
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    roots jsonb;
begin
    with recorded as materialized (
        select e.root_objid, to_regclass(e.object_identity) as index
        from pggit.blobs as b
        join pggit.elements as e on e.definition_id = b.definition_id
        where b.definition ? 'invalid'
          and e.object_type = 'index'
    ),
    broken as materialized (
        select x.indrelid as root_objid, x.indexrelid::regclass as index
        from pg_index as x
        join pg_class as i on i.oid = x.indexrelid
        where not x.indisvalid
          and i.relkind = 'i'
    )
    select jsonb_agg(jsonb_build_array('pg_class'::regclass::oid::bigint, d.root_objid::bigint))
    into roots
    from (
        select distinct coalesce(r.root_objid, b.root_objid) as root_objid
        from recorded as r
        full join broken as b using (root_objid, index)
        where r.root_objid is null or b.root_objid is null
    ) as d
    where not exists (
        select from pg_locks as l
        where l.relation = d.root_objid
          and l.mode = 'ShareUpdateExclusiveLock'
          and l.database = (select o.oid from pg_database as o where o.datname = current_database()));
    -- what is staged of tables that nobody has locked must be folded before anybody changes them again
    if roots is null
        or not pggit.try_hold_head()
        or pggit.stage_roots(roots, 'INDEX CONCURRENTLY', 'reconcile', (select r.rules from pggit.repository as r), false, null) = 0
    then
        return null;
    end if;
    return pggit.fold_one(pg_current_xact_id(), 'reconcile', 'Record an index whose making or dropping failed', pggit.caller(), clock_timestamp());
end
$$;
comment on function pggit.record_broken_indexes() is 'Records the indexes that a failed CREATE, DROP or REINDEX INDEX CONCURRENTLY left invalid, or that became valid again, as one commit; gives its id';
