-- The bodies of functions as PostgreSQL's lexer reads them. The same answers as model::body in Rust; a property test compares the two.

-- Pieces of which tokens are made, whatever stands around them: blanks, the ends of lines, words, numbers, signs.
create or replace function pggit.body_pieces(in_source text)
returns text[]
language sql
immutable parallel safe
as $$
    select array(
        select m.piece[1]
        from pg_catalog.regexp_matches(
                 in_source,
                 '[ \t\f]+|[\n\r]|(?:[A-Za-z_]|[^\u0001-\u007f])(?:[A-Za-z0-9_]|[^\u0001-\u007f])*|[0-9][0-9_]*(?:\.[0-9][0-9_]*)?[eE][-+][0-9]+|[0-9][0-9A-Za-z_]*(?:\.(?!\.)[0-9A-Za-z_]*)?|\.[0-9][0-9A-Za-z_]*|\.\.|::|:=|[~!@#^&|`?+%<>=]+|.',
                 'g') with ordinality as m (piece, place)
        order by m.place)
$$;
comment on function pggit.body_pieces(text) is 'A text cut into pieces no smaller than a lexer needs';

-- Tokens, in pieces, with a null before each but the first; where the next line goes on with a literal, the end of the line is a piece.
-- Null where the text ends inside of something, or where it depends on standard_conforming_strings what a literal is.
create or replace function pggit.body_tokens(in_source text)
returns text[]
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    pieces constant text[] := pggit.body_pieces(in_source);
    last constant int := cardinality(pieces);
    tokens text[] := '{}';
    place int := 1;
    piece text;
    following text;
    depth int;
    run text;
    head text;
    -- the quote that is open, and whether a backslash escapes in it
    quote text;
    escapes boolean := false;
    -- the last token was a literal, which the next line could go on with
    is_literal boolean := false;
    has_line boolean := false;
    has_block boolean := false;
begin
    while place <= last loop
        piece := pieces[place];
        following := pieces[place + 1];
        if piece in (e'\n', e'\r') then
            has_line := true;
            place := place + 1;
            continue;
        elsif left(piece, 1) in (' ', e'\t', e'\f') then
            place := place + 1;
            continue;
        elsif piece = '-' and following = '-' then
            while place <= last and pieces[place] not in (e'\n', e'\r') loop
                place := place + 1;
            end loop;
            continue;
        elsif piece = '/' and following = '*' then
            has_block := true;
            depth := 1;
            place := place + 2;
            while depth > 0 loop
                if place > last then
                    return null;
                elsif pieces[place] = '/' and pieces[place + 1] = '*' then
                    depth := depth + 1;
                    place := place + 2;
                elsif pieces[place] = '*' and pieces[place + 1] = '/' then
                    depth := depth - 1;
                    place := place + 2;
                else
                    place := place + 1;
                end if;
            end loop;
            continue;
        end if;

        if cardinality(tokens) > 0 then
            tokens := tokens || null::text;
        end if;
        if piece = '''' and is_literal and has_line and not has_block then
            tokens := tokens || e'\n'::text;
        else
            escapes := false;
        end if;
        is_literal := false;
        has_line := false;
        has_block := false;

        if piece ~ '^[-+*/~!@#^&|`?%<>=]' then
            run := '';
            while place <= last and pieces[place] ~ '^[-+*/~!@#^&|`?%<>=]'
                and not (pieces[place] = '-' and coalesce(pieces[place + 1], '') = '-')
                and not (pieces[place] = '/' and coalesce(pieces[place + 1], '') = '*')
            loop
                run := run || pieces[place];
                place := place + 1;
            end loop;
            -- no operator of SQL's own signs ends with + or -: these are operators by themselves
            head := run;
            if run !~ '[~!@#^&|`?%]' then
                head := rtrim(run, '+-');
                head := case when head = '' then left(run, 1) else head end;
            end if;
            tokens := tokens || head;
            for i in length(head) + 1 .. length(run) loop
                tokens := tokens || null::text;
                tokens := tokens || substr(run, i, 1);
            end loop;
            continue;
        elsif piece ~ '^[A-Za-z_]' or ascii(piece) > 127 then
            tokens := tokens || piece;
            place := place + 1;
            if following = '''' and piece ~ '^[eEbBxXnN]$' then
                quote := following;
                escapes := piece in ('e', 'E');
            elsif piece in ('u', 'U') and following = '&' and pieces[place + 1] in ('''', '"') then
                tokens := tokens || following;
                place := place + 1;
                quote := pieces[place];
            else
                while pieces[place] = '$' or pieces[place] ~ '^[A-Za-z_0-9]' or ascii(pieces[place]) > 127 loop
                    tokens := tokens || pieces[place];
                    place := place + 1;
                end loop;
                continue;
            end if;
        elsif piece in ('''', '"') then
            quote := piece;
        elsif piece = '$' and (following = '$' or (pieces[place + 2] = '$' and (following ~ '^[A-Za-z_]' or ascii(following) > 127))) then
            depth := case when following = '$' then 2 else 3 end;
            head := case when depth = 3 then following else '$' end;
            for i in 1 .. depth loop
                tokens := tokens || pieces[place];
                place := place + 1;
            end loop;
            loop
                if place > last then
                    return null;
                end if;
                exit when pieces[place] = '$' and pieces[place + 1] = head and (depth = 2 or pieces[place + 2] = '$');
                tokens := tokens || pieces[place];
                place := place + 1;
            end loop;
            for i in 1 .. depth loop
                tokens := tokens || pieces[place];
                place := place + 1;
            end loop;
            continue;
        else
            tokens := tokens || piece;
            place := place + 1;
            if piece = '$' and following ~ '^[0-9]' then
                tokens := tokens || following;
                place := place + 1;
            end if;
            continue;
        end if;

        -- a literal, or a quoted name
        tokens := tokens || quote;
        place := place + 1;
        loop
            if place > last then
                return null;
            end if;
            piece := pieces[place];
            place := place + 1;
            tokens := tokens || piece;
            if piece = quote then
                exit when pieces[place] is distinct from quote;
                tokens := tokens || piece;
                place := place + 1;
            elsif piece = '\' and quote = '''' and (escapes or pieces[place] = '''') then
                if not escapes or place > last then
                    return null;
                end if;
                tokens := tokens || pieces[place];
                place := place + 1;
            end if;
        end loop;
        is_literal := quote = '''';
    end loop;
    return tokens;
end
$$;
comment on function pggit.body_tokens(text) is 'The tokens of a text in SQL or PL/pgSQL, in pieces, with a null between any two of them; null where that cannot be told';

create or replace function pggit.normalise_body(in_source text)
returns text
language sql
immutable parallel safe
as $$
    select case
        when pg_catalog.length(in_source) > 100000 then in_source
        else coalesce(pg_catalog.array_to_string(pggit.body_tokens(in_source), '', ' '), in_source)
    end
$$;
comment on function pggit.normalise_body(text) is 'A text in SQL or PL/pgSQL without comments and with one blank between any two tokens, literals as they are; longer than 100,000 characters it stays as it is';

-- Where there are no comments, whatever differs without its blanks differs.
create or replace function pggit.is_same_body(in_old text, in_new text)
returns boolean
language sql
immutable parallel safe
as $$
    select case
        when in_old = in_new then true
        when in_old || in_new !~ '--|/\*'
            and pg_catalog.translate(in_old, e' \t\f\n\r', '') <> pg_catalog.translate(in_new, e' \t\f\n\r', '') then false
        else pggit.normalise_body(in_old) = pggit.normalise_body(in_new)
    end
$$;
comment on function pggit.is_same_body(text, text) is 'Whether two bodies in SQL or PL/pgSQL differ in blanks and comments only';

-- The statements of a script, each in its normal form. What a function's body of statements holds (BEGIN ATOMIC) is counted as statements too.
create or replace function pggit.statements_of(in_script text)
returns setof text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
    select btrim(string_agg(t.token, ' ' order by t.token_number))
    from (
        select k.token, k.token_number, count(*) filter (where k.token = ';') over (order by k.token_number) as statement_number
        from (
            select string_agg(p.piece, '' order by p.place) as token, p.token_number
            from (
                select u.piece, u.place, count(*) filter (where u.piece is null) over (order by u.place) as token_number
                from unnest(coalesce(pggit.body_tokens(in_script), array[in_script])) with ordinality as u (piece, place)
            ) as p
            where p.piece is not null
            group by p.token_number
        ) as k
    ) as t
    where t.token <> ';'
    group by t.statement_number
    order by t.statement_number
$$;
comment on function pggit.statements_of(text) is 'The statements of a script without comments and with one blank between any two tokens';
