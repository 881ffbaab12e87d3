-- What a change to a function means, and what its comments say: pure functions over definitions and texts.

-- A body as it is compared: without comments, with one space for any blanks, never touching a literal. A body with backslashes or
-- dollar quotes inside is compared as it stands: where its literals end cannot be told by a pattern.
create or replace function pggit.normalise_body(in_source text)
returns text
language sql
immutable parallel safe
as $$
    select case
        when in_source ~ '\\|\$[[:alpha:]_]*[[:alnum:]_]*\$' then in_source
        else pg_catalog.btrim((
            select coalesce(pg_catalog.string_agg(case when t.token[2] is not null then ' ' else t.token[1] end, '' order by t.n), '')
            from pg_catalog.regexp_matches(
                     in_source,
                     '(''(?:[^'']|'''')*''|"(?:[^"]|"")*"|[^''"[:space:]/-]+|[^[:space:]])|((?:[[:space:]]|--[^\n]*|/\*(?:[^*]|\*+[^*/])*\*+/)+)',
                     'g') with ordinality as t (token, n)))
        end
$$;
comment on function pggit.normalise_body(text) is 'A function''s body without comments and with one space for any blanks, literals as they are';

-- The text of literals is no place to look for DEFAULT.
create or replace function pggit.defaults_of(in_arguments text)
returns int
language sql
immutable parallel safe
as $$
    select pg_catalog.regexp_count(pg_catalog.regexp_replace(in_arguments, '''(?:[^'']|'''')*''|"(?:[^"]|"")*"', 'x', 'g'), ' DEFAULT ')
$$;
comment on function pggit.defaults_of(text) is 'How many arguments have a default, from what pg_get_function_arguments gives';

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
    old_arguments constant text := coalesce(in_old ->> 'arguments', '');
    new_arguments constant text := coalesce(in_new ->> 'arguments', '');
    old_result constant text := coalesce(in_old ->> 'result', '');
    new_result constant text := coalesce(in_new ->> 'result', '');
    new_columns boolean;
begin
    if in_old - beside = in_new - beside then
        return 'none';
    end if;
    new_columns := case
        when old_result like 'TABLE(%)' and new_result like 'TABLE(%)' then starts_with(new_result, left(old_result, -1) || ', ')
        else old_arguments like '%OUT %' and starts_with(new_arguments, old_arguments || ', OUT ')
    end;
    if (old_result <> new_result and not new_columns)
        or in_old -> 'strict' is distinct from in_new -> 'strict'
        or in_old -> 'security_definer' is distinct from in_new -> 'security_definer'
        or pggit.defaults_of(new_arguments) < pggit.defaults_of(old_arguments)
        or (old_arguments <> new_arguments and not new_columns and pggit.defaults_of(old_arguments) = 0 and pggit.defaults_of(new_arguments) = 0)
        or in_old -> 'state_type' is distinct from in_new -> 'state_type'
    then
        return 'major';
    end if;
    if new_columns
        or old_arguments <> new_arguments
        or array_position(promises, coalesce(in_new ->> 'volatility', 'volatile')) < array_position(promises, coalesce(in_old ->> 'volatility', 'volatile'))
    then
        return 'minor';
    end if;
    if in_old - beside - 'source' = in_new - beside - 'source'
        and pggit.normalise_body(in_old ->> 'source') = pggit.normalise_body(in_new ->> 'source')
    then
        return 'none';
    end if;
    return 'patch';
end
$$;
comment on function pggit.function_impact(jsonb, jsonb) is 'What a change means to a function''s callers: major, minor, patch, or none';

-- @pggit-NAME: value, to the end of the line, in comments of the source or in the function's comment, which wins.
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
            select 1 as place, r.found, r.n
            from regexp_matches(in_definition ->> 'comment', '@pggit-([a-z][a-z0-9_-]*)(?::[ \t]*([^\n\r]*))?', 'g') with ordinality as r (found, n)
            union all
            select 2, r.found, r.n
            from regexp_matches(in_definition ->> 'source', '(?:--|/\*|\n[ \t]*\*)[^\n@]*@pggit-([a-z][a-z0-9_-]*)(?::[ \t]*([^\n\r]*))?', 'g') with ordinality as r (found, n)
        ) as f
        order by f.found[1], f.place, f.n
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
    if old_count::bigint * new_count > 4000000 then
        raise exception 'the versions differ in too many lines to be compared (% and %)', old_count, new_count
            using errcode = 'program_limit_exceeded', hint = 'pggit.function_history has the source of both.';
    end if;
    -- lengths[i, j]: how much the rests after i and j lines have in common
    lengths := array_fill(0, array[(old_count + 1) * (new_count + 1)]);
    for i in reverse old_count - 1 .. 0 loop
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
        if i < old_count and j < new_count and in_old[head + i + 1] = in_new[head + j + 1] then
            i := i + 1;
            j := j + 1;
            change_type := 'unchanged';
            old_line := in_old[head + i];
            new_line := in_new[head + j];
        elsif j = new_count or (i < old_count and lengths[(i + 1) * (new_count + 1) + j + 1] >= lengths[i * (new_count + 1) + j + 2]) then
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
