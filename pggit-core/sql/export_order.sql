-- The order of an export: what needs what.

-- Numbers the nodes of a graph so that each follows what it needs; the given order decides where that leaves a choice.
-- Where nodes need each other in a circle, one that can stand as a shell at first does: a view or a base type (2), else a function (1).
create or replace function pggit.order_nodes(in_count int, in_from int[], in_to int[], in_shells int[])
returns table (node int, is_shell boolean)
language plpgsql
immutable
as $$
declare
    first_edge int[];
    targets int[];
    next_edge int[];
    -- 0 not seen, 1 under way, 2 done; a shell stands in for its node meanwhile
    states int[] := array_fill(0, array[in_count]);
    shelled boolean[] := array_fill(false, array[in_count]);
    stack int[] := array_fill(0, array[in_count]);
    height int := 0;
    current int;
    target int;
    place int;
begin
    if in_count = 0 then
        return;
    end if;
    select array_agg(e.target order by e.source, e.target)
    into targets
    from unnest(in_from, in_to) as e (source, target);
    select array_agg(c.first order by c.node)
    into first_edge
    from (
        select n.node, 1 + sum(count(e.source)) over (order by n.node) - count(e.source) as first
        from generate_series(1, in_count + 1) as n (node)
        left join unnest(in_from) as e (source) on e.source = n.node
        group by n.node
    ) as c;
    next_edge := first_edge;
    for start in 1 .. in_count loop
        -- a shell may send the node back that was begun with
        while states[start] <> 2 or height > 0 loop
            if height = 0 then
                height := 1;
                stack[1] := start;
                states[start] := 1;
            end if;
            current := stack[height];
            if next_edge[current] < first_edge[current + 1] then
                target := targets[next_edge[current]];
                next_edge[current] := next_edge[current] + 1;
                if states[target] = 0 then
                    height := height + 1;
                    stack[height] := target;
                    states[target] := 1;
                elsif target = current and in_shells[current] = 1 and not shelled[current] then
                    -- a function that calls itself
                    node := current;
                    is_shell := true;
                    return next;
                    shelled[node] := true;
                elsif states[target] = 1 and target <> current then
                    -- a circle: what stands between the target and here; the first that can begin as a shell does
                    for wanted in reverse 2 .. 1 loop
                        place := height;
                        while stack[place] <> target and in_shells[stack[place]] <> wanted loop
                            place := place - 1;
                        end loop;
                        exit when in_shells[stack[place]] = wanted;
                    end loop;
                    if in_shells[stack[place]] > 0 and not shelled[stack[place]] then
                        node := stack[place];
                        is_shell := true;
                        return next;
                        shelled[node] := true;
                        -- it and what it called for come again later
                        for i in place .. height loop
                            states[stack[i]] := 0;
                            next_edge[stack[i]] := first_edge[stack[i]];
                        end loop;
                        height := place - 1;
                        -- who called for it from outside of the circle waits for all of it
                        if node = target and height > 0 then
                            next_edge[stack[height]] := next_edge[stack[height]] - 1;
                        end if;
                    end if;
                end if;
            else
                states[current] := 2;
                height := height - 1;
                node := current;
                is_shell := false;
                return next;
            end if;
        end loop;
    end loop;
end
$$;
comment on function pggit.order_nodes(int, int[], int[], int[]) is 'Orders a graph so that each node follows what it needs';
