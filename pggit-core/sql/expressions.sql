-- One text for expressions that mean the same. PostgreSQL prints x in ('a', 'b') over varchar as
-- (ARRAY['a'::character varying, ...])::text[]; read back, that text prints as ARRAY[('a'::character varying)::text, ...].
-- pgGit records the first of these for both, so that a dump and restore changes no definition.

create or replace function pggit.settled(in_sql text)
returns text
language plpgsql
immutable parallel safe
as $$
declare
    literal constant text := 'E?''(?:[^'']|'''')*''';
    found text[];
    settled text := '';
    rest text := in_sql;
    place int;
begin
    if in_sql is null or position('ARRAY[(' in in_sql) = 0 then
        return in_sql;
    end if;
    loop
        found := regexp_match(rest, format('ARRAY\[(\(%1$s::([a-z_ ."]+)\)::([a-z ]+)(?:, \(%1$s::\2\)::\3)*)\]', literal));
        exit when found is null;
        place := position('ARRAY[' || found[1] || ']' in rest);
        settled := settled || left(rest, place - 1)
                   || '(ARRAY[' || regexp_replace(found[1], format('\((%s::[a-z_ ."]+)\)::[a-z ]+', literal), '\1', 'g') || '])::' || found[3] || '[]';
        rest := substr(rest, place + length(found[1]) + 7);
    end loop;
    return settled || rest;
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
               when position('(ARRAY[' in in_sql) > 0
                   then regexp_replace(in_sql, '\((ARRAY\[E?''(?:[^'']|'''')*''::([a-z_ ."]+)(?:, E?''(?:[^'']|'''')*''::\2)*\])\)::([a-z ]+\[\])', '((\1)::\2[])::\3', 'g')
               else in_sql
           end
$$;
comment on function pggit.unsettled(text) is 'A recorded expression as a statement has to write it, so that PostgreSQL prints it as it was';
