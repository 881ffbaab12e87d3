-- One text for the queries of views on all versions. Up to 15 a view over one relation prints with the relation's name before each of
-- its columns (SELECT t.id FROM t), from 16 on without; inside subqueries, and over several relations, all write the name. What stands
-- alone in ORDER BY keeps it where a column of the result has the same name and is something else.

create or replace function pggit.unqualified_by_words(in_sql text)
returns text
language plpgsql
immutable parallel safe
as $$
declare
    words text[];
    gaps text[];
    count int;
    word text;
    depth int := 0;
    from_at int;
    end_at int;
    -- the depth at which a subquery began
    inside int := 0;
    alias text;
    sampled boolean := false;
    outputs text[] := '{}';
    sorts boolean[] := array[false];
begin
    select array_agg(m.parts[2] order by m.ord), array_agg(m.parts[1] order by m.ord)
    into words, gaps
    from regexp_matches(in_sql, '([ \t\r\n]*)(E?''(?:[^'']|'''')*''|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_]*|[^ \t\r\n])', 'g') with ordinality as m (parts, ord);
    count := array_length(words, 1);
    for place in 1 .. count loop
        word := words[place];
        if word = '(' then
            depth := depth + 1;
        elsif word = ')' then
            depth := depth - 1;
        elsif depth > 0 then
            continue;
        elsif word in ('UNION', 'INTERSECT', 'EXCEPT', 'JOIN') then
            return in_sql;
        elsif word = 'FROM' and from_at is null then
            from_at := place;
            -- several relations that are joined stand in parentheses
            if words[place + 1] = '(' and words[place + 2] not in ('SELECT', 'WITH', 'VALUES') then
                return in_sql;
            end if;
        elsif from_at is null then
            if word = 'AS' then
                outputs := outputs || words[place + 1];
            end if;
        elsif word in ('WHERE', 'GROUP', 'HAVING', 'WINDOW', 'ORDER', 'LIMIT', 'OFFSET', 'FETCH', 'FOR', ';') then
            end_at := place;
            exit;
        elsif word = ',' then
            return in_sql;
        elsif word = 'TABLESAMPLE' then
            sampled := true;
        elsif not sampled and word ~ '^[a-z_"]' then
            alias := word;
        end if;
    end loop;
    if alias is null then
        return in_sql;
    end if;
    depth := 0;
    for place in 1 .. count loop
        word := words[place];
        if word = '(' then
            depth := depth + 1;
            sorts[depth + 1] := words[place - 1] = 'ON' and words[place - 2] = 'DISTINCT';
            if inside = 0 and words[place + 1] in ('SELECT', 'WITH', 'VALUES') then
                inside := depth;
            end if;
        elsif word = ')' then
            if depth = inside then
                inside := 0;
            end if;
            depth := depth - 1;
        elsif inside > 0 or (place > from_at and place < end_at) then
            continue;
        elsif word = 'BY' then
            sorts[depth + 1] := words[place - 1] in ('ORDER', 'PARTITION');
        elsif word in ('ROWS', 'RANGE', 'GROUPS', 'LIMIT', 'OFFSET', 'FETCH', 'FOR', 'FROM') then
            sorts[depth + 1] := false;
        elsif word = alias and words[place + 1] = '.' and words[place + 2] ~ '^[a-z_"]' and words[place + 3] is distinct from '('
              and coalesce(words[place - 1] not in ('.', ':', 'COLLATE') and not (words[place - 1] = '(' and words[place - 2] = 'OPERATOR'), true)
              and not (coalesce(sorts[depth + 1], false) and words[place - 1] in ('BY', ',', '(') and words[place + 2] = any (outputs)) then
            words[place] := '';
            words[place + 1] := '';
        end if;
    end loop;
    return (select string_agg(g.gap || g.word, '' order by g.ord) from unnest(gaps, words) with ordinality as g (gap, word, ord));
end
$$;
comment on function pggit.unqualified_by_words(text) is 'The query of any view as PostgreSQL 15 printed it, as 16 and later print it';

-- Most views are plain: one relation, no subquery, no order, no quoted name. There the relation's name goes wherever it stands, unless it
-- stands in a literal too or before something else than a column.
create or replace function pggit.unqualified(in_sql text)
returns text
language plpgsql
immutable parallel safe
as $$
declare
    place int := strpos(in_sql, E'\n   FROM ');
    selected text := left(in_sql, place);
    source text := rtrim(split_part(substr(in_sql, place + 1), E'\n', 1), ';');
    filtered text := substr(in_sql, place + length(source) + 1);
    parts text[];
    name text;
    columns text;
    conditions text;
    bare text;
begin
    if in_sql not like all (array[
           '%"%', '%E''%', '%SELECT%SELECT%', '%FROM%FROM%', '%VALUES%', '%UNION%', '%INTERSECT%', '%EXCEPT%', '%ORDER BY%', '%PARTITION BY%',
           '%DISTINCT ON%', '%COLLATE%', '%OPERATOR%', '%.*%'])
       and in_sql !~ '\.[a-z0-9_]+\(' and (filtered = ';' or filtered like E'\n  WHERE %') then
        parts := regexp_match(source, '^   FROM (?:[a-z_][a-z0-9_]*\.)?([a-z_][a-z0-9_]*)(?: ([a-z_][a-z0-9_]*))?$');
        name := coalesce(parts[2], parts[1]) || '.';
        columns := replace(replace(selected, ' ' || name, ' '), '(' || name, '(');
        conditions := replace(replace(filtered, ' ' || name, ' '), '(' || name, '(');
        bare := regexp_replace(selected || filtered, '''(?:[^'']|'''')*''', '', 'g');
        if strpos(columns, name) = 0 and strpos(conditions, name) = 0
           and length(selected) + length(filtered) - length(columns) - length(conditions) = length(bare) - length(replace(bare, name, '')) then
            return columns || source || conditions;
        end if;
    end if;
    return pggit.unqualified_by_words(in_sql);
end
$$;
comment on function pggit.unqualified(text) is 'The query of a view as PostgreSQL 15 printed it, as 16 and later print it';

create or replace function pggit.settled_query(in_sql text)
returns text
language sql
stable parallel safe
as $$
    select pggit.settled(case when current_setting('server_version_num')::int < 160000 then pggit.unqualified(in_sql) else in_sql end)
$$;
comment on function pggit.settled_query(text) is 'The query of a view as PostgreSQL printed it, in the one text that pgGit records for all that mean the same';
