-- An export as one script: text, or a file of the server.

create or replace function pggit.export_script(in_revision text, in_schemas text[])
returns text
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    select pggit.script_settings() || E'\n'
           || coalesce(string_agg(e.statement, E';\n' order by e.sequence) || E';\n', '')
    from pggit.export_ddl(in_revision, in_schemas) as e
$$;
comment on function pggit.export_script(text, text[]) is 'The export of a revision as one script';

-- Runs with the rights of the caller: the server lets nobody write files who may not.
create or replace function pggit.write_script(in_script text, in_path text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if in_script ~ E'[\u0001\u0002\u0003]' then
        raise exception 'the script holds control characters and cannot be written to "%"', in_path
            using errcode = 'feature_not_supported', hint = 'Leave out the path and save what the function returns.';
    end if;
    -- The lines as they are: nothing in them has to be quoted.
    execute format('copy (select l.line from regexp_split_to_table(%L, E''\n'') with ordinality as l (line, ord) order by l.ord) to %L '
                   || '(format csv, delimiter E''\u0001'', quote E''\u0002'', null E''\u0003'', encoding ''UTF8'')', in_script, in_path);
exception
    when invalid_name then
        raise exception 'the path "%" is not absolute', in_path
            using errcode = 'invalid_parameter_value', hint = 'The server writes the file: give the whole path there, or none and save what the function returns.';
end
$$;
comment on function pggit.write_script(text, text) is 'Writes a script to a file of the server';

create or replace function pggit.export_schema_snapshot(path text default null, schemas text[] default null)
returns text
language plpgsql
as $$
declare
    script constant text := pggit.export_script('HEAD', schemas);
begin
    if path is not null then
        perform pggit.write_script(script, path);
    end if;
    return script;
end
$$;
comment on function pggit.export_schema_snapshot(text, text[]) is 'DDL that recreates the schema of HEAD, or some schemas of it, in an order that runs; also written to a file of the server where the role may do so';
