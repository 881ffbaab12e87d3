-- One text for expressions that mean the same. What PostgreSQL prints it does not always print again once it has read it back: after a
-- dump and restore, or after a column's type has changed, the text is another. pgGit records one for all of them, so that a dump and
-- restore changes no definition.
--
-- - x in ('a', 'b') over varchar prints as (ARRAY['a'::character varying, ...])::text[]; read back, as ARRAY[('a'::character varying)::text,
--   ...]. The first is recorded where all items are literals, which is what people write; else the second, which stays as it is.
-- - x between 1 and 2 and y prints as (((x >= 1) AND (x <= 2)) AND y); read back, as ((x >= 1) AND (x <= 2) AND y), which is recorded.
-- - From 16 on XMLSERIALIZE says NO INDENT where nothing was said.

-- The pieces of a text: literals and quoted names whole, parentheses, brackets and commas alone.
create or replace function pggit.expression_pieces(in_sql text)
returns text[]
language sql
immutable parallel safe
as $$
    select array(
        select m.parts[1]
        from regexp_matches(in_sql, '(E?''(?:[^'']|'''')*''|"(?:[^"]|"")*"|ARRAY\[| AND | OR |[][(),]|[^][(),''" ]+| )', 'g') with ordinality as m (parts, ord)
        order by m.ord)
$$;
comment on function pggit.expression_pieces(text) is 'The pieces of an expression, which joined are the expression';

-- ((a AND b) AND c) as (a AND b AND c): what stands first in a condition is a part of it.
create or replace function pggit.settled_conditions(in_sql text)
returns text
language plpgsql
immutable parallel safe
as $$
declare
    pieces text[] := pggit.expression_pieces(in_sql);
    piece text;
    opened int[] := '{}';
    words text[] := '{}';
    depth int := 0;
    place int := 0;
begin
    foreach piece in array pieces loop
        place := place + 1;
        if piece = '(' then
            depth := depth + 1;
            opened[depth] := place;
            words[depth] := null;
        elsif depth = 0 then
            continue;
        elsif piece = ' AND ' or piece = ' OR ' then
            words[depth] := piece;
        elsif piece = ')' then
            if pieces[place + 1] = words[depth] and pieces[opened[depth] - 1] = '(' then
                pieces[opened[depth]] := '';
                pieces[place] := '';
            end if;
            depth := depth - 1;
        end if;
    end loop;
    return array_to_string(pieces, '');
end
$$;
comment on function pggit.settled_conditions(text) is 'An expression whose conditions are not nested where reading it would put them together';

-- (ARRAY[a, b])::text[] as ARRAY[(a)::text, (b)::text], but for arrays of literals that are no item of another array and
-- not cast again. No array has more than six dimensions: what nests deeper fails when it is computed, and stays as it is here, for
-- each cast would go down through all that is in it.
create or replace function pggit.settled_arrays(in_sql text)
returns text
language plpgsql
immutable parallel safe
as $$
declare
    pieces constant text[] := pggit.expression_pieces(in_sql);
    count constant int := array_length(pieces, 1);
    texts text[] := pieces;
    -- what is open at a place, the last first
    open text[] := '{}';
    nested int := 0;
    is_item boolean;
    items text[];
    item text;
    cast_type text;
    starts int[];
    ends int[];
    depth int;
    closes int;
    place int;
    done int := 0;
begin
    for opens in 1 .. count - 1 loop
        is_item := open[1] = 'ARRAY[' and (pieces[opens - 1] = 'ARRAY[' or pieces[opens - 2] = ',');
        if pieces[opens] in ('(', '[', 'ARRAY[') then
            open := pieces[opens] || open;
            nested := nested + (pieces[opens] = 'ARRAY[')::int;
            if nested > 6 then
                return in_sql;
            end if;
        elsif pieces[opens] in (')', ']') then
            nested := nested - coalesce(open[1] = 'ARRAY[', false)::int;
            open := open[2:];
        end if;
        continue when opens < done or pieces[opens] <> '(' or pieces[opens + 1] <> 'ARRAY[';
        depth := 1;
        starts := array[opens + 2];
        ends := '{}';
        items := '{}';
        item := '';
        closes := opens + 1;
        -- piece by piece: to take a part of an array PostgreSQL goes through all of it
        while depth > 0 and closes < count loop
            closes := closes + 1;
            if pieces[closes] in ('(', '[', 'ARRAY[') then
                depth := depth + 1;
            elsif pieces[closes] in (')', ']') then
                depth := depth - 1;
                exit when depth = 0;
            elsif pieces[closes] = ',' and depth = 1 then
                ends := ends || (closes - 1);
                starts := starts || (closes + 2);
                items := items || item;
                item := '';
                closes := closes + 1;
                continue;
            end if;
            item := item || pieces[closes];
        end loop;
        ends := ends || (closes - 1);
        items := items || item;
        continue when pieces[closes + 1] is distinct from ')' or pieces[closes + 2] is null or pieces[closes + 2] not like '::%';
        -- the type, which may have a modifier, as far as []
        place := closes + 2;
        loop
            if pieces[place] = '(' then
                while pieces[place] <> ')' loop
                    place := place + 1;
                end loop;
            end if;
            exit when coalesce(pieces[place], ']') in ('[', ']', ',') or (pieces[place] = ')' and pieces[place - 1] !~ '^[0-9]');
            place := place + 1;
        end loop;
        continue when pieces[place] is distinct from '[' or pieces[place + 1] is distinct from ']';
        cast_type := '';
        for word in closes + 2 .. place - 1 loop
            cast_type := cast_type || pieces[word];
        end loop;
        is_item := coalesce(is_item or (pieces[opens - 1] = '(' and pieces[place + 2] = ')' and pieces[place + 3] like '::%'), false);
        continue when not is_item and pggit.is_of_literals(items) and cast_type ~ '^::[a-z ]+$';
        if exists (select from unnest(items) as i where i like 'ARRAY[%' or i like '%[]') then
            cast_type := cast_type || '[]';
        elsif not exists (
            select
            from unnest(items) as i
            where i ~ '^E?''|::[^()''[\]]+(\([0-9,]+\))?$|^\(?-?[0-9.]+\)?$|^(true|false)$| COLLATE [^ ()]+\)$') then
            -- whether columns and functions give arrays is not in the text
            continue;
        end if;
        for place_of in 1 .. array_length(starts, 1) loop
            if items[place_of] ~ '^\(.* COLLATE [^ ()]+\)$' then
                -- a cast goes under it
                texts[starts[place_of]] := '((';
                for word in reverse ends[place_of] .. starts[place_of] loop
                    if pieces[word] = 'COLLATE' then
                        texts[word - 1] := ')' || cast_type || ' ';
                        exit;
                    end if;
                end loop;
            else
                texts[starts[place_of]] := '(' || texts[starts[place_of]];
                texts[ends[place_of]] := texts[ends[place_of]] || ')' || cast_type;
            end if;
        end loop;
        texts[opens] := '';
        texts[closes + 1] := '';
        for gone in closes + 2 .. place + 1 loop
            texts[gone] := '';
        end loop;
        done := place + 1;
    end loop;
    -- what stands in an array, or around it, is another text now
    return case when done > 0 then pggit.settled_arrays(array_to_string(texts, '')) else in_sql end;
end
$$;
comment on function pggit.settled_arrays(text) is 'An expression whose arrays are cast item by item, but for those of literals';

create or replace function pggit.is_of_literals(in_items text[])
returns boolean
language sql
immutable parallel safe
as $$
    select bool_and(i ~ '^E?''(?:[^'']|'''')*''::[a-z_ ."]+$') and count(distinct substring(i from '^E?''(?:[^'']|'''')*''(.*)$')) = 1
    from unnest(in_items) as i
$$;
comment on function pggit.is_of_literals(text[]) is 'Whether the items of an array are literals of one type';

-- ARRAY[('a'::varchar)::text, ...] of literals as (ARRAY['a'::varchar, ...])::text[]; what else is cast, item by item.
create or replace function pggit.settled_casts(in_sql text)
returns text
language plpgsql
immutable parallel safe
as $$
declare
    literal constant text := 'E?''(?:[^'']|'''')*''';
    items constant text := format('^(\(%1$s(::[a-z_ ."]+)\)(::[a-z ]+)(?:, \(%1$s\2\)\3)*)\]', literal);
    -- what follows each ARRAY[
    parts constant text[] := string_to_array(in_sql, 'ARRAY[');
    count constant int := cardinality(parts);
    texts text[] := array[parts[1]];
    place int := 2;
    last int;
    part text;
    found text[];
    settled text;
begin
    while place <= count loop
        part := parts[place];
        last := place;
        -- where a literal is open the same letters are in it
        if (length(part) - length(replace(part, '''', ''))) % 2 = 1 then
            loop
                last := last + 1;
                exit when last > count;
                part := part || 'ARRAY[' || parts[last];
                exit when (length(parts[last]) - length(replace(parts[last], '''', ''))) % 2 = 1;
            end loop;
        end if;
        found := regexp_match(part, items);
        if found is null then
            texts := texts || ('ARRAY[' || parts[place]);
            place := place + 1;
        else
            texts := texts || (
                format('(ARRAY[%s])%s[]', regexp_replace(found[1], format('\((%s::[a-z_ ."]+?)\)::[a-z ]+', literal), '\1', 'g'), found[3])
                || split_part(substr(part, length(found[1]) + 2), 'ARRAY[', 1));
            place := place + 1 + (length(found[1]) - length(replace(found[1], 'ARRAY[', ''))) / 6;
        end if;
    end loop;
    settled := array_to_string(texts, '');
    -- but for those of literals that are no item and not cast again. What stands before is matched: for a look behind PostgreSQL begins
    -- at the beginning of the text.
    if position('(ARRAY[' in regexp_replace(settled, format('(?:^|[^[ ]|[^,] )\(ARRAY\[%1$s(::[a-z_ ."]+)(?:, %1$s\1)*\]\)::[a-z ]+\[\](?!\)::)', literal), '', 'g')) > 0 then
        settled := pggit.settled_arrays(settled);
    end if;
    return settled;
end
$$;
comment on function pggit.settled_casts(text) is 'An expression whose arrays are cast as a whole where they are of literals, item by item where they are not';

create or replace function pggit.settled(in_sql text)
returns text
language plpgsql
immutable strict parallel safe
as $$
declare
    settled text;
begin
    -- most expressions have but one text, and there are very many
    if in_sql not like all (array['%ARRAY[%', '%((%) AND %', '%((%) OR %', '% NO INDENT)%']) then
        return in_sql;
    end if;
    settled := case when position('ARRAY[' in in_sql) > 0 then pggit.settled_casts(in_sql) else in_sql end;
    if settled like '%((%) AND %' or settled like '%((%) OR %' then
        settled := pggit.settled_conditions(settled);
    end if;
    if position(' NO INDENT)' in settled) > 0 then
        settled := regexp_replace(settled, '(''(?:[^'']|'''')*''|"(?:[^"]|"")*")| NO INDENT(?=\))', '\1', 'g');
    end if;
    return settled;
end
$$;
comment on function pggit.settled(text) is 'An expression as PostgreSQL printed it, in the one text that pgGit records for all that mean the same';

-- PostgreSQL moves the cast of an array to its items; a cast of its own for the inner array keeps it where it stood.
create or replace function pggit.unsettled(in_sql text)
returns text
language sql
immutable parallel safe
as $$
    select case
               when position('ARRAY[' in in_sql) > 0
                   then regexp_replace(
                       in_sql, '\((ARRAY\[E?''(?:[^'']|'''')*''::([a-z_ ."]+)(?:, E?''(?:[^'']|'''')*''::\2)*\])\)::([a-z ]+\[\])', '((\1)::\2[])::\3', 'g')
               else in_sql
           end
$$;
comment on function pggit.unsettled(text) is 'A recorded expression as a statement has to write it, so that PostgreSQL prints it as it was';
