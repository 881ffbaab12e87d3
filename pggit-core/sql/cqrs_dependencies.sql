-- What depends on what between the sides, as far as the catalogs know: the same as pggit_cqrs::Dependencies without the bodies of functions.

create or replace function pggit.analyze_cqrs_dependencies(command_schema text default 'command', query_schema text default 'query')
returns table (command_object text, query_object text, dependency_type text, dependency_path text[])
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
    schema_name text;
    identities text[];
    schemas text[];
    targets int[];
    first_edge int[];
    -- the search that has seen a node last, and from where it came
    seen_from int[];
    came_from int[];
    waiting int[];
    next_place int;
    node int;
    target int;
begin
    foreach schema_name in array array[command_schema, query_schema] loop
        if schema_name is null or not exists (select from pg_namespace as n where n.nspname = schema_name) then
            raise exception 'there is no schema "%"', coalesce(schema_name, 'null')
                using errcode = 'undefined_object', hint = 'Name the schemas of the two sides: pggit.analyze_cqrs_dependencies(''command'', ''query'').';
        end if;
    end loop;
    with nodes as materialized (
        select o.classid, o.objid, o.identity, o.schema_name, row_number() over (order by o.identity collate "C", o.object_type collate "C")::int as node
        from pggit.graph_objects() as o
    ),
    edges as materialized (
        select a.node as source, b.node as target
        from pggit.graph_edges() as e
        join nodes as a on a.classid = e.dependant_classid and a.objid = e.dependant_objid
        join nodes as b on b.classid = e.needed_classid and b.objid = e.needed_objid
    )
    select (select array_agg(n.identity order by n.node) from nodes as n),
           (select array_agg(n.schema_name order by n.node) from nodes as n),
           (select array_agg(e.target order by e.source, e.target) from edges as e),
           (select array_agg(c.first order by c.node)
            from (
                select n.node, 1 + sum(count(e.source)) over (order by n.node) - count(e.source) as first
                from generate_series(1, (select count(*)::int + 1 from nodes)) as n (node)
                left join edges as e on e.source = n.node
                group by n.node
            ) as c)
    into identities, schemas, targets, first_edge;
    seen_from := array_fill(0, array[coalesce(cardinality(identities), 0)]);
    came_from := seen_from;
    for start in 1 .. coalesce(cardinality(identities), 0) loop
        continue when schemas[start] <> query_schema;
        waiting := array[start];
        seen_from[start] := start;
        next_place := 1;
        while next_place <= cardinality(waiting) loop
            node := waiting[next_place];
            next_place := next_place + 1;
            for edge in first_edge[node] .. first_edge[node + 1] - 1 loop
                target := targets[edge];
                continue when seen_from[target] = start;
                seen_from[target] := start;
                came_from[target] := node;
                waiting := waiting || target;
                continue when schemas[target] <> command_schema;
                command_object := identities[target];
                query_object := identities[start];
                dependency_path := array[command_object];
                while target <> start loop
                    target := came_from[target];
                    dependency_path := identities[target] || dependency_path;
                end loop;
                dependency_type := case when cardinality(dependency_path) = 2 then 'direct' else 'indirect' end;
                return next;
            end loop;
        end loop;
    end loop;
end
$$;
comment on function pggit.analyze_cqrs_dependencies(text, text) is 'What on the query side depends on what on the command side, directly or through others by the shortest way, as far as the catalogs know';
