-- Secrets in statements never reach a table. What looks as if it could hold one ends at its first literal: there is no way of quoting
-- that this misreads. A DO block that executes text may put any word together, and options have any name. A statement with too little in it is understood from the change beside it; a password cannot be taken back.

create or replace function pggit.redact(in_statement text)
returns text
language plpgsql
immutable
as $$
declare
    lower_case constant text := pg_catalog.lower(in_statement collate "C");
begin
    -- Most statements have nothing of any of the words below, which is told sooner without the expressions.
    if position('pass' in lower_case) = 0 and position('pwd' in lower_case) = 0 and position('secret' in lower_case) = 0
        and position('credential' in lower_case) = 0 and position('token' in lower_case) = 0 and position('option' in lower_case) = 0
        and position('dblink' in lower_case) = 0 and position('connection' in lower_case) = 0 and position('mapping' in lower_case) = 0
        and position('://' in lower_case) = 0 and position('set' in lower_case) = 0 and position('u&"' in lower_case) = 0 and position('role' in lower_case) = 0
        and position('user' in lower_case) = 0 and position('group' in lower_case) = 0 and position('execute' in lower_case) = 0
    then
        return in_statement;
    end if;
    return case
        when in_statement collate pg_catalog."C" operator(pg_catalog.!~*) '\moptions\M|passw|pwd|secret|credential|token|passfile|dblink|connection|user\s+mapping|://|u&"|set_config|set\s+((local|session)\s+)?[\w"]+\.|(create|alter)\s+(role|user|group)'
            and not (in_statement collate pg_catalog."C" operator(pg_catalog.~*) '\mdo\M' and in_statement collate pg_catalog."C" operator(pg_catalog.~*) '\mexecute\M')
            then in_statement
        else pg_catalog.regexp_replace(in_statement, '([eEbBxXnN]|[uU]&)?(''|\$[^$[:space:]'']*\$).*', '''***''')
    end;
end
$$;
comment on function pggit.redact(text) is 'A statement as it may be kept: where it could hold a secret, it ends with *** at its first literal';

-- What a client sent when the schema changed. A statement that defines nothing itself (CALL, SELECT, EXECUTE, DO ...) changed it by a
-- function or a block, and its literals are anything.
create or replace function pggit.recorded_text(in_statement text)
returns text
language plpgsql
immutable
as $$
begin
    if in_statement collate pg_catalog."C" operator(pg_catalog.~*) '^(\s|--[^\n]*\n|/\*([^*]|\*+[^*/])*\*+/)*(create|alter|drop|grant|revoke|comment|refresh|security|import|reindex|cluster|begin|start)\M' then
        return pggit.redact(in_statement);
    end if;
    return pg_catalog.regexp_replace(in_statement, '([eEbBxXnN]|[uU]&)?(''|\$[^$[:space:]'']*\$).*', '''***''');
end
$$;
comment on function pggit.recorded_text(text) is 'A statement that changed the schema, as it is recorded: without its literals where these could be secrets';
