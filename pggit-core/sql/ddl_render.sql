-- DDL from the grammar of objects/KIND.toml: a template and what it speaks of give a statement.
--
-- In a template {x} stands for the text of x, {x:form} for x written in a form (see ddl_form), {x*part} for a list whose items
-- are written by the part's own template. [...] is left out where something in it has no value. {x?} and {!x?} have no text:
-- they ask for x to be there or not, {x=a|b?} for it to be one of these.

-- A name as the catalogs have it.
create or replace function pggit.unquoted(in_name text)
returns text
language sql
immutable parallel safe
as $$
    select case when in_name like '"%' then replace(substr(in_name, 2, length(in_name) - 2), '""', '"') else in_name end
$$;
comment on function pggit.unquoted(text) is 'A quoted name as it is without its quotes';

-- An identity without its arguments: public.f(integer) gives public.f.
create or replace function pggit.ddl_path(in_identity text)
returns text
language sql
immutable parallel safe
as $$
    select coalesce(substring(in_identity from '^((?:"(?:[^"]|"")*"|[^"(])*)\('), in_identity)
$$;
comment on function pggit.ddl_path(text) is 'An identity without its arguments';

-- A value of a configuration parameter as SET takes it; a list of names is a list there too.
create or replace function pggit.ddl_setting(in_item text)
returns text
language sql
immutable parallel safe
as $$
    select 'set ' || quote_ident(split_part(in_item, '=', 1)) || ' to '
           || case
                  when split_part(in_item, '=', 1) in ('search_path', 'temp_tablespaces', 'session_preload_libraries', 'shared_preload_libraries', 'local_preload_libraries', 'unix_socket_directories')
                      then coalesce((
                          select string_agg(quote_literal(case when n.name[1] like '"%' then replace(substr(n.name[1], 2, length(n.name[1]) - 2), '""', '"') else btrim(n.name[1]) end), ', ' order by n.ord)
                          from regexp_matches(substr(in_item, position('=' in in_item) + 1), '"(?:[^"]|"")*"|[^,\s][^,]*', 'g') with ordinality as n (name, ord)
                      ), '''''')
                  else quote_literal(substr(in_item, position('=' in in_item) + 1))
              end
$$;
comment on function pggit.ddl_setting(text) is 'The SET clause of a function for an item of its settings';

create or replace function pggit.ddl_form(in_value jsonb, in_form text)
returns text
language plpgsql
immutable parallel safe
as $$
declare
    whole text := in_value #>> '{}';
    tag text := 'function';
    word text;
begin
    case split_part(in_form, ' ', 1)
        when '' then
            return pggit.unsettled(whole);
        when 'name' then
            return quote_ident(whole);
        when 'literal' then
            return quote_literal(whole);
        when 'list' then
            return (select string_agg(i.item, ', ' order by i.ord) from jsonb_array_elements_text(in_value) with ordinality as i (item, ord));
        when 'names' then
            return (select string_agg(ltrim(split_part(in_form, ' ', 2) || ' ') || quote_ident(i.item), ', ' order by i.ord) from jsonb_array_elements_text(in_value) with ordinality as i (item, ord));
        when 'literals' then
            return coalesce((select string_agg(quote_literal(i.item), ', ' order by i.ord) from jsonb_array_elements_text(in_value) with ordinality as i (item, ord)), '');
        when 'options', 'toast' then
            return (
                select string_agg(case in_form when 'toast' then 'toast.' else '' end || split_part(i.item, '=', 1)
                                  || case when i.item like '%=%' then ' = ' || quote_literal(substr(i.item, position('=' in i.item) + 1)) else '' end, ', ' order by i.ord)
                from jsonb_array_elements_text(in_value) with ordinality as i (item, ord));
        when 'foreign' then
            -- what could be a secret was never recorded
            return (
                select string_agg(ltrim(split_part(in_form, ' ', 2) || ' ') || quote_ident(split_part(i.item, '=', 1)) || ' ' || quote_literal(substr(i.item, position('=' in i.item) + 1)), ', ' order by i.ord)
                from jsonb_array_elements_text(in_value) with ordinality as i (item, ord)
                where i.item not like '%=***');
        when 'settings' then
            return (select string_agg(pggit.ddl_setting(i.item), ' ' order by i.ord) from jsonb_array_elements_text(in_value) with ordinality as i (item, ord));
        when 'transforms' then
            return (select string_agg('for type ' || i.item, ', ' order by i.ord) from jsonb_array_elements_text(in_value) with ordinality as i (item, ord));
        when 'path' then
            return pggit.ddl_path(whole);
        when 'inputs' then
            -- types without a mode could as well be those of all arguments of another procedure
            return pggit.ddl_path(whole) || regexp_replace(substr(whole, length(pggit.ddl_path(whole)) + 1), '^\((?!\))', '(in ');
        when 'operator' then
            word := pggit.ddl_path(whole);
            return 'operator(' || case when position('.' in word) > 0 then word else 'pg_catalog.' || word end || ')';
        when 'before' then
            return split_part(whole, ' ' || split_part(in_form, ' ', 2) || ' ', 1);
        when 'after' then
            return split_part(whole, ' ' || split_part(in_form, ' ', 2) || ' ', 2);
        when 'body' then
            return pggit.unsettled(regexp_replace(whole, ';\s*$', ''));
        when 'dollar' then
            while position('$' || tag in whole) > 0 loop
                tag := tag || '_';
            end loop;
            return '$' || tag || '$' || whole || '$' || tag || '$';
        else
            raise exception 'the grammar has no form "%"', in_form;
    end case;
end
$$;
comment on function pggit.ddl_form(jsonb, text) is 'A value written as a form asks: name, literal, list and so on';

create or replace function pggit.render(in_template text, in_scope jsonb)
returns text
language plpgsql
immutable
as $$
declare
    texts text[] := array[''];
    holds boolean[] := array[true];
    depth int := 1;
    token text;
    word text;
    part text;
    value jsonb;
    piece text;
    parts text[];
begin
    foreach token in array array(select t[1] from regexp_matches(in_template, '\{[^{}]*\}|\[|\]|[^][{}]+', 'g') with ordinality as m (t, ord) order by m.ord) loop
        if token = '[' then
            depth := depth + 1;
            texts[depth] := '';
            holds[depth] := true;
        elsif token = ']' then
            depth := depth - 1;
            if holds[depth + 1] then
                texts[depth] := texts[depth] || texts[depth + 1];
            end if;
        elsif token like '{%?}' then
            word := btrim(token, '{?!}');
            value := in_scope #> string_to_array(split_part(word, '=', 1), '.');
            if (case when position('=' in word) > 0
                         then coalesce((value #>> '{}') = any (string_to_array(substr(word, position('=' in word) + 1) || case when word like '%=' then '|' else '' end, '|')), false)
                     else value is not null and value <> 'null' and value <> 'false' end) = (token like '{!%') then
                holds[depth] := false;
            end if;
        elsif token like '{%' then
            parts := regexp_match(token, '^\{([^:*]*)(?:([:*])(.*))?\}$');
            word := parts[1];
            value := in_scope #> string_to_array(word, '.');
            if parts[2] = '*' then
                piece := null;
                part := in_scope -> '*' ->> parts[3];
                select string_agg(pggit.render(part, in_scope || i.item), E',\n    ' order by i.ord)
                into piece
                from jsonb_array_elements(value) with ordinality as i (item, ord);
            else
                piece := case when value is not null and value <> 'null' then pggit.ddl_form(value, coalesce(parts[3], '')) end;
            end if;
            if piece is null then
                holds[depth] := false;
            else
                texts[depth] := texts[depth] || piece;
            end if;
        else
            texts[depth] := texts[depth] || token;
        end if;
    end loop;
    return case when holds[1] then nullif(texts[1], '') end;
end
$$;
comment on function pggit.render(text, jsonb) is 'A statement from a template of the grammar; null where something that it needs has no value';

-- The privileges that letters of an ACL item stand for, as GRANT names them; only those with or without the grant option.
create or replace function pggit.privilege_names(in_letters text, in_grantable boolean, in_column text)
returns text
language sql
immutable parallel safe
as $$
    select case
               -- all, whichever the version knows
               when in_column is null and replace(in_letters, '*', '') = 'arwdDxtm' and in_letters in ('arwdDxtm', 'a*r*w*d*D*x*t*m*')
                   then case when (in_letters like '%*') = in_grantable then 'all' end
               else string_agg(p.name || coalesce(' (' || in_column || ')', ''), ', ' order by l.ord)
           end
    from regexp_matches(in_letters, '[a-zA-Z]\*?', 'g') with ordinality as l (letter, ord)
    join (values ('r', 'select'), ('a', 'insert'), ('w', 'update'), ('d', 'delete'), ('D', 'truncate'), ('x', 'references'), ('t', 'trigger'), ('m', 'maintain'),
                 ('X', 'execute'), ('U', 'usage'), ('C', 'create'), ('c', 'connect'), ('T', 'temporary'), ('s', 'set'), ('A', 'alter system')) as p (letter, name)
      on p.letter = left(l.letter[1], 1)
    where (l.letter[1] like '%*') = in_grantable
$$;
comment on function pggit.privilege_names(text, boolean, text) is 'The words for the letters of an ACL item';

-- The grants of a list of ACL items, with names as they are; a grantee without name is PUBLIC.
create or replace function pggit.acl_grants(in_privileges jsonb)
returns table (ord bigint, grantee text, letters text, grantor text)
language sql
immutable parallel safe
as $$
    select p.ord,
           case when a.parts[1] like '"%' then replace(substr(a.parts[1], 2, length(a.parts[1]) - 2), '""', '"') else a.parts[1] end,
           a.parts[2],
           case when a.parts[3] like '"%' then replace(substr(a.parts[3], 2, length(a.parts[3]) - 2), '""', '"') else a.parts[3] end
    from jsonb_array_elements_text(in_privileges) with ordinality as p (item, ord)
    cross join lateral regexp_match(p.item, '^("(?:[^"]|"")*"|[^=]*)=([a-zA-Z*]*)/(.*)$') as a (parts)
$$;
comment on function pggit.acl_grants(jsonb) is 'The grants in a list of ACL items, taken apart';

-- The statements that give a new object its privileges. What its owner and PUBLIC have by default is taken only where it differs.
create or replace function pggit.grant_statements(in_privileges jsonb, in_class text, in_on text, in_owner text, in_prefix text default '', in_column text default null)
returns setof text
language plpgsql
stable
as $$
declare
    class text := case in_class when 'tables' then 'r' when 'sequences' then 's' when 'functions' then 'f' when 'types' then 'T' when 'schemas' then 'n' else in_class end;
    has_default boolean := class in ('r', 's', 'f', 'T', 'n', 'l', 'F', 'S') and in_prefix not like '% in schema %';
    owner_letters text := case when has_default
        then case class when 'r' then 'arwdDxtm' else (select substring(a.item::text from '=([a-zA-Z*]*)/') from unnest(acldefault(class::"char", 10)) as a (item) where a.item::text not like '=%' limit 1) end end;
    public_letters text := case when has_default then case class when 'f' then 'X' when 'T' then 'U' when 'l' then 'U' end end;
    item record;
begin
    if in_on = 'schema public' then
        return next 'revoke all on schema public from public';
    end if;
    if owner_letters is not null and not exists (select from pggit.acl_grants(in_privileges) as g where g.grantee = in_owner and g.grantor = in_owner and g.letters = owner_letters) then
        return next in_prefix || 'revoke all on ' || in_on || ' from ' || quote_ident(in_owner);
    end if;
    if public_letters is not null and not exists (select from pggit.acl_grants(in_privileges) as g where g.grantee = '' and g.grantor = in_owner and g.letters = public_letters) then
        return next in_prefix || 'revoke all on ' || in_on || ' from public';
    end if;
    for item in
        with recursive given as materialized (
            select g.ord, g.grantee, g.grantor, l.letter[1] as letter
            from pggit.acl_grants(in_privileges) as g
            cross join lateral regexp_matches(g.letters, '[a-zA-Z]\*?', 'g') as l (letter)
            where not (g.grantee = in_owner and g.grantor = in_owner and g.letters is not distinct from owner_letters)
              and not (g.grantee = '' and g.grantor = in_owner and g.letters is not distinct from public_letters)
        ),
        -- who may pass on what, and how many have passed it on before
        passing as (
            select distinct in_owner as role, left(g.letter, 1) as letter, 0 as hops
            from given as g
            union
            select g.grantee, p.letter, p.hops + 1
            from passing as p
            join given as g on g.grantor = p.role and g.letter = p.letter || '*'
            where g.grantee <> in_owner
              and p.hops < 50
        )
        select g.grantee, g.grantor, h.hops, string_agg(g.letter, '' order by g.place) as letters
        from (select *, row_number() over () as place from given) as g
        cross join lateral (select min(p.hops) as hops from passing as p where p.role = g.grantor and p.letter = left(g.letter, 1)) as h
        group by g.ord, g.grantee, g.grantor, h.hops
        order by h.hops, g.ord
    loop
        if item.grantor <> in_owner then
            return next 'set session authorization ' || quote_ident(item.grantor);
        end if;
        return query
            select in_prefix || 'grant ' || n.names || ' on ' || in_on || ' to ' || case item.grantee when '' then 'public' else quote_ident(item.grantee) end
                   || case when o.grantable then ' with grant option' else '' end
            from (values (false), (true)) as o (grantable)
            cross join lateral pggit.privilege_names(item.letters, o.grantable, in_column) as n (names)
            where n.names is not null;
        if item.grantor <> in_owner then
            return next 'reset session authorization';
        end if;
    end loop;
end
$$;
comment on function pggit.grant_statements(jsonb, text, text, text, text, text) is 'The statements that give a new object the privileges that its definition names';

-- Everything that makes an element: its create statement first, then what is set on it. Late statements need other objects too.
create or replace function pggit.create_statements(in_grammar jsonb, in_scope jsonb, in_late boolean)
returns setof text
language plpgsql
stable
as $$
declare
    rule jsonb;
    item jsonb;
    word text;
    scope jsonb;
begin
    if not in_late and in_grammar ? 'create' then
        word := pggit.render(in_grammar ->> 'create', in_scope);
        if word is not null then
            return next word;
        end if;
    end if;
    for rule in select r.value from jsonb_array_elements(coalesce(in_grammar -> 'set', '[]')) with ordinality as r (value, ord) order by r.ord loop
        continue when coalesce((rule ->> 'late')::boolean, false) <> in_late;
        for item in
            select '{}'::jsonb
            where not rule ? 'each'
            union all
            select case jsonb_typeof(a.value) when 'object' then a.value else jsonb_build_object('value', a.value) end
            from jsonb_path_query(in_scope -> (rule ->> 'each'), 'strict $[*] ? (@ != null)', silent => true) as a (value)
            where jsonb_typeof(in_scope -> (rule ->> 'each')) = 'array'
            union all
            select jsonb_build_object('key', o.key, 'value', o.value)
            from jsonb_each(case jsonb_typeof(in_scope -> (rule ->> 'each')) when 'object' then in_scope -> (rule ->> 'each') end) as o
        loop
            scope := case when rule ? 'each' then in_scope - (rule ->> 'property') || item else in_scope end;
            if scope #> string_to_array(rule ->> 'property', '.') is null then
                word := pggit.render(rule ->> 'absent', scope);
                if word is not null then
                    return next word;
                end if;
            elsif rule ? 'grants' then
                return query select g from pggit.grant_statements(
                    scope -> (rule ->> 'property'), pggit.render(rule ->> 'class', scope), pggit.render(rule ->> 'grants', scope),
                    coalesce(scope ->> 'owner', scope ->> 'role'), coalesce(pggit.render(rule ->> 'prefix', scope), ''), case rule ->> 'class' when 'c' then scope ->> 'name' end) as g;
            else
                word := pggit.render(rule ->> 'statement', scope);
                if word is not null then
                    return next word;
                end if;
            end if;
        end loop;
    end loop;
end
$$;
comment on function pggit.create_statements(jsonb, jsonb, boolean) is 'The statements that make an element as its definition says';
