-- Putting a recorded definition in the place of what is there: altered in place, replaced, or made anew where nothing is lost by that.
-- What comes of it is read back from the catalogs; what is not exactly the definition is undone.

-- An element as the catalogs have it now, with the object that it belongs to and what else belongs to that.
create or replace function pggit.live_element(
    in_object_type text, in_object_identity text,
    out definition jsonb, out parent_type text, out parent_identity text, out parent_definition jsonb, out others jsonb)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '10s'
as $$
declare
    wanted constant text := in_object_type || ' ' || in_object_identity;
    is_root constant boolean := in_object_type = any (pggit.root_types());
    place record;
begin
    -- where the index has it; else, for what is not tracked or has just been made anew, wherever it is
    select i.root_classid, i.root_objid into place
    from pggit.index_state() as i
    where i.object_type = in_object_type
      and i.object_identity = in_object_identity;
    if not found or not exists (select from pggit.read_root(place.root_classid, place.root_objid) as e where e.object_type || ' ' || e.object_identity = wanted) then
        select e.root_classid, e.root_objid into place
        from pggit.read_all() as e
        where e.object_type || ' ' || e.object_identity = wanted
           or (not is_root and e.parent_key is null
               and (left(in_object_identity, length(e.object_identity) + 1) = e.object_identity || '.' and in_object_type = e.object_type || ' column'
                    or right(in_object_identity, length(e.object_identity) + 4) = ' on ' || e.object_identity))
        order by e.object_type || ' ' || e.object_identity = wanted desc, length(e.object_identity) desc
        limit 1;
    end if;
    select max(e.definition::text) filter (where e.key = wanted)::jsonb,
           max(e.object_type) filter (where e.parent_key is null and e.key <> wanted),
           max(e.object_identity) filter (where e.parent_key is null and e.key <> wanted),
           max(e.definition::text) filter (where e.parent_key is null and e.key <> wanted)::jsonb,
           coalesce(jsonb_object_agg(e.key, e.definition) filter (where e.key <> wanted), '{}')
    into definition, parent_type, parent_identity, parent_definition, others
    from (select r.*, r.object_type || ' ' || r.object_identity as key from pggit.read_root(place.root_classid, place.root_objid) as r) as e;
end
$$;
comment on function pggit.live_element(text, text) is 'An element as the catalogs have it, its parent, and the parent''s other elements';

-- The statements of one way to make an element what a definition says. A row that converts changes stored values.
create or replace function pggit.applying_statements(in_way text, in_object_type text, in_object_identity text, in_definition jsonb)
returns table (statement text, converts boolean, parent text, name text, old_type text, new_type text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    grammar constant jsonb := pggit.grammar_of(in_object_type, in_definition);
    live record;
    scope jsonb;
begin
    select * into live from pggit.live_element(in_object_type, in_object_identity);
    scope := pggit.element_scope(grammar, in_object_identity, in_definition, live.definition, live.parent_type, live.parent_identity, live.parent_definition);
    if in_way = 'alter' then
        return query
            select a.statement, a.converts, live.parent_identity, scope ->> 'name', live.definition ->> 'type', in_definition ->> 'type'
            from pggit.alter_statements(grammar, scope, live.definition, in_definition) as a;
        return;
    end if;
    if grammar ->> 'create' like '%{elements}%' then
        raise exception 'its columns are not part of its definition'
            using errcode = 'feature_not_supported';
    end if;
    return query
        select case when in_way = 'replace' then regexp_replace(s.statement collate "C", '^create (?!or replace)', 'create or replace ', 'i') else s.statement end,
               false, null::text, null::text, null::text, null::text
        from (
            select 1 as part, 1::bigint as ord, pggit.render(grammar ->> 'drop', scope) as statement
            where in_way = 'recreate'
            union all
            select 2, 1, pggit.render((grammar ->> 'add') || (grammar ->> 'inline'), scope)
            where in_way <> 'replace' and grammar ? 'add'
            union all
            select 3, c.ord, c.statement
            from pggit.create_statements(grammar, scope, false) with ordinality as c (statement, ord)
            where in_way <> 'replace' or c.ord = 1
            union all
            select 4, c.ord, c.statement
            from pggit.create_statements(grammar, scope, true) with ordinality as c (statement, ord)
            where in_way <> 'replace'
            union all
            select 5, 1, pggit.render(grammar ->> 'after', scope)
            where in_way = 'recreate'
        ) as s
        where s.statement is not null or s.part = 1
        order by s.part, s.ord;
end
$$;
comment on function pggit.applying_statements(text, text, text, jsonb) is 'The statements that create, alter, replace or recreate an element as a definition says';

create or replace function pggit.grammar_of(in_object_type text, in_definition jsonb)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select g.grammar
    from pggit.ddl_grammar as g
    where in_object_type = any (g.object_types)
      and (not g.grammar ? 'variants' or g.grammar -> 'variants' ? (in_definition ->> 'kind'))
$$;
comment on function pggit.grammar_of(text, jsonb) is 'The grammar for an element';

-- A conversion that does not lead back to the same value has lost something. A row that a policy hides is no row unseen: it is an error.
create or replace function pggit.refuse_lossy_conversion(in_parent text, in_name text, in_old_type text, in_new_type text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
    loses boolean;
begin
    execute format('lock table %s in access exclusive mode', in_parent);
    execute format('select exists (select from %1$s where %2$s::%3$s::%4$s::text is distinct from %2$s::text)', in_parent, in_name, in_new_type, in_old_type)
    into loses;
    if loses then
        raise exception 'values in it would change on the way from % to %', in_old_type, in_new_type
            using errcode = 'feature_not_supported';
    end if;
end
$$;
comment on function pggit.refuse_lossy_conversion(text, text, text, text) is 'Raises an error where a column holds values that its new type cannot hold';

-- A definition may be anybody's, and EXECUTE runs all that stands in a string. What that is PostgreSQL's parser says without running any
-- of it: no cursor is opened for more than one statement, nor for one that defines something, whose command the refusal names.
create or replace function pggit.check_step(in_object_type text, in_object_identity text, in_statement text)
returns void
language plpgsql
strict
set search_path = pg_catalog, pg_temp
as $$
declare
    -- how the grammar grants for another role
    for_another constant text[] := regexp_match(in_statement, '^set session authorization (?:"(?:[^"]|"")*"|\w+);\n((?:grant|revoke|alter default privileges) .*);\nreset session authorization$');
    statement constant text := coalesce(for_another[1], in_statement);
    is_block constant boolean := in_object_type = 'table constraint'
        and starts_with(statement, 'do $rename$begin execute coalesce((select format(''alter index %s rename to ');
    never refcursor;
    command text;
begin
    if is_block or statement ~* '^(create|alter|drop|comment|grant|revoke|security label|refresh|set|reset)\s' then
        begin
            open never for execute statement;
        exception
            when invalid_cursor_definition then
                command := substring(sqlerrm from '(?:^|[^A-Z])((?:CREATE|ALTER|DROP|COMMENT|GRANT|REVOKE|SECURITY LABEL|REFRESH|SET|RESET|DO)[A-Z ]*)');
        end;
    end if;
    if command is null
        or command ~ '^CREATE TABLE AS'
        or (command ~ '^DO') is distinct from is_block
        -- nothing that a column is computes its values anew
        or (in_object_type like '% column' and coalesce(pggit.skeleton(statement) ~* '\musing\M', true))
    then
        raise exception 'the incoming definition of % % is more than a definition', in_object_type, in_object_identity
            using errcode = 'prohibited_sql_statement_attempted',
                  detail = format('This would run: %s', in_statement),
                  hint = 'Nothing was run. Ask who registered it what it is for; resolve the conflict with use_current, or with custom and statements of your own.';
    end if;
end
$$;
comment on function pggit.check_step(text, text, text) is 'Raises an error for a step that is anything but one statement that defines something; runs nothing of it';

-- One way, tried: its statements are run, and the catalogs have the last word.
create or replace function pggit.try_definition(in_way text, in_object_type text, in_object_identity text, in_definition jsonb)
returns text[]
language plpgsql
set search_path = pg_catalog, pg_temp
set check_function_bodies = off
as $$
declare
    -- what compares must be the same afterwards
    own_functions constant text := 'select string_agg(p.oid || '' '' || p.xmin, '' '' order by p.oid) from pg_proc as p where p.pronamespace = ''pggit''::regnamespace';
    own_before text;
    own_after text;
    steps jsonb[];
    step jsonb;
    ran text[] := '{}';
    before record;
    after record;
    converted boolean := false;
    spoiled text;
begin
    execute own_functions into own_before;
    select * into before from pggit.live_element(in_object_type, in_object_identity);
    steps := array(select to_jsonb(s) from pggit.applying_statements(in_way, in_object_type, in_object_identity, in_definition) as s);
    foreach step in array steps loop
        perform pggit.check_step(in_object_type, in_object_identity, step ->> 'statement');
    end loop;
    foreach step in array steps loop
        if (step ->> 'converts')::boolean then
            if to_regtype(step ->> 'new_type') is null then
                raise exception 'there is no type %', step ->> 'new_type' using errcode = 'undefined_object';
            end if;
            perform pggit.refuse_lossy_conversion(step ->> 'parent', step ->> 'name', step ->> 'old_type', step ->> 'new_type');
            converted := true;
        end if;
        execute step ->> 'statement';
        ran := ran || (step ->> 'statement');
    end loop;
    -- CREATE OR REPLACE leaves owner, privileges and comment as they were
    if in_way = 'replace' then
        steps := array(select to_jsonb(s) from pggit.applying_statements('alter', in_object_type, in_object_identity, in_definition) as s);
        foreach step in array steps loop
            perform pggit.check_step(in_object_type, in_object_identity, step ->> 'statement');
        end loop;
        foreach step in array steps loop
            execute step ->> 'statement';
            ran := ran || (step ->> 'statement');
        end loop;
    end if;
    execute own_functions into own_after;
    if own_after is distinct from own_before then
        raise exception 'pgGit itself would not stay as it is'
            using errcode = 'feature_not_supported';
    end if;
    select * into after from pggit.live_element(in_object_type, in_object_identity);
    if after.definition is distinct from in_definition then
        raise exception 'its % would not be what the definition says', (
                select string_agg(k.key, ', ' order by k.key)
                from jsonb_object_keys(in_definition || coalesce(after.definition, '{}')) as k (key)
                where in_definition -> k.key is distinct from after.definition -> k.key)
            using errcode = 'feature_not_supported';
    end if;
    select k.key into spoiled
    from jsonb_object_keys(before.others) as k (key)
    where case when converted or in_way = 'create' then not after.others ? k.key else before.others -> k.key is distinct from after.others -> k.key end
    order by k.key
    limit 1;
    if found then
        raise exception '% would not stay as it is', spoiled
            using errcode = 'feature_not_supported';
    end if;
    return ran;
end
$$;
comment on function pggit.try_definition(text, text, text, jsonb) is 'Makes an element what a definition says, in one way; an error, which undoes it, where the outcome would not be exact';

create or replace function pggit.apply_definition(in_object_type text, in_object_identity text, in_definition jsonb)
returns text[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    grammar constant jsonb := pggit.grammar_of(in_object_type, in_definition);
    live constant jsonb := (select e.definition from pggit.live_element(in_object_type, in_object_identity) as e);
    way text;
    reasons text[] := '{}';
begin
    if live = in_definition then
        return '{}';
    elsif grammar is null then
        reasons := array['No kind of object has that type and definition.'];
    else
        foreach way in array array(
            select w.way
            from (values ('create', live is null), ('alter', live is not null), ('replace', live is not null and grammar ? 'replace'), ('recreate', live is not null and grammar ? 'recreate')) as w (way, fits)
            where w.fits)
        loop
            begin
                return pggit.try_definition(way, in_object_type, in_object_identity, in_definition);
            exception
                when insufficient_privilege or prohibited_sql_statement_attempted or lock_not_available or deadlock_detected or serialization_failure or read_only_sql_transaction then
                    raise;
                when others then
                    reasons := reasons || format('It cannot be %s: %s.', case way when 'alter' then 'altered' else way || 'd' end, rtrim(sqlerrm, '.'));
            end;
        end loop;
    end if;
    raise exception 'the incoming definition of % % cannot be applied exactly', in_object_type, in_object_identity
        using errcode = 'feature_not_supported',
              detail = array_to_string(reasons, E'\n'),
              hint = 'Nothing was changed. Resolve it with custom and statements of your own: {"sql": "ALTER ..."}.';
end
$$;
comment on function pggit.apply_definition(text, text, jsonb) is 'Makes an element what a definition says, with the rights of the caller: in place, by replacing it, or by making it anew where no data are lost. Gives the statements that ran';
