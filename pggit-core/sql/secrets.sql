-- Secrets in statements never reach a table. What looks as if it could hold one ends at its first literal: there is no way of quoting
-- that this misreads. A DO block that executes text may put any word together, and options have any name. A statement with too little in it is understood from the change beside it; a password cannot be taken back.

create or replace function pggit.redact(in_statement text)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    return case
        when in_statement !~* '\moptions\M|passw|pwd|secret|credential|token|passfile|dblink|connection|user\s+mapping|://|u&"|(create|alter)\s+(role|user|group)'
            and not (in_statement ~* '\mdo\M' and in_statement ~* '\mexecute\M')
            then in_statement
        else regexp_replace(in_statement, '([eEbBxXnN]|[uU]&)?(''|\$[^$[:space:]'']*\$).*', '''***''')
    end;
end
$$;
comment on function pggit.redact(text) is 'A statement as it may be kept: where it could hold a secret, it ends with *** at its first literal';
