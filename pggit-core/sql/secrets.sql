-- Secrets in statements never reach a table. What looks as if it could hold one ends at its first literal: there is no way of quoting
-- that this misreads. A DO block that executes text may put any word together, and options have any name. A statement with too little in it is understood from the change beside it; a password cannot be taken back.

-- Comments before the first literal go, and so does what a setting of somebody's own is set to, for that needs no quotes.
create or replace function pggit.without_literals(in_statement text)
returns text
language plpgsql
immutable
as $$
declare
    head text := pg_catalog.regexp_replace(in_statement, '([eEbBxXnN]|[uU]&)?(''|\$[^$[:space:]'']*\$).*', '''***''');
    bare text;
begin
    if pg_catalog.strpos(head, '--') operator(pg_catalog.>) 0 or pg_catalog.strpos(head, '/*') operator(pg_catalog.>) 0 then
        bare := pg_catalog.regexp_replace(pg_catalog.regexp_replace(head, '--[^\n]*', '', 'g'), '/\*([^*]|\*+[^*/])*\*+/', ' ', 'g');
        -- what is left of one is of one in another, or of one that holds a quote
        head := case when bare operator(pg_catalog.~) '\*/|/\*' then pg_catalog.regexp_replace(head, '--.*|/\*.*', '***') else bare end;
    end if;
    return pg_catalog.regexp_replace(head, '(\mset\s+(?:(?:local|session)\s+)?[\w"]+\.[\w".]+\s*(?:=|to\M)).*', '\1 ***', 'i');
end
$$;
comment on function pggit.without_literals(text) is 'A statement up to its first literal';

-- Most statements have nothing of any of these words, which is told sooner than by the expressions below: each of these must be here.
create or replace function pggit.has_secret_word(in_statement text)
returns boolean
language sql
immutable
as $$
    select pg_catalog.lower(in_statement collate pg_catalog."C") operator(pg_catalog.~~) any (array[
        '%pass%', '%pwd%', '%secret%', '%credential%', '%token%', '%option%', '%dblink%', '%connection%', '%mapping%', '%://%', '%set%', '%u&"%',
        '%role%', '%user%', '%group%', '%execute%'])
$$;
comment on function pggit.has_secret_word(text) is 'Whether a statement has any of the words that can stand before a secret';

create or replace function pggit.redact(in_statement text)
returns text
language plpgsql
immutable
as $$
begin
    if not pggit.has_secret_word(in_statement) then
        return in_statement;
    end if;
    return case
        when in_statement collate pg_catalog."C" operator(pg_catalog.!~*) '\moptions\M|passw|pwd|secret|credential|token|passfile|dblink|connection|user\s+mapping|://|u&"|set_config|set\s+((local|session)\s+)?[\w"]+\.|(create|alter)\s+(role|user|group)'
            and not (in_statement collate pg_catalog."C" operator(pg_catalog.~*) '\mdo\M' and in_statement collate pg_catalog."C" operator(pg_catalog.~*) '\mexecute\M')
            then in_statement
        else pggit.without_literals(in_statement)
    end;
end
$$;
comment on function pggit.redact(text) is 'A statement as it may be kept: where it could hold a secret, it ends with *** at its first literal';

-- What recorded_text() would leave as it is, told sooner: one statement that defines something, without a query that fills a table.
create or replace function pggit.is_recorded_whole(in_statement text)
returns boolean
language sql
immutable
as $$
    select pg_catalog.lower(pg_catalog.left(in_statement, 5) collate pg_catalog."C") in ('creat', 'alter', 'drop ')
       and pg_catalog.strpos(in_statement, ';') = 0
       and not pggit.has_secret_word(in_statement)
       and pg_catalog.lower(in_statement collate pg_catalog."C") not like '%table%as%'
$$;
comment on function pggit.is_recorded_whole(text) is 'Whether it is plain that a statement holds no secret';

-- What a client sent when the schema changed. A statement that defines nothing itself (CALL, SELECT, EXECUTE, DO ...) changed it by a
-- function or a block, and its literals are anything; so are those of a query that fills a table, and of such a statement in the same
-- string. After a semicolon comes another statement, unless it is in the one literal that there is, the body of a function.
create or replace function pggit.recorded_text(in_statement text)
returns text
language plpgsql
immutable
as $$
declare
    blank constant text := '(?:\s|--[^\n]*\n|/\*(?:[^*]|\*+[^*/])*\*+/)*';
    defining constant text := '(?:create|alter|drop|grant|revoke|comment|refresh|security|import|reindex|cluster|begin|start|commit|end|rollback|savepoint|release|set|reset|lock|truncate)\M';
    tag constant text := substring(in_statement from '\$[^$[:space:]'']*\$');
    parts text[];
begin
    if in_statement collate pg_catalog."C" operator(pg_catalog.!~*) ('^' || blank || defining)
        or in_statement collate pg_catalog."C" operator(pg_catalog.~*) '\mtable\M.*\mas[\s(]+(select|with|execute|values|table)\M'
    then
        return pggit.without_literals(in_statement);
    end if;
    if in_statement operator(pg_catalog.~) ';\s*\S'
        and in_statement collate pg_catalog."C" operator(pg_catalog.~*) (';' || blank || '(?!' || defining || ')[^\s;/-]')
    then
        parts := pg_catalog.string_to_array(in_statement, tag);
        if not coalesce(
               case
                   when tag is not null then pg_catalog.cardinality(parts) = 3 and parts[1] operator(pg_catalog.!~) '['';]' and parts[3] operator(pg_catalog.~) '^[^''$;]*;?\s*$'
                   else in_statement operator(pg_catalog.~) '^[^'';]*''([^'']|'''')*''[^'';]*;?\s*$'
               end, false)
        then
            return pggit.without_literals(in_statement);
        end if;
    end if;
    return pggit.redact(in_statement);
end
$$;
comment on function pggit.recorded_text(text) is 'A statement that changed the schema, as it is recorded: without its literals where these could be secrets';
