-- What people call about the versions of functions. Signatures are read along the caller's search_path, by functions without one of
-- their own; the work is done by functions that take signatures as they are on record.

create or replace function pggit.exact_signature(in_signature text)
returns text
language plpgsql
stable
as $$
declare
    found_oid oid;
begin
    begin
        found_oid := pg_catalog.to_regprocedure(in_signature);
    exception
        -- what is no signature at all; whoever looks for it says so
        when syntax_error or invalid_text_representation or invalid_name or undefined_object or too_many_arguments then
            return in_signature;
    end;
    return coalesce((pg_catalog.pg_identify_object('pg_catalog.pg_proc'::pg_catalog.regclass, found_oid, 0)).identity, in_signature);
end
$$;
comment on function pggit.exact_signature(text) is 'The signature of the function that a text means to the caller; the text itself where there is none';

create or replace function pggit.resolve_function(in_signature text, out function_oid oid, out object_type text, out signature text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    begin
        function_oid := to_regprocedure(in_signature)::oid;
    exception
        when syntax_error or invalid_text_representation or invalid_name or undefined_object or too_many_arguments then
            function_oid := null;
    end;
    if function_oid is not null then
        select i.type, pggit.plain_signature(i.identity)
        into object_type, signature
        from pg_identify_object('pg_proc'::regclass, function_oid, 0) as i;
    else
        select s.object_type, s.signature
        into object_type, signature
        from pggit.signature_records as s
        where s.signature in (in_signature, pggit.plain_signature(in_signature))
           or (s.argument_types = array(select coalesce(to_regtype(t)::text, t) from unnest(pggit.signature_types(in_signature)) as t)
               and s.schema_name || '.' || s.function_name = pggit.ddl_path(in_signature));
    end if;
    if signature is null then
        raise exception 'there is no function "%"', in_signature
            using errcode = 'undefined_object', hint = 'Write its schema, its name and the types of its arguments, as regprocedure reads it: api.process_order(jsonb).';
    end if;
end
$$;
comment on function pggit.resolve_function(text) is 'The function that a signature means, whatever its spelling; also one that is dropped';

-- Versions of a function are its owner's to say.
create or replace function pggit.require_function_owner(in_function oid)
returns void
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    caller constant text := coalesce(nullif(current_setting('role'), 'none'), session_user);
begin
    if not exists (
        select from pg_proc as p
        where p.oid = in_function
          and (pg_has_role(caller, p.proowner, 'usage')
               or pg_has_role(caller, (select n.nspowner from pg_namespace as n where n.nspname = 'pggit'), 'usage')))
    then
        raise exception '% is not yours', in_function::regprocedure
            using errcode = 'insufficient_privilege', hint = 'Its owner gives a function its versions, and so does the owner of pgGit.';
    end if;
end
$$;
comment on function pggit.require_function_owner(oid) is 'Raises an error unless the caller may act as the owner of a function, or of pgGit';

create or replace function pggit.track_exact_function(in_signature text, in_version text, in_metadata jsonb)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    found_function record;
    definition jsonb;
    schema_name name;
begin
    if in_version is not null then
        perform pggit.check_version(in_version);
    end if;
    if in_metadata is not null and jsonb_typeof(in_metadata) <> 'object' then
        raise exception 'the metadata are no object' using errcode = 'invalid_parameter_value', hint = 'Give an object, as {"team": "payments"}.';
    end if;
    perform pggit.refuse_isolation('track_function');
    perform pggit.settle();
    select * into found_function from pggit.resolve_function(in_signature);
    if found_function.function_oid is null then
        raise exception 'the function % is dropped', found_function.signature
            using errcode = 'undefined_object', hint = 'Its versions are in pggit.function_history; pggit.restore_function() brings one back.';
    end if;
    select n.nspname into schema_name
    from pg_proc as p
    join pg_namespace as n on n.oid = p.pronamespace
    where p.oid = found_function.function_oid;
    if schema_name in ('pg_catalog', 'information_schema', 'pggit') or schema_name like 'pg\_temp%' then
        raise exception 'the function % is no function of yours', found_function.signature
            using errcode = 'invalid_parameter_value', hint = 'PostgreSQL''s functions, pgGit''s own and temporary ones have no versions.';
    end if;
    perform pggit.require_function_owner(found_function.function_oid);
    -- whoever folds must not wait for this transaction
    perform pggit.hold_head();
    perform pggit.settle();
    select e.definition into definition from pggit.read_root('pg_proc'::regclass, found_function.function_oid) as e;
    return pggit.record_function(
        found_function.object_type, found_function.signature, definition, null, pg_current_xact_id(),
        (select d.deployment_id from pggit.deployment_mode as d where d.status in ('active', 'staged')), pggit.caller(), in_version, in_metadata);
end
$$;
comment on function pggit.track_exact_function(text, text, jsonb) is 'What track_function() does, with a signature that is known';

create or replace function pggit.track_function(function_signature text, version text default null, metadata jsonb default null)
returns text
language plpgsql
as $$
begin
    return pggit.track_exact_function(pggit.exact_signature(function_signature), version, metadata);
end
$$;
comment on function pggit.track_function(text, text, jsonb) is 'Records the function as it is now, under a version of one''s own if one is given, with further metadata; gives the version';

-- By its seal, and by the definitions that commits gave to functions. A purge leaves of these only the last before it.
create or replace function pggit.unfounded_versions(in_version_id bigint default null)
returns table (signature text, version text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with of_a_commit as materialized (
        select v.signature_id, v.version, c.commit_number, pggit.sha256_hex(v.definition::text) as definition_id
        from pggit.version_records as v
        join pggit.commit_records as c using (commit_id)
        where (in_version_id is null or v.version_id = in_version_id)
          and c.commit_number > coalesce((select max(k.commit_number) from pggit.grafts as f join pggit.commit_records as k using (commit_id)), 0)
    ),
    -- most are as their own commit has them; what is no change to callers comes with a later one
    of_a_later as materialized (
        select o.*
        from of_a_commit as o
        where not exists (
            select from pggit.commit_changes as g
            where g.commit_number = o.commit_number
              and g.new_definition_id = o.definition_id
              and g.object_type in ('function', 'procedure', 'aggregate'))
    )
    select s.signature, l.version
    from of_a_later as l
    left join pggit.signature_records as s using (signature_id)
    where not exists (
        select from pggit.commit_changes as g
        where g.commit_number > l.commit_number
          and g.new_definition_id = l.definition_id
          and g.object_type in ('function', 'procedure', 'aggregate'))
$$;
comment on function pggit.unfounded_versions(bigint) is 'The versions of functions, or the one given, whose definition no commit gave to a function';

create or replace function pggit.require_as_made(in_signature text, in_version pggit.version_records)
returns void
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from pggit.seals as s where s.sealed = 'function version' and s.seal_id = pggit.version_seal(in_version))
        and not exists (select from pggit.unfounded_versions(in_version.version_id))
    then
        return;
    end if;
    raise exception 'version % of the function "%" is not as it was made', in_version.version, in_signature
        using errcode = 'data_corrupted', hint = 'Somebody has changed its row in pggit.version_records. pggit.verify_consistency() names all such rows; restore it from a backup.';
end
$$;
comment on function pggit.require_as_made(text, pggit.version_records) is 'Raises an error for a version of a function that is not as it was made';

create or replace function pggit.versions_of(in_signature text)
returns setof pggit.version_records
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query
        select v.*
        from pggit.resolve_function(in_signature) as f
        join pggit.signature_records as s on s.signature = f.signature and s.object_type = f.object_type
        join pggit.version_records as v on v.signature_id = s.signature_id
        order by v.version_id desc;
end
$$;
comment on function pggit.versions_of(text) is 'The versions of a function, newest first, by a signature that is known';

create or replace function pggit.get_function_version(function_signature text)
returns table (version text, created_at timestamptz, created_by text, metadata jsonb)
language plpgsql
as $$
begin
    return query
        select v.version, v.created_at, v.created_by, v.metadata
        from pggit.versions_of(pggit.exact_signature(function_signature)) as v
        limit 1;
end
$$;
comment on function pggit.get_function_version(text) is 'The version that a function has, with its metadata; no row where it has none yet';

create or replace function pggit.list_function_overloads(schema_name text, function_name text)
returns table (signature text, argument_types text, return_type text, current_version text, last_modified timestamptz)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query
        select s.signature, array_to_string(s.argument_types, ', '), s.return_type, v.version, v.created_at
        from pggit.signature_records as s
        cross join lateral (
            select * from pggit.version_records as l where l.signature_id = s.signature_id order by l.version_id desc limit 1
        ) as v
        where s.schema_name = list_function_overloads.schema_name
          and s.function_name = list_function_overloads.function_name
          and s.dropped_at is null
        order by s.signature collate "C";
end
$$;
comment on function pggit.list_function_overloads(text, text) is 'The overloads of a function that are there, each with its version';

create or replace function pggit.next_function_version(signature_id int)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    latest text;
begin
    perform pggit.settle();
    select v.version into latest
    from pggit.version_records as v
    where v.signature_id = next_function_version.signature_id
    order by v.version_id desc
    limit 1;
    if latest is null then
        raise exception 'there is no function signature %', signature_id
            using errcode = 'undefined_object', hint = 'pggit.signature_records lists them.';
    end if;
    return pggit.bump_version(latest, 'patch');
end
$$;
comment on function pggit.next_function_version(int) is 'The version that the next change of a function''s body would get';

create or replace function pggit.diff_exact_versions(in_signature text, in_one text, in_other text)
returns table (line_number int, change_type text, version1_line text, version2_line text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    one pggit.version_records;
    two pggit.version_records;
begin
    select * into two from pggit.versions_of(in_signature) as v where in_other is null or v.version = in_other limit 1;
    select * into one
    from pggit.versions_of(in_signature) as v
    where case when in_one is null then v.version_id < two.version_id else v.version = in_one end
    limit 1;
    if two.version is null or (in_one is not null and one.version is null) then
        raise exception 'the function "%" has no version %', in_signature, coalesce(case when two.version is null then in_other end, in_one, 'yet')
            using errcode = 'undefined_object', hint = 'pggit.function_history lists its versions.';
    end if;
    perform pggit.require_as_made(in_signature, two);
    if one.version is not null then
        perform pggit.require_as_made(in_signature, one);
    end if;
    return query
        select row_number() over ()::int, l.change_type, l.old_line, l.new_line
        from pggit.compare_lines(coalesce(string_to_array(one.source, e'\n'), '{}'), coalesce(string_to_array(two.source, e'\n'), '{}')) as l;
end
$$;
comment on function pggit.diff_exact_versions(text, text, text) is 'What diff_function_versions() does, with a signature that is known';

create or replace function pggit.diff_function_versions(function_signature text, version1 text default null, version2 text default null)
returns table (line_number int, change_type text, version1_line text, version2_line text)
language plpgsql
as $$
begin
    return query
        select * from pggit.diff_exact_versions(pggit.exact_signature(function_signature), version1, version2);
end
$$;
comment on function pggit.diff_function_versions(text, text, text) is 'Two versions of a function''s source line by line; without versions, the current one and the one before';

-- Statements that bring a version back. Owner, privileges and comment stay those of the function that is there.
create or replace function pggit.function_statements(
    in_signature text, in_version text, out signature text, out replacing text, out dropping text, out creating text[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    found_function record;
    wanted pggit.version_records;
    present jsonb;
    grammar jsonb;
    scope jsonb;
begin
    perform pggit.settle();
    select * into found_function from pggit.resolve_function(in_signature);
    signature := found_function.signature;
    select * into wanted from pggit.versions_of(in_signature) as v where v.version = in_version;
    if not found then
        raise exception 'the function "%" has no version %', in_signature, coalesce(in_version, 'null')
            using errcode = 'undefined_object', hint = 'pggit.function_history lists its versions.';
    end if;
    perform pggit.require_as_made(signature, wanted);
    if wanted.definition = '{}' then
        raise exception 'what the function "%" was at version % is not known', in_signature, in_version
            using errcode = 'object_not_in_prerequisite_state', hint = 'It was imported from an older pgGit, which kept no sources.';
    end if;
    select g.grammar into grammar from pggit.ddl_grammar as g where found_function.object_type = any (g.object_types);
    scope := wanted.definition || jsonb_build_object('identity', signature, '', wanted.definition, '*', '{}'::jsonb);
    scope := scope || jsonb_strip_nulls(jsonb_build_object('address', pggit.render(grammar ->> 'address', scope)));
    if found_function.function_oid is not null then
        select e.definition into present from pggit.read_root('pg_proc'::regclass, found_function.function_oid) as e;
        scope := scope - array['owner', 'privileges', 'comment']
            || jsonb_strip_nulls(jsonb_build_object('owner', present -> 'owner', 'privileges', present -> 'privileges', 'comment', present -> 'comment'));
        replacing := regexp_replace(pggit.render(grammar ->> 'create', scope), '^create ', 'create or replace ');
        dropping := pggit.render(grammar ->> 'drop', scope);
    end if;
    creating := array(select s from pggit.create_statements(grammar, scope, false) with ordinality as c (s, place) order by place);
end
$$;
comment on function pggit.function_statements(text, text) is 'The statements that bring a version of a function back';

create or replace function pggit.restore_function(function_signature text, version text)
returns text
language plpgsql
as $$
declare
    todo record;
    statement text;
begin
    select * into todo from pggit.function_statements(pggit.exact_signature(function_signature), version);
    begin
        -- null where the function is dropped
        if todo.replacing is not null then
            execute todo.replacing;
        end if;
    exception
        -- another result or other names: PostgreSQL wants it dropped first
        when invalid_function_definition then
            execute todo.dropping;
            todo.replacing := null;
    end;
    if todo.replacing is null then
        foreach statement in array todo.creating loop
            execute statement;
        end loop;
    end if;
    return pggit.track_exact_function(todo.signature, null, pg_catalog.jsonb_build_object('restored-from', version));
end
$$;
comment on function pggit.restore_function(text, text) is 'Makes a function again what it was at a version, with the rights of the caller: its next version. Owner, privileges and comment stay as they are; gives the version';
