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
        and position('://' in lower_case) = 0 and position('u&"' in lower_case) = 0 and position('role' in lower_case) = 0
        and position('user' in lower_case) = 0 and position('group' in lower_case) = 0 and position('execute' in lower_case) = 0
    then
        return in_statement;
    end if;
    return case
        when in_statement collate pg_catalog."C" operator(pg_catalog.!~*) '\moptions\M|passw|pwd|secret|credential|token|passfile|dblink|connection|user\s+mapping|://|u&"|(create|alter)\s+(role|user|group)'
            and not (in_statement collate pg_catalog."C" operator(pg_catalog.~*) '\mdo\M' and in_statement collate pg_catalog."C" operator(pg_catalog.~*) '\mexecute\M')
            then in_statement
        else pg_catalog.regexp_replace(in_statement, '([eEbBxXnN]|[uU]&)?(''|\$[^$[:space:]'']*\$).*', '''***''')
    end;
end
$$;
comment on function pggit.redact(text) is 'A statement as it may be kept: where it could hold a secret, it ends with *** at its first literal';
