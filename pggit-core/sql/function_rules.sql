-- What a change to a function means, and what its comments say: pure functions over definitions and texts.

-- Arguments as pg_get_function_arguments() gives them, taken apart: what each is, and its default.
create or replace function pggit.arguments_of(in_arguments text)
returns table (place int, mode text, declaration text, default_value text)
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    token text;
    depth int := 0;
    in_default boolean := false;
    parts text[];
begin
    place := 0;
    declaration := '';
    for token in
        select m.found[1]
        from regexp_matches(in_arguments || ',', 'E''(?:[^''\\]|\\.|'''')*''|''(?:[^'']|'''')*''|"(?:[^"]|"")*"| DEFAULT |[][(),]|[^][(),''"]', 'g') with ordinality as m (found, place)
        order by m.place
    loop
        depth := depth + case when token in ('(', '[') then 1 when token in (')', ']') then -1 else 0 end;
        if token = ',' and depth = 0 then
            parts := regexp_match(btrim(declaration), '^(?:(INOUT|OUT|VARIADIC) )?(.*)$');
            if parts[2] <> '' then
                place := place + 1;
                mode := coalesce(parts[1], 'IN');
                declaration := parts[2];
                return next;
            end if;
            declaration := '';
            default_value := null;
            in_default := false;
        elsif token = ' DEFAULT ' and depth = 0 then
            in_default := true;
            default_value := '';
        elsif in_default then
            default_value := default_value || token;
        else
            declaration := declaration || token;
        end if;
    end loop;
end
$$;
comment on function pggit.arguments_of(text) is 'The arguments of a function: mode, name with type, default';

-- What a change of arguments and result means. The types that callers give are the same: they are the signature.
create or replace function pggit.signature_impact(in_old jsonb, in_new jsonb)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    old_result constant text := coalesce(in_old ->> 'result', '');
    new_result constant text := coalesce(in_new ->> 'result', '');
    old_inputs text[];
    new_inputs text[];
    old_outputs text[];
    new_outputs text[];
    old_defaults text[];
    new_defaults text[];
    is_procedure constant boolean := not in_new ? 'result';
begin
    if in_old ->> 'arguments' is not distinct from in_new ->> 'arguments' and old_result = new_result then
        return 'none';
    end if;
    select array_agg(case a.mode when 'VARIADIC' then 'VARIADIC ' else '' end || a.declaration order by a.place) filter (where a.mode <> 'OUT'),
           array_agg(a.declaration order by a.place) filter (where a.mode in ('OUT', 'INOUT')),
           array_agg(a.default_value order by a.place) filter (where a.default_value is not null)
    into old_inputs, old_outputs, old_defaults
    from pggit.arguments_of(in_old ->> 'arguments') as a;
    select array_agg(case a.mode when 'VARIADIC' then 'VARIADIC ' else '' end || a.declaration order by a.place) filter (where a.mode <> 'OUT'),
           array_agg(a.declaration order by a.place) filter (where a.mode in ('OUT', 'INOUT')),
           array_agg(a.default_value order by a.place) filter (where a.default_value is not null)
    into new_inputs, new_outputs, new_defaults
    from pggit.arguments_of(in_new ->> 'arguments') as a;
    if old_result like 'TABLE(%' then
        old_outputs := array(select a.declaration from pggit.arguments_of(substr(old_result, 7, length(old_result) - 7)) as a order by a.place);
    end if;
    if new_result like 'TABLE(%' then
        new_outputs := array(select a.declaration from pggit.arguments_of(substr(new_result, 7, length(new_result) - 7)) as a order by a.place);
    end if;
    if coalesce(cardinality(new_defaults), 0) < coalesce(cardinality(old_defaults), 0)
        or cardinality(old_inputs) is distinct from cardinality(new_inputs)
        -- a name that callers could use is another or gone; one that comes before the type of an argument without is new
        or exists (
            select from unnest(old_inputs, new_inputs) as i (was, becomes)
            where i.was <> i.becomes
              and right(i.becomes, length(i.was) + 1) <> ' ' || i.was)
    then
        return 'major';
    end if;
    if cardinality(old_outputs) > 0 and cardinality(new_outputs) > 0 then
        if old_outputs is distinct from new_outputs[1:cardinality(old_outputs)]
            or (is_procedure and cardinality(old_outputs) < cardinality(new_outputs))
            or (old_result ~ '^(SETOF |TABLE\()') <> (new_result ~ '^(SETOF |TABLE\()')
        then
            return 'major';
        end if;
    elsif old_result <> new_result or (is_procedure and old_outputs is distinct from new_outputs) then
        return 'major';
    end if;
    return 'minor';
end
$$;
comment on function pggit.signature_impact(jsonb, jsonb) is 'What a change of arguments and result means to a function''s callers: major, minor, or none';

-- The rule table of docs/functions.md.
create or replace function pggit.function_impact(in_old jsonb, in_new jsonb)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    promises constant text[] := array['volatile', 'stable', 'immutable'];
    beside constant text[] := array['comment', 'owner', 'privileges'];
    calling constant text[] := array['strict', 'security_definer', 'window', 'kind', 'direct_arguments', 'state_type'];
    signature_change text;
begin
    if in_old - beside = in_new - beside then
        return 'none';
    end if;
    signature_change := pggit.signature_impact(in_old, in_new);
    if signature_change = 'major'
        or exists (select from unnest(calling) as c (property) where in_old -> c.property is distinct from in_new -> c.property)
    then
        return 'major';
    end if;
    if signature_change = 'minor'
        or array_position(promises, coalesce(in_new ->> 'volatility', 'volatile')) < array_position(promises, coalesce(in_old ->> 'volatility', 'volatile'))
    then
        return 'minor';
    end if;
    -- in other languages blanks can have a meaning
    if in_old - beside - 'source' = in_new - beside - 'source'
        and in_new ->> 'language' in ('sql', 'plpgsql')
        and pggit.is_same_body(in_old ->> 'source', in_new ->> 'source')
    then
        return 'none';
    end if;
    return 'patch';
end
$$;
comment on function pggit.function_impact(jsonb, jsonb) is 'What a change means to a function''s callers: major, minor, patch, or none';

-- @pggit-NAME: value, to the next one or the end of the line, in comments of the source or in the function's comment, which wins.
create or replace function pggit.metadata_of(in_definition jsonb)
returns jsonb
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(jsonb_object_agg(
               d.name,
               case
                   when d.value is null or d.value = '' then 'true'
                   when d.name = 'tags' then to_jsonb(regexp_split_to_array(d.value, '\s*,\s*'))
                   else to_jsonb(d.value)
               end), '{}')
    from (
        select distinct on (f.found[1]) f.found[1] as name, btrim(regexp_replace(f.found[2], '\*/.*$', '')) as value
        from (
            select l.place, l.n as line, r.n, r.found
            from (
                select 1 as place, 1 as n, in_definition ->> 'comment' as line
                union all
                select 2, c.n, c.found[1]
                from regexp_matches(in_definition ->> 'source', '(?:--|/\*|\n[ \t]*\*)[^\n@]*(@pggit-[^\n\r]*)', 'g') with ordinality as c (found, n)
            ) as l
            cross join lateral regexp_matches(l.line, '@pggit-([a-z][a-z0-9_-]*)(?::[ \t]*((?:(?!@pggit-)[^\n\r])*))?', 'g') with ordinality as r (found, n)
        ) as f
        order by f.found[1], f.place, f.line, f.n
    ) as d
$$;
comment on function pggit.metadata_of(jsonb) is 'The directives @pggit-NAME: value of a function''s comments';

create or replace function pggit.extract_function_metadata(function_oid oid)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    definition jsonb;
begin
    select e.definition into definition
    from pggit.read_root('pg_proc'::regclass, function_oid) as e;
    if definition is null then
        raise exception 'there is no function with the oid %', function_oid
            using errcode = 'undefined_object', hint = 'Give it as ''app.f(integer)''::regprocedure.';
    end if;
    return pggit.metadata_of(definition);
end
$$;
comment on function pggit.extract_function_metadata(oid) is 'The directives @pggit-NAME: value in a function''s comments, as an object';

-- Longest common subsequence, between the lines that both begin and end with.
create or replace function pggit.compare_lines(in_old text[], in_new text[])
returns table (change_type text, old_line text, new_line text)
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    shorter constant int := least(cardinality(in_old), cardinality(in_new));
    head int := 0;
    tail int := 0;
    old_count int;
    new_count int;
    lengths int[];
    is_large boolean := false;
    i int;
    j int;
begin
    while head < shorter and in_old[head + 1] = in_new[head + 1] loop
        head := head + 1;
    end loop;
    while tail < shorter - head and in_old[cardinality(in_old) - tail] = in_new[cardinality(in_new) - tail] loop
        tail := tail + 1;
    end loop;
    old_count := cardinality(in_old) - head - tail;
    new_count := cardinality(in_new) - head - tail;
    -- lengths[i, j]: how much the rests after i and j lines have in common; of too many lines nothing in between is looked for
    if old_count::bigint * new_count > 1000000 then
        is_large := true;
    else
        lengths := array_fill(0, array[(old_count + 1) * (new_count + 1)]);
    end if;
    for i in reverse case when is_large then -1 else old_count - 1 end .. 0 loop
        for j in reverse new_count - 1 .. 0 loop
            lengths[i * (new_count + 1) + j + 1] := case
                when in_old[head + i + 1] = in_new[head + j + 1] then lengths[(i + 1) * (new_count + 1) + j + 2] + 1
                else greatest(lengths[(i + 1) * (new_count + 1) + j + 1], lengths[i * (new_count + 1) + j + 2]) end;
        end loop;
    end loop;
    change_type := 'unchanged';
    for i in 1 .. head loop
        old_line := in_old[i];
        new_line := in_new[i];
        return next;
    end loop;
    i := 0;
    j := 0;
    while i < old_count or j < new_count loop
        old_line := null;
        new_line := null;
        if not is_large and i < old_count and j < new_count and in_old[head + i + 1] = in_new[head + j + 1] then
            i := i + 1;
            j := j + 1;
            change_type := 'unchanged';
            old_line := in_old[head + i];
            new_line := in_new[head + j];
        elsif j = new_count or (i < old_count and is_large) or (i < old_count and lengths[(i + 1) * (new_count + 1) + j + 1] >= lengths[i * (new_count + 1) + j + 2]) then
            i := i + 1;
            change_type := 'removed';
            old_line := in_old[head + i];
        else
            j := j + 1;
            change_type := 'added';
            new_line := in_new[head + j];
        end if;
        return next;
    end loop;
    change_type := 'unchanged';
    for i in 1 .. tail loop
        old_line := in_old[head + old_count + i];
        new_line := in_new[head + new_count + i];
        return next;
    end loop;
end
$$;
comment on function pggit.compare_lines(text[], text[]) is 'Two texts line by line: unchanged, removed, added';
