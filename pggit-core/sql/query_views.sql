-- The materialized views of the query side: when each was filled, what has changed under it since, and how they are refreshed in an
-- order that works; and the statements that take views away and bring them back around a change of what they depend on.

create or replace function pggit.note_refresh(in_objid oid)
returns void
language sql
as $$
    insert into pggit.materialized_view_refreshes as r (objid, refreshed_at, refreshed_by)
    values (in_objid, clock_timestamp(), session_user)
    on conflict (objid) do update set refreshed_at = excluded.refreshed_at, refreshed_by = excluded.refreshed_by
$$;
comment on function pggit.note_refresh(oid) is 'Notes when a materialized view was filled. REFRESH holds a lock that keeps others from refreshing it at the same time, so nobody waits here';

-- What relations are made of, through views and materialized views.
create or replace function pggit.relations_under(in_schemas text[])
returns table (materialized_view oid, needed oid)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    with recursive edges as materialized (
        select distinct w.ev_class as dependant, d.refobjid as needed
        from pg_rewrite as w
        join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
        where d.refclassid = 'pg_class'::regclass
          and d.refobjid <> w.ev_class
          and w.ev_class >= 16384
    ),
    walk as (
        select c.oid as materialized_view, e.needed
        from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
        join edges as e on e.dependant = c.oid
        where c.relkind = 'm'
          and (in_schemas is null or n.nspname = any (in_schemas))
        union
        select w.materialized_view, e.needed
        from walk as w
        join edges as e on e.dependant = w.needed
    )
    select w.materialized_view, w.needed
    from walk as w
$$;
comment on function pggit.relations_under(text[]) is 'What the materialized views of schemas are made of, directly or through others';

create or replace function pggit.stale_query_views(command_schemas text[] default '{command}', query_schemas text[] default '{query}')
returns table (materialized_view text, changed text[], refreshed_at timestamptz)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query
        with filled as materialized (
            select e.objid, e.object_identity, coalesce(r.refreshed_at, c.authored_at) as filled_at
            from pggit.elements as e
            join pggit.commit_records as c on c.commit_number = e.commit_number
            left join pggit.materialized_view_refreshes as r on r.objid = e.objid
            join pg_class as m on m.oid = e.objid and m.relispopulated
            where e.object_type = 'materialized view'
              and e.schema_name = any (query_schemas)
        ),
        needed as materialized (
            select distinct f.object_identity, f.filled_at, e.object_key
            from filled as f
            join pggit.relations_under(query_schemas) as u on u.materialized_view = f.objid
            join pggit.elements as e on e.objid = u.needed and e.classid = 'pg_class'::regclass and e.objsubid = 0
            where e.schema_name = any (command_schemas)
        )
        select n.object_identity, array_agg(distinct n.object_key order by n.object_key), n.filled_at
        from needed as n
        where exists (
            select from pggit.commit_changes as g
            join pggit.commit_records as c on c.commit_number = g.commit_number
            left join pggit.statement_records as t on t.statement_id = g.statement_id
            left join pggit.blobs as o on o.definition_id = g.old_definition_id
            left join pggit.blobs as b on b.definition_id = g.new_definition_id
            where hashtextextended(g.object_key, 0) = hashtextextended(n.object_key, 0)
              and g.object_key = n.object_key
              and coalesce(t.executed_at, c.authored_at) > n.filled_at
              and g.object_type in ('table', 'table column', 'view', 'materialized view', 'foreign table', 'foreign table column')
              -- who owns it, who may read it and what is said about it is no change to what is in it
              and (g.operation in ('create', 'drop') or o.definition - array['comment', 'owner', 'privileges'] <> b.definition - array['comment', 'owner', 'privileges']))
        group by n.object_identity, n.filled_at
        order by n.object_identity;
end
$$;
comment on function pggit.stale_query_views(text[], text[]) is 'The materialized views of the query side that were filled before something on the command side changed that they are made of';

-- How a materialized view is refreshed: PostgreSQL refreshes concurrently by a unique index over columns of all rows.
create or replace function pggit.refresh_statement(in_view oid, in_name text, out statement text, out is_concurrent boolean, out identity text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    select format('%I.%I', n.nspname, c.relname),
           c.relispopulated and exists (
               select from pg_index as x
               where x.indrelid = c.oid
                 and x.indisunique
                 and x.indisvalid
                 and x.indpred is null
                 and x.indexprs is null)
    into identity, is_concurrent
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.oid = in_view
      and c.relkind = 'm';
    if not found then
        raise exception '"%" is no materialized view', in_name
            using errcode = 'undefined_object', hint = 'Name it with its schema, as query.order_summary.';
    end if;
    statement := 'refresh materialized view ' || case when is_concurrent then 'concurrently ' else '' end || identity;
end
$$;
comment on function pggit.refresh_statement(oid, text) is 'The statement that refreshes a materialized view';

-- By the search_path of the caller.
create or replace function pggit.relation_named(in_name text)
returns oid
language plpgsql
stable
as $$
begin
    return pg_catalog.to_regclass(in_name)::pg_catalog.oid;
exception
    -- what is no name at all
    when syntax_error or invalid_name or feature_not_supported then
        return null;
end
$$;
comment on function pggit.relation_named(text) is 'The relation that a name stands for; null where there is none';

create or replace function pggit.refresh_query_side(materialized_view_name text, skip_tracking boolean default true)
returns boolean
language plpgsql
as $$
declare
    todo record;
begin
    select * into todo from pggit.refresh_statement(pggit.relation_named(materialized_view_name), materialized_view_name);
    execute todo.statement;
    if not skip_tracking then
        perform pggit.record_refresh(todo.identity, todo.is_concurrent);
    end if;
    return todo.is_concurrent;
end
$$;
comment on function pggit.refresh_query_side(text, boolean) is 'Refreshes a materialized view, concurrently where it has a unique index (and says so by true); with skip_tracking => false the refresh is noted in system_events';

create or replace function pggit.refresh_query_side(materialized_view_names text[], skip_tracking boolean default true)
returns int
language plpgsql
as $$
declare
    todo record;
    done int := 0;
begin
    for todo in select * from pggit.refresh_order(pggit.oids_of(materialized_view_names), null) loop
        execute todo.statement;
        done := done operator(pg_catalog.+) 1;
        if not skip_tracking then
            perform pggit.record_refresh(todo.identity, todo.is_concurrent);
        end if;
    end loop;
    return done;
end
$$;
comment on function pggit.refresh_query_side(text[], boolean) is 'Refreshes materialized views, what they are made of first; gives how many';

create or replace function pggit.record_refresh(in_name text, in_concurrently boolean)
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into pggit.system_events (event_type, event_data)
    values ('query_side_refreshed', jsonb_build_object('materialized_view', in_name, 'concurrently', in_concurrently))
$$;
comment on function pggit.record_refresh(text, boolean) is 'Notes that a materialized view was refreshed';

-- Names are the caller's: they are looked up along his search_path.
create or replace function pggit.oids_of(in_names text[])
returns oid[]
language plpgsql
stable
as $$
declare
    name text;
    found_oid oid;
    found_oids oid[] := '{}';
begin
    if in_names is null then
        return null;
    end if;
    foreach name in array in_names loop
        found_oid := pggit.relation_named(name);
        if found_oid is null then
            raise exception 'there is no relation "%"', name
                using errcode = 'undefined_table', hint = 'Name it with its schema, as query.order_summary.';
        end if;
        found_oids := pg_catalog.array_append(found_oids, found_oid);
    end loop;
    return found_oids;
end
$$;
comment on function pggit.oids_of(text[]) is 'The relations that names stand for';

create or replace function pggit.refresh_order(in_views oid[], in_schemas text[])
returns table (statement text, is_concurrent boolean, identity text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select r.statement, r.is_concurrent, r.identity
    from (
        select v.oid
        from unnest(in_views) as v (oid)
        union
        select c.oid
        from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
        where in_views is null
          and c.relkind = 'm'
          and n.nspname = any (in_schemas)
    ) as v
    cross join lateral pggit.refresh_statement(v.oid, v.oid::regclass::text) as r
    left join (
        select u.materialized_view, count(distinct u.needed) as needed
        from pggit.relations_under(null) as u
        group by u.materialized_view
    ) as u on u.materialized_view = v.oid
    -- whatever one is made of is made of fewer
    order by coalesce(u.needed, 0), r.identity collate "C"
$$;
comment on function pggit.refresh_order(oid[], text[]) is 'The statements that refresh materialized views, in an order that works: those given, or all of the schemas';

create or replace function pggit.views_over(in_relations oid[])
returns oid[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(array_agg(distinct u.materialized_view), '{}')
    from pggit.relations_under(null) as u
    where u.needed = any (in_relations)
$$;
comment on function pggit.views_over(oid[]) is 'The materialized views that are made of relations, directly or through others';

create or replace function pggit.refresh_query_views(names text[] default null, query_schemas text[] default '{query}', depending_on text[] default null)
returns table (materialized_view text, is_concurrent boolean)
language plpgsql
as $$
declare
    wanted oid[] := pggit.oids_of(names);
    todo record;
begin
    if depending_on is not null then
        wanted := pg_catalog.array_cat(wanted, pggit.views_over(pggit.oids_of(depending_on)));
    end if;
    for todo in select * from pggit.refresh_order(wanted, query_schemas) loop
        execute todo.statement;
        materialized_view := todo.identity;
        is_concurrent := todo.is_concurrent;
        return next;
    end loop;
end
$$;
comment on function pggit.refresh_query_views(text[], text[], text[]) is 'Refreshes materialized views, what they are made of first: those named, those that depend on what is named, or all of the schemas; with the rights of the caller';

-- What default privileges would give a new object that it does not have: taken away as soon as it is made, before its own are granted.
create or replace function pggit.undo_default_privileges(in_object_type text, in_object_identity text)
returns setof text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    with defaults as materialized (
        select d.defaclobjtype, a.grantee
        from pg_default_acl as d
        cross join lateral aclexplode(d.defaclacl) as a
        where d.defaclobjtype = case when in_object_type in ('view', 'materialized view') then 'r'::"char" when in_object_type in ('function', 'procedure', 'aggregate') then 'f'::"char" end
    )
    select format('revoke all on %s %s from %s', case d.defaclobjtype when 'r' then 'table' else in_object_type end, in_object_identity,
                  case d.grantee when 0 then 'public' else quote_ident(r.rolname) end)
    from (select distinct e.defaclobjtype, e.grantee from defaults as e) as d
    left join pg_roles as r on r.oid = d.grantee
    where d.grantee = 0
       or r.rolname is distinct from session_user
    union all
    select format('grant execute on %s %s to public', in_object_type, in_object_identity)
    where exists (select from defaults as d where d.defaclobjtype = 'f')
$$;
comment on function pggit.undo_default_privileges(text, text) is 'The statements that take from a new object what default privileges gave it';

create or replace function pggit.restoring_statements(in_object_keys text[])
returns table (place int, statement text)
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    with statements as materialized (
        select x.sequence, x.object_type, x.object_identity, x.statement
        from pggit.export_ddl() as x
    ),
    restored as materialized (
        select e.object_type, e.object_identity, e.object_key, e.objid
        from pggit.elements as e
        where e.object_key = any (in_object_keys)
           or (e.classid = 'pg_statistic_ext'::regclass and e.objid in (
               select s.oid
               from pg_statistic_ext as s
               join pggit.elements as r on r.objid = s.stxrelid and r.classid = 'pg_class'::regclass
               where r.object_key = any (in_object_keys)))
    )
    select row_number() over (order by s.part, s.sequence, s.step)::int, s.statement
    from (
        select 1 as part, x.sequence, 0 as step, x.statement
        from statements as x
        join restored as e on e.object_type = x.object_type and e.object_identity = x.object_identity
        union all
        select 1, o.sequence, u.step::int, u.statement
        from (
            select e.object_type, e.object_identity, min(x.sequence) as sequence
            from restored as e
            join statements as x on x.object_type = e.object_type and x.object_identity = e.object_identity
            where e.object_key = e.object_type || ' ' || e.object_identity
            group by e.object_type, e.object_identity
        ) as o
        cross join lateral pggit.undo_default_privileges(o.object_type, o.object_identity) with ordinality as u (statement, step)
        union all
        select 2, min(x.sequence), 0, format('refresh materialized view %s', e.object_identity)
        from restored as e
        join pg_class as c on c.oid = e.objid
        join statements as x on x.object_type = e.object_type and x.object_identity = e.object_identity
        where e.object_type = 'materialized view'
          and c.relispopulated
        group by e.object_identity
    ) as s
$$;
comment on function pggit.restoring_statements(text[]) is 'The statements that make objects again as HEAD has them, with their indexes, statistics, privileges and comments; materialized views are filled if they are now';

create or replace function pggit.dropping_statements(in_object_keys text[])
returns table (place int, statement text)
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    select pggit.settle();
    select row_number() over (order by min(x.sequence) desc)::int, format('drop %s', e.object_key)
    from pggit.export_ddl() as x
    join pggit.elements as e on e.object_type = x.object_type and e.object_identity = x.object_identity
    where e.object_key = any (in_object_keys)
    group by e.object_key
$$;
comment on function pggit.dropping_statements(text[]) is 'The statements that drop objects, dependants first';
