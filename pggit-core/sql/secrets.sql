-- Secrets in statements never reach a table. What looks as if it could hold one ends at its first literal: there is no way of quoting
-- that this misreads. A DO block that executes text may put any word together, and options have any name. A statement with too little in it is understood from the change beside it; a password cannot be taken back.

-- What of a statement stands outside of literals, quoted names and comments, as PostgreSQL's lexer tells them: in the place of these are
-- '', "" and a blank. Null where something does not end, or where it depends on standard_conforming_strings what a literal is.
create or replace function pggit.skeleton(in_statement text)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    pieces text[] := array(
        select m.piece[1]
        from regexp_matches(in_statement, '[^''"$/*\\\n\r-]+|\$(?:(?:[A-Za-z_]|[^\u0001-\u007f])(?:[A-Za-z0-9_]|[^\u0001-\u007f])*)?|.', 'g') with ordinality as m (piece, place)
        order by m.place);
    last constant int := cardinality(pieces);
    kept text[] := '{}';
    before text := '';
    piece text;
    depth int;
    place int := 1;
begin
    while place <= last loop
        piece := pieces[place];
        place := place + 1;
        if piece = '-' and pieces[place] = '-' then
            while place <= last and pieces[place] not in (e'\n', e'\r') loop
                place := place + 1;
            end loop;
            piece := ' ';
        elsif piece = '/' and pieces[place] = '*' then
            depth := 1;
            place := place + 1;
            while depth > 0 loop
                if place > last then
                    return null;
                end if;
                if pieces[place] = '/' and pieces[place + 1] = '*' then
                    depth := depth + 1;
                    place := place + 1;
                elsif pieces[place] = '*' and pieces[place + 1] = '/' then
                    depth := depth - 1;
                    place := place + 1;
                end if;
                place := place + 1;
            end loop;
            piece := ' ';
        elsif piece = '"' or piece = '''' then
            loop
                if place > last then
                    return null;
                end if;
                if pieces[place] = piece then
                    place := place + 1;
                    exit when pieces[place] is distinct from piece;
                elsif pieces[place] = '\' and piece = '''' then
                    if before ~ '(^|[^A-Za-z0-9_$])[eE]$' and before !~ '[^\u0001-\u007f][eE]$' then
                        place := place + 1;
                    elsif pieces[place + 1] = '''' then
                        return null;
                    end if;
                end if;
                place := place + 1;
            end loop;
            piece := piece || piece;
        elsif left(piece, 1) = '$' and left(pieces[place], 1) = '$'
            -- not within a name
            and before !~ '([A-Za-z_]|[^\u0001-\u007f])([A-Za-z0-9_$]|[^\u0001-\u007f])*$'
        then
            loop
                place := place + 1;
                if place >= last then
                    return null;
                end if;
                exit when pieces[place] = piece and left(pieces[place + 1], 1) = '$';
            end loop;
            place := place + 1;
            -- what follows the last sign is outside
            pieces[place] := substr(pieces[place], 2);
            piece := '''''';
        end if;
        kept := kept || piece;
        before := case when right(before, 1) = '$' or left(piece, 1) = '$' then right(before || piece, 200) else piece end;
    end loop;
    return array_to_string(kept, '');
end
$$;
comment on function pggit.skeleton(text) is 'A statement without its comments, and without what stands in literals and quoted names';

-- Comments before the first literal go, and so does what a setting of somebody's own is set to, for that needs no quotes.
create or replace function pggit.without_literals(in_statement text, in_numbers boolean default false)
returns text
language plpgsql
immutable
as $$
declare
    head text := pg_catalog.regexp_replace(
        in_statement, case when in_numbers then '(([eEbBxXnN]|[uU]&)?(''|\$[^$[:space:]'']*\$)|\m[0-9]).*' else '([eEbBxXnN]|[uU]&)?(''|\$[^$[:space:]'']*\$).*' end, '''***''');
    bare text;
begin
    if pg_catalog.strpos(head, '--') operator(pg_catalog.>) 0 or pg_catalog.strpos(head, '/*') operator(pg_catalog.>) 0 then
        bare := pg_catalog.regexp_replace(pg_catalog.regexp_replace(head, '--[^\n\r]*', '', 'g'), '/\*([^*]|\*+[^*/])*\*+/', ' ', 'g');
        -- what is left of one is of one in another, or of one that holds a quote
        head := case when bare operator(pg_catalog.~) '\*/|/\*' then pg_catalog.regexp_replace(head, '--.*|/\*.*', '***') else bare end;
    end if;
    return pg_catalog.regexp_replace(
        head collate pg_catalog."C",
        '(\mset\s+(?:(?:local|session)\s+)?(?:"[^"]*\.[^"]*"|u&"[^"]*"|"[^"]*"\s*\.|(?:[\w$]|[^\u0001-\u007f])+\s*\.)).*', '\1***', 'i');
end
$$;
comment on function pggit.without_literals(text, boolean) is 'A statement up to its first literal; numbers are literals where it is said';

-- Most statements have nothing of any of these words, which is told sooner than by the expressions below: each of these must be here. Bytes
-- are compared sooner than letters.
create or replace function pggit.secret_words()
returns bytea[]
language sql
immutable
as $$
    select array[
        '%pass%', '%pwd%', '%secret%', '%credential%', '%token%', '%option%', '%dblink%', '%connection%', '%mapping%', '%://%', '%set%', '%u&"%',
        '%role%', '%user%', '%group%', '%execute%']::bytea[]
$$;
comment on function pggit.secret_words() is 'The words that can stand before a secret, as patterns of LIKE';

create or replace function pggit.lower_bytes(in_statement text)
returns bytea
language sql
stable
as $$
    select pg_catalog.convert_to(pg_catalog.lower(in_statement collate pg_catalog."C"), pg_catalog.getdatabaseencoding())
$$;
comment on function pggit.lower_bytes(text) is 'A statement in lower case, as far as its letters are those of ASCII';

create or replace function pggit.has_secret_word(in_statement text)
returns boolean
language sql
stable
as $$
    select pggit.lower_bytes(in_statement) operator(pg_catalog.~~) any (pggit.secret_words())
$$;
comment on function pggit.has_secret_word(text) is 'Whether a statement has any of the words that can stand before a secret';

create or replace function pggit.names_secret(in_statement text)
returns boolean
language sql
immutable
as $$
    select in_statement collate pg_catalog."C" operator(pg_catalog.~*) '\moptions\M|passw|pwd|secret|credential|token|passfile|dblink|connection|user\s+mapping|://|u&"|set_config|\mset\s+((local|session)\s+)?("("|[^"]*\.|[^"]*"\s*\.)|([\w$]|[^\u0001-\u007f])+\s*\.)|(create|alter)\s+(role|user|group)'
        or (in_statement collate pg_catalog."C" operator(pg_catalog.~*) '\mdo\M' and in_statement collate pg_catalog."C" operator(pg_catalog.~*) '\mexecute\M')
$$;
comment on function pggit.names_secret(text) is 'Whether a statement says anything that stands before secrets';

create or replace function pggit.redact(in_statement text)
returns text
language plpgsql
immutable
as $$
begin
    if not pggit.has_secret_word(in_statement) then
        return in_statement;
    end if;
    if pggit.names_secret(in_statement)
        -- comments may stand between the words
        or (in_statement operator(pg_catalog.~) '--|/\*' and coalesce(pggit.names_secret(pggit.skeleton(in_statement)), true))
    then
        return pggit.without_literals(in_statement);
    end if;
    return in_statement;
end
$$;
comment on function pggit.redact(text) is 'A statement as it may be kept: where it could hold a secret, it ends with *** at its first literal';

create or replace function pggit.redacted_message(in_message text)
returns text
language sql
immutable
as $$
    select pg_catalog.regexp_replace(pggit.redact(in_message), '((?:passw\w*|pwd|secret|token|credentials?|key)\s*[=:]\s*|://[^/\s:@]*:).*', '\1***', 'i')
$$;
comment on function pggit.redacted_message(text) is 'An error message as it may be kept: it ends where it names a secret';

-- What recorded_text() would leave as it is, told sooner: one statement that defines something, perhaps with the semicolon that ends it, without
-- a query that fills a table or computes a column. A secret stands in a literal, in a comment, or after SET: where there is nothing of
-- these, its words say nothing.
create or replace function pggit.is_recorded_whole(in_statement text)
returns boolean
language sql
stable
as $$
    select pg_catalog.lower(pg_catalog.left(in_statement, 5) collate pg_catalog."C") in ('creat', 'alter', 'drop ')
       and not (
           pggit.lower_bytes(in_statement) like any (array['%''%', '%$%', '%;_%', '%--%', '%/*%', '%set%', '%as%', '%using%']::bytea[])
           and pggit.lower_bytes(in_statement) like any (pggit.secret_words() || array['%;_%', '%table%as%', 'alter%type%using%']::bytea[]))
$$;
comment on function pggit.is_recorded_whole(text) is 'Whether it is plain that a statement holds no secret';

-- What a client sent when the schema changed. A statement that defines nothing itself (CALL, SELECT, EXECUTE, DO ...) changed it by a
-- function or a block, and its literals are anything, numbers too; so are those of a query that fills a table or computes a column anew, and of such a
-- statement in the same string.
create or replace function pggit.recorded_text(in_statement text)
returns text
language plpgsql
immutable
as $$
declare
    -- telling the pieces of a statement apart takes two seconds a megabyte
    skeleton constant text := case when length(in_statement) <= 100000 then pggit.skeleton(in_statement) end;
    part text;
begin
    if skeleton is null then
        return pggit.without_literals(in_statement, true);
    end if;
    foreach part in array pg_catalog.string_to_array(skeleton, ';') loop
        if part collate pg_catalog."C" operator(pg_catalog.!~*)
               '^\s*(?:$|(?:create|alter|drop|grant|revoke|comment|refresh|security|import|reindex|cluster|begin|start|commit|end|rollback|savepoint|release|set|reset|lock|truncate)\M)'
           or part collate pg_catalog."C" operator(pg_catalog.~*) '\mtable\M.*\mas[\s(]+(select|with|execute|values|table)\M|^\s*alter\s.*\mtype\M.*\musing\M'
        then
            return pggit.without_literals(in_statement, true);
        end if;
    end loop;
    return pggit.redact(in_statement);
end
$$;
comment on function pggit.recorded_text(text) is 'A statement that changed the schema, as it is recorded: without its literals where these could be secrets';
