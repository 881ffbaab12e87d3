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
          and n.nspname = any (in_schemas)
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
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
    select pggit.settle();
    with filled as materialized (
        select e.objid, e.object_identity, greatest(r.refreshed_at, c.authored_at) as filled_at
        from pggit.elements as e
        join pggit.commit_records as c on c.commit_number = e.commit_number
        left join pggit.materialized_view_refreshes as r on r.objid = e.objid
        where e.object_type = 'materialized view'
          and e.schema_name = any (query_schemas)
    )
    select f.object_identity, array_agg(distinct split_part(e.object_key, ' ', 1) || ' ' || split_part(e.object_key, ' ', 2)), f.filled_at
    from filled as f
    join pggit.relations_under(query_schemas) as u on u.materialized_view = f.objid
    join pggit.elements as e on e.root_objid = u.needed and e.root_classid = 'pg_class'::regclass
    join pggit.commit_records as c on c.commit_number = e.commit_number
    where e.schema_name = any (command_schemas)
      and e.object_type in ('table', 'table column', 'view', 'foreign table', 'foreign table column')
      and c.authored_at > f.filled_at
    group by f.object_identity, f.filled_at
    order by f.object_identity
$$;
comment on function pggit.stale_query_views(text[], text[]) is 'The materialized views of the query side that were filled before something on the command side changed that they are made of';

create or replace function pggit.refresh_query_views(names text[] default null, query_schemas text[] default '{query}')
returns table (materialized_view text, is_concurrent boolean)
language plpgsql
as $$
declare
    wanted record;
    unknown text;
begin
    select n.name into unknown
    from pg_catalog.unnest(names) as n (name)
    where not exists (select from pg_catalog.pg_class as c where c.oid = pg_catalog.to_regclass(n.name) and c.relkind = 'm')
    limit 1;
    if unknown is not null then
        raise exception '"%" is no materialized view', unknown
            using errcode = 'undefined_object', hint = 'Name it with its schema, as query.order_summary.';
    end if;
    for wanted in
        select pg_catalog.format('%I.%I', n.nspname, c.relname) as name
        from pg_catalog.pg_class as c
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where c.relkind = 'm'
          and case when names is null then n.nspname = any (query_schemas) else c.oid = any (array(select pg_catalog.to_regclass(w)::oid from pg_catalog.unnest(names) as w)) end
        -- Whatever one is made of is made of fewer.
        order by (
            select pg_catalog.count(distinct u.needed)
            from pggit.relations_under(array(select s.nspname::text from pg_catalog.pg_namespace as s)) as u
            where u.materialized_view = c.oid
        ), 1
    loop
        materialized_view := wanted.name;
        is_concurrent := pggit.refresh_query_side(wanted.name);
        return next;
    end loop;
end
$$;
comment on function pggit.refresh_query_views(text[], text[]) is 'Refreshes materialized views, what they are made of first: those named, or all of the schemas; with the rights of the caller';

create or replace function pggit.restoring_statements(in_object_keys text[])
returns table (place int, statement text)
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    select pggit.settle();
    with statements as materialized (
        select x.sequence, x.object_type, x.object_identity, x.statement
        from pggit.export_ddl() as x
    )
    select row_number() over (order by s.part, s.sequence)::int, s.statement
    from (
        select 1 as part, x.sequence, x.statement
        from statements as x
        join pggit.elements as e on e.object_type = x.object_type and e.object_identity = x.object_identity
        where e.object_key = any (in_object_keys)
        union all
        select 2, min(x.sequence), format('refresh materialized view %s', e.object_identity)
        from pggit.elements as e
        join pg_class as c on c.oid = e.objid
        join statements as x on x.object_type = e.object_type and x.object_identity = e.object_identity
        where e.object_key = any (in_object_keys)
          and e.object_type = 'materialized view'
          and c.relispopulated
        group by e.object_identity
    ) as s
$$;
comment on function pggit.restoring_statements(text[]) is 'The statements that make objects again as HEAD has them, with their indexes, privileges and comments; materialized views are filled if they are now';

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
