-- Versions of functions, by signature: derived from what each commit did to them, or said explicitly.

create or replace function pggit.check_version(in_version text)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    if in_version is null or in_version !~ '^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$' then
        raise exception '"%" is not a semantic version', coalesce(in_version, 'null')
            using errcode = 'invalid_parameter_value', hint = 'Write MAJOR.MINOR.PATCH, as 2.1.0.';
    end if;
end
$$;
comment on function pggit.check_version(text) is 'Raises an error unless the text is a semantic version';

-- Release numbers compare as numbers; a pre-release comes before its release.
create or replace function pggit.version_key(in_version text)
returns text
language sql
immutable strict parallel safe
as $$
    select pg_catalog.array_to_string(
               array(select pg_catalog.lpad(n, 20, '0') from pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.substring(in_version, '^[0-9.]+'), '.')) as n)
               || case when in_version ~ '^[0-9.]+-' then '0' else '1' end
               || array(
                   select case when p ~ '^\d+$' then '0' || pg_catalog.lpad(p, 20, '0') else '1' || p end
                   from pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.substring(in_version, '^[0-9.]+-([^+]*)'), '.')) as p),
               ' ') collate "C"
$$;
comment on function pggit.version_key(text) is 'A semantic version as a text to order by';

create or replace function pggit.bump_version(in_version text, in_impact text)
returns text
language sql
immutable
as $$
    select case in_impact
        when 'major' then (n[1]::bigint + 1) || '.0.0'
        when 'minor' then n[1] || '.' || (n[2]::bigint + 1) || '.0'
        else n[1] || '.' || n[2] || '.' || (n[3]::bigint + 1)
    end
    from pg_catalog.string_to_array(pg_catalog.substring(in_version, '^[0-9.]+'), '.') as n
$$;
comment on function pggit.bump_version(text, text) is 'The version that follows one, after a change of the given impact';

-- One state of a function: a new version, or none if it is the one that is there.
create or replace function pggit.record_function(
    in_object_type text, in_signature text, in_schema text, in_name text, in_definition jsonb, in_commit_number bigint, in_author text,
    in_version text default null, in_metadata jsonb default null)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    known pggit.function_signatures;
    latest pggit.function_versions;
    found_metadata constant jsonb := pggit.metadata_of(in_definition) || coalesce(in_metadata, '{}');
    said text := coalesce(in_version, found_metadata ->> 'version');
    change text;
    next_version text;
begin
    select * into known from pggit.function_signatures as s where s.signature = in_signature and s.object_type = in_object_type;
    if not found then
        insert into pggit.function_signatures (object_type, signature, schema_name, function_name)
        values (in_object_type, in_signature, in_schema, in_name)
        returning * into known;
    end if;
    select * into latest from pggit.function_versions as v where v.signature_id = known.signature_id order by v.version_id desc limit 1;
    if said is not null and in_version is null then
        said := pggit.version_from_comment(in_signature, said, latest.version, latest.metadata ->> 'version');
    elsif pggit.version_key(said) < pggit.version_key(latest.version) then
        raise exception 'the version of % cannot go back from % to %', in_signature, latest.version, said
            using errcode = 'invalid_parameter_value', hint = 'Give a version that comes after it.';
    end if;
    change := case
        when latest.version is null then 'new'
        when known.dropped_at is not null then 'major'
        else pggit.function_impact(latest.definition, in_definition)
    end;
    if change = 'none' and said <> latest.version and in_version is null then
        change := 'explicit';
    end if;
    if change = 'none' then
        -- the same change, said twice: one version
        update pggit.function_versions as v
        set version = coalesce(said, v.version),
            is_explicit = v.is_explicit or said is not null,
            metadata = case when in_version is null and in_metadata is null then found_metadata else v.metadata || found_metadata end,
            definition = in_definition,
            source = in_definition ->> 'source',
            commit_number = coalesce(v.commit_number, in_commit_number)
        where v.version_id = latest.version_id;
        return coalesce(said, latest.version);
    end if;
    next_version := coalesce(
        case when said is distinct from latest.version then said end,
        case when latest.version is null then '1.0.0' else pggit.bump_version(latest.version, change) end);
    insert into pggit.function_versions (signature_id, version, is_explicit, impact, source, definition, metadata, commit_number, created_by)
    values (known.signature_id, next_version, coalesce(next_version = said, false), change, in_definition ->> 'source', in_definition, found_metadata, in_commit_number, in_author);
    update pggit.function_signatures as s set dropped_at = null where s.signature_id = known.signature_id and s.dropped_at is not null;
    return next_version;
end
$$;
comment on function pggit.record_function(text, text, text, text, jsonb, bigint, text, text, jsonb) is 'Records a state of a function as a version, unless it is the one that is there';

-- What a comment says that cannot be is no reason to fail anybody's DDL: it goes on record, and the version is derived.
create or replace function pggit.version_from_comment(in_signature text, in_said text, in_latest text, in_said_before text)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    reason text;
begin
    begin
        perform pggit.check_version(in_said);
    exception
        when invalid_parameter_value then
            reason := 'not a semantic version';
    end;
    if reason is null and pggit.version_key(in_said) < pggit.version_key(in_latest) then
        reason := 'older than ' || in_latest;
    end if;
    if reason is null then
        return in_said;
    end if;
    if in_said_before is distinct from in_said then
        insert into pggit.system_events (event_type, event_data)
        values ('version_refused', jsonb_build_object('function', in_signature, 'version', in_said, 'reason', reason));
    end if;
    return null;
end
$$;
comment on function pggit.version_from_comment(text, text, text, text) is 'The version that a comment asks for, or null when it cannot be';

-- What a commit did to functions. Called while folding, only when it did anything to one.
create or replace function pggit.version_functions(in_commit_number bigint, in_author text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    change record;
begin
    for change in
        select g.operation, g.object_type, g.object_identity, g.previous_identity, b.definition, e.schema_name, p.proname::text as function_name
        from pggit.commit_changes as g
        left join pggit.blobs as b on b.definition_id = g.new_definition_id
        left join pggit.elements as e on e.object_identity = g.object_identity and e.object_type = g.object_type
        left join pg_proc as p on p.oid = e.objid
        where g.commit_number = in_commit_number
          and g.object_type in ('function', 'procedure', 'aggregate')
        order by g.sequence
    loop
        if change.operation = 'drop' then
            update pggit.function_signatures as s
            set dropped_at = clock_timestamp()
            where s.signature = change.object_identity
              and s.object_type = change.object_type;
            continue;
        end if;
        if change.operation = 'rename' then
            -- its versions go on under the new name, and those who call it by the old one break
            update pggit.function_signatures as s
            set signature = change.object_identity,
                schema_name = coalesce(change.schema_name, s.schema_name),
                function_name = coalesce(change.function_name, s.function_name),
                dropped_at = clock_timestamp()
            where s.signature = change.previous_identity
              and s.object_type = change.object_type
              and not exists (select from pggit.function_signatures as o where o.signature = change.object_identity and o.object_type = change.object_type);
        end if;
        perform pggit.record_function(
            change.object_type, change.object_identity, coalesce(change.schema_name, ''), coalesce(change.function_name, change.object_identity),
            change.definition, in_commit_number, in_author);
    end loop;
end
$$;
comment on function pggit.version_functions(bigint, text) is 'Gives new versions to the functions that a commit changed';

create or replace function pggit.resolve_function(
    in_signature text, out function_oid oid, out object_type text, out signature text, out schema_name text, out function_name text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    begin
        function_oid := to_regprocedure(in_signature)::oid;
    exception
        -- what is no signature at all
        when syntax_error or invalid_text_representation or invalid_name or undefined_object or too_many_arguments then
            function_oid := null;
    end;
    if function_oid is not null then
        select i.type, i.identity, n.nspname, p.proname
        into object_type, signature, schema_name, function_name
        from pg_proc as p
        join pg_namespace as n on n.oid = p.pronamespace
        cross join lateral pg_identify_object('pg_proc'::regclass, p.oid, 0) as i
        where p.oid = function_oid;
    else
        select s.object_type, s.signature, s.schema_name, s.function_name
        into object_type, signature, schema_name, function_name
        from pggit.function_signatures as s
        where s.signature = in_signature;
    end if;
    if signature is null then
        raise exception 'there is no function "%"', in_signature
            using errcode = 'undefined_object', hint = 'Write its schema, its name and the types of its arguments, as regprocedure reads it: api.process_order(jsonb).';
    end if;
end
$$;
comment on function pggit.resolve_function(text) is 'The function that a signature means, whatever its spelling; also one that is dropped, under its exact signature';

create or replace function pggit.track_function(function_signature text, version text default null, metadata jsonb default null)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    found_function record;
    definition jsonb;
begin
    if version is not null then
        perform pggit.check_version(version);
    end if;
    if metadata is not null and jsonb_typeof(metadata) <> 'object' then
        raise exception 'the metadata are no object' using errcode = 'invalid_parameter_value', hint = 'Give an object, as {"team": "payments"}.';
    end if;
    perform pggit.settle();
    select * into found_function from pggit.resolve_function(function_signature);
    if found_function.function_oid is null then
        raise exception 'the function % is dropped', found_function.signature
            using errcode = 'undefined_object', hint = 'Its versions are in pggit.function_history.';
    end if;
    if found_function.schema_name in ('pg_catalog', 'information_schema', 'pggit') then
        raise exception 'the function % is no function of yours', found_function.signature
            using errcode = 'invalid_parameter_value', hint = 'PostgreSQL''s functions and pgGit''s own have no versions.';
    end if;
    select e.definition into definition from pggit.read_root('pg_proc'::regclass, found_function.function_oid) as e;
    return pggit.record_function(found_function.object_type, found_function.signature, found_function.schema_name, found_function.function_name,
                                 definition, null, session_user, version, metadata);
end
$$;
comment on function pggit.track_function(text, text, jsonb) is 'Records the function as it is now, under a version of one''s own if one is given, with further metadata; gives the version';

create or replace function pggit.get_function_version(function_signature text)
returns table (version text, created_at timestamptz, created_by text, metadata jsonb)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query
        select v.version, v.created_at, v.created_by, v.metadata
        from pggit.resolve_function(function_signature) as f
        join pggit.function_signatures as s on s.signature = f.signature and s.object_type = f.object_type
        join pggit.function_versions as v on v.signature_id = s.signature_id
        order by v.version_id desc
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
        select s.signature, substring(s.signature, '\((.*)\)$'), v.definition ->> 'result', v.version, v.created_at
        from pggit.function_signatures as s
        cross join lateral (
            select * from pggit.function_versions as l where l.signature_id = s.signature_id order by l.version_id desc limit 1
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
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    latest text;
begin
    select v.version into latest
    from pggit.function_versions as v
    where v.signature_id = next_function_version.signature_id
    order by v.version_id desc
    limit 1;
    if latest is null then
        raise exception 'there is no function signature %', signature_id
            using errcode = 'undefined_object', hint = 'pggit.function_signatures lists them.';
    end if;
    return pggit.bump_version(latest, 'patch');
end
$$;
comment on function pggit.next_function_version(int) is 'The version that the next change of a function''s body would get';

create or replace function pggit.diff_function_versions(function_signature text, version1 text default null, version2 text default null)
returns table (line_number int, change_type text, version1_line text, version2_line text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    wanted int;
    one pggit.function_versions;
    two pggit.function_versions;
begin
    perform pggit.settle();
    select s.signature_id into wanted
    from pggit.resolve_function(function_signature) as f
    join pggit.function_signatures as s on s.signature = f.signature and s.object_type = f.object_type;
    select * into two
    from pggit.function_versions as v
    where v.signature_id = wanted
      and (version2 is null or v.version = version2)
    order by v.version_id desc
    limit 1;
    select * into one
    from pggit.function_versions as v
    where v.signature_id = wanted
      and case when version1 is null then v.version_id < two.version_id else v.version = version1 end
    order by v.version_id desc
    limit 1;
    if two.version is null or (version1 is not null and one.version is null) then
        raise exception 'the function "%" has no version %', function_signature, coalesce(case when two.version is null then version2 end, version1, 'yet')
            using errcode = 'undefined_object', hint = 'pggit.function_history lists its versions.';
    end if;
    return query
        select row_number() over ()::int, l.change_type, l.old_line, l.new_line
        from pggit.compare_lines(coalesce(string_to_array(one.source, E'\n'), '{}'), coalesce(string_to_array(two.source, E'\n'), '{}')) as l;
end
$$;
comment on function pggit.diff_function_versions(text, text, text) is 'Two versions of a function''s source line by line; without versions, the current one and the one before';
