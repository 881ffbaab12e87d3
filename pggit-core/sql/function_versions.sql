-- Versions of functions, by signature: derived from what each commit did to them, or said explicitly. One change is one version: what
-- a transaction or a deployment does to a function is compared with the version before it.

create or replace function pggit.check_version(in_version text)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    if length(in_version) > 255 then
        raise exception 'a version of % characters is too long', length(in_version)
            using errcode = 'invalid_parameter_value', hint = 'Write MAJOR.MINOR.PATCH, as 2.1.0; with all that follows it may have 255 characters.';
    end if;
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
               array(select pg_catalog.lpad(pg_catalog.length(n)::text, 5, '0') || n from pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.substring(in_version, '^[0-9.]+'), '.')) as n)
               || case when in_version ~ '^[0-9.]+-' then '0' else '1' end
               || array(
                   select case when p ~ '^\d+$' then '0' || pg_catalog.lpad(pg_catalog.length(p)::text, 5, '0') || p else '1' || p end
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
        when 'major' then (n[1]::numeric + 1) || '.0.0'
        when 'minor' then n[1] || '.' || (n[2]::numeric + 1) || '.0'
        else n[1] || '.' || n[2] || '.' || (n[3]::numeric + 1)
    end
    from pg_catalog.string_to_array(pg_catalog.substring(in_version, '^[0-9.]+'), '.') as n
$$;
comment on function pggit.bump_version(text, text) is 'The version that follows one, after a change of the given impact';

-- Types of pg_catalog go without their schema, as regprocedure prints them.
create or replace function pggit.plain_signature(in_identity text)
returns text
language sql
immutable parallel safe
as $$
    select pg_catalog.regexp_replace(in_identity, '("(?:[^"]|"")*")|\mpg_catalog\.', '\1', 'g')
$$;
comment on function pggit.plain_signature(text) is 'An identity of pg_identify_object() as regprocedure prints it';

create or replace function pggit.signature_types(in_signature text)
returns text[]
language sql
immutable parallel safe
as $$
    select array(
        select m.name[1]
        from pg_catalog.regexp_matches(pg_catalog.substr(in_signature, pg_catalog.length(pggit.ddl_path(in_signature)) + 1), '(?:"(?:[^"]|"")*"|[^",()])+', 'g') with ordinality as m (name, place)
        order by m.place)
$$;
comment on function pggit.signature_types(text) is 'The types of the arguments of a signature';

-- The whole source: the body, or where there is none the statement that makes it.
create or replace function pggit.function_source(in_object_type text, in_signature text, in_definition jsonb)
returns text
language sql
stable
as $$
    select coalesce(in_definition ->> 'source', pggit.unsettled(in_definition ->> 'sql_body'),
                    (select pggit.render(g.grammar ->> 'create', in_definition || pg_catalog.jsonb_build_object('identity', in_signature, '', in_definition, '*', '{}'::jsonb))
                     from pggit.ddl_grammar as g
                     where in_object_type = any (g.object_types)))
$$;
comment on function pggit.function_source(text, text, jsonb) is 'The source of a function: its body, or the statement that makes an aggregate';

create or replace function pggit.note_overloads(in_schema text, in_name text)
returns void
language sql
as $$
    with changed as (
        update pggit.signature_records as s
        set is_overloaded = o.is_overloaded
        from (
            select c as was, c.signature_id,
                   count(*) filter (where c.dropped_at is null) over () > case when c.dropped_at is null then 1 else 0 end as is_overloaded
            from pggit.signature_records as c
            where c.schema_name = in_schema
              and c.function_name = in_name
        ) as o
        where s.signature_id = o.signature_id
          and s.is_overloaded <> o.is_overloaded
        returning pggit.signature_seal(o.was) as seal_id, pggit.signature_seal(s) as new_seal_id
    )
    update pggit.seals as s
    set seal_id = c.new_seal_id
    from changed as c
    where s.sealed = 'function signature'
      and s.seal_id = c.seal_id
$$;
comment on function pggit.note_overloads(text, text) is 'Notes which functions of a name are overloaded, after one came or went';

-- One state of a function: a new version, or none if it is the one that is there.
create or replace function pggit.record_function(
    in_object_type text, in_signature text, in_definition jsonb, in_commit_id text, in_transaction_id xid8, in_deployment_id uuid, in_author text,
    in_version text default null, in_metadata jsonb default null)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    path constant text[] := parse_ident(pggit.ddl_path(in_signature));
    known pggit.signature_records;
    changed pggit.signature_records;
    latest pggit.version_records;
    made pggit.version_records;
    base pggit.version_records;
    is_same_unit boolean;
    directives constant jsonb := pggit.metadata_of(in_definition);
    new_metadata jsonb;
    new_source constant text := pggit.function_source(in_object_type, in_signature, in_definition);
    said text := coalesce(in_version, directives ->> 'version');
    change text;
    new_version text;
    was_gone boolean;
begin
    select * into known from pggit.signature_records as s where s.signature = in_signature and s.object_type = in_object_type;
    if not found then
        insert into pggit.signature_records (signature_id, object_type, signature, signature_hash, schema_name, function_name, argument_types, return_type)
        values (pggit.next_signature_id(), in_object_type, in_signature, pggit.sha256_hex(in_signature), path[1], path[2], pggit.signature_types(in_signature), in_definition ->> 'result')
        returning * into known;
        insert into pggit.seals (sealed, seal_id) values ('function signature', pggit.signature_seal(known));
        perform pggit.note_overloads(path[1], path[2]);
    elsif known.return_type is distinct from in_definition ->> 'result' then
        changed := known;
        changed.return_type := in_definition ->> 'result';
        perform pggit.change_signature(known, changed);
        known := changed;
    end if;
    select * into latest from pggit.version_records as v where v.signature_id = known.signature_id order by v.version_id desc limit 1;
    -- transactions are numbered anew in another server: the time must fit too
    is_same_unit := coalesce(latest.deployment_id = in_deployment_id, false)
        or coalesce(latest.transaction_id = in_transaction_id and latest.created_at > clock_timestamp() - interval '1 day', false);
    base := latest;
    if is_same_unit then
        select * into base
        from pggit.version_records as v
        where v.signature_id = known.signature_id
          and v.version_id < latest.version_id
        order by v.version_id desc
        limit 1;
    end if;
    was_gone := known.dropped_at is not null or (is_same_unit and latest.is_made_again);
    new_metadata := latest.metadata - array(select jsonb_object_keys(pggit.metadata_of(latest.definition)));
    new_metadata := coalesce(new_metadata, '{}') || directives || coalesce(in_metadata, '{}');
    if said is not null and in_version is null then
        said := pggit.version_from_comment(in_signature, known.signature_id, said, latest);
    else
        perform pggit.check_next_version(in_signature, known.signature_id, said, latest);
    end if;
    change := case
        when base.version is null then 'new'
        when was_gone then 'major'
        else pggit.function_impact(base.definition, in_definition)
    end;

    if is_same_unit and change = 'none' and not latest.is_explicit and said is null then
        -- what the unit did to it is undone
        delete from pggit.version_records as v where v.version_id = latest.version_id;
        delete from pggit.seals as s where s.sealed = 'function version' and s.seal_id = pggit.version_seal(latest);
        latest := base;
        is_same_unit := false;
    elsif is_same_unit then
        new_version := case
            when said is distinct from latest.version and said is not null then said
            when latest.is_explicit then latest.version
            when base.version is null then '1.0.0'
            else pggit.bump_version(base.version, change)
        end;
    elsif change <> 'none' then
        new_version := coalesce(case when said is distinct from latest.version then said end,
                                case when base.version is null then '1.0.0' else pggit.bump_version(base.version, change) end);
    elsif said <> latest.version and (in_version is null or latest.is_explicit) then
        new_version := said;
        change := 'explicit';
    end if;

    if is_same_unit or new_version is null then
        -- the same change, said twice: one version
        update pggit.version_records as v
        set version = coalesce(new_version, said, v.version),
            is_explicit = v.is_explicit or said is not null,
            impact = case when not is_same_unit then v.impact when change = 'none' then 'explicit' else change end,
            is_made_again = case when is_same_unit then was_gone else v.is_made_again end,
            metadata = new_metadata,
            -- what the version's commit made, and not what no commit holds
            definition = case when in_commit_id is null and not is_same_unit and v.commit_id is not null then v.definition else in_definition end,
            source = new_source,
            source_hash = pggit.sha256_hex(coalesce(new_source, '')),
            commit_id = coalesce(v.commit_id, in_commit_id)
        where v.version_id = latest.version_id
        returning * into made;
        perform pggit.reseal('function version', pggit.version_seal(latest), pggit.version_seal(made));
        new_version := made.version;
    else
        insert into pggit.version_records (
            version_id, signature_id, version, is_explicit, impact, source, source_hash, definition, metadata, is_made_again, commit_id, transaction_id, deployment_id, created_by)
        values (
            pggit.next_version_id(), known.signature_id, new_version, coalesce(new_version = said, false), change, new_source, pggit.sha256_hex(coalesce(new_source, '')),
            in_definition, new_metadata, was_gone, in_commit_id, coalesce(in_transaction_id, pg_current_xact_id()), in_deployment_id, in_author)
        returning * into made;
        insert into pggit.seals (sealed, seal_id) values ('function version', pggit.version_seal(made));
    end if;
    if known.dropped_at is not null then
        select * into known from pggit.signature_records as s where s.signature_id = known.signature_id;
        changed := known;
        changed.dropped_at := null;
        perform pggit.change_signature(known, changed);
        perform pggit.note_overloads(path[1], path[2]);
    end if;
    return new_version;
end
$$;
comment on function pggit.record_function(text, text, jsonb, text, xid8, uuid, text, text, jsonb) is 'Records a state of a function as a version, unless it is the one that is there; gives the version';

create or replace function pggit.check_next_version(in_signature text, in_signature_id int, in_version text, in_latest pggit.version_records)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    if in_version is null or in_version = in_latest.version then
        return;
    end if;
    perform pggit.check_version(in_version);
    if pggit.version_key(in_version) < pggit.version_key(in_latest.version)
        or exists (select from pggit.version_records as v where v.signature_id = in_signature_id and v.version = in_version)
    then
        raise exception 'the version of % cannot go back from % to %', in_signature, in_latest.version, in_version
            using errcode = 'invalid_parameter_value', hint = 'Give a version that comes after it.';
    end if;
end
$$;
comment on function pggit.check_next_version(text, int, text, pggit.version_records) is 'Raises an error where a version cannot follow the latest';

-- What a comment says that cannot be is no reason to fail anybody's DDL: it goes on record, and the version is derived.
create or replace function pggit.version_from_comment(in_signature text, in_signature_id int, in_said text, in_latest pggit.version_records)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.check_next_version(in_signature, in_signature_id, in_said, in_latest);
    return in_said;
exception
    when invalid_parameter_value then
        -- once, and not with every change that leaves the comment as it is
        if in_latest.metadata ->> 'version' is distinct from in_said then
            insert into pggit.system_events (event_type, event_data)
            values ('version_refused', jsonb_build_object('function', in_signature, 'version', in_said, 'reason', sqlerrm));
        end if;
        return null;
end
$$;
comment on function pggit.version_from_comment(text, int, text, pggit.version_records) is 'The version that a comment asks for, or null when it cannot be';

-- What a commit did to functions. Called while folding, only when it did anything to one.
-- Without scans of whole tables: a session that folds many commits keeps the plans that it made when the tables were small.
create or replace function pggit.version_functions(in_commit_number bigint, in_author text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
    change record;
    known pggit.signature_records;
    changed pggit.signature_records;
    made pggit.commit_records;
    path text[];
begin
    select * into made from pggit.commit_records as c where c.commit_number = in_commit_number;
    for change in
        select g.operation, g.object_type, pggit.plain_signature(g.object_identity) as signature,
               g.previous_identity, pggit.plain_signature(g.previous_identity) as previous_signature, b.definition
        from pggit.commit_changes as g
        left join pggit.blobs as b on b.definition_id = g.new_definition_id
        where g.commit_number = in_commit_number
          and g.object_type in ('function', 'procedure', 'aggregate')
        order by g.sequence
    loop
        path := parse_ident(pggit.ddl_path(change.signature));
        if change.operation = 'drop' then
            select * into known from pggit.signature_records as s where s.signature = change.signature and s.object_type = change.object_type;
            changed := known;
            changed.dropped_at := clock_timestamp();
            perform pggit.change_signature(known, changed);
            perform pggit.note_overloads(path[1], path[2]);
            continue;
        end if;
        if change.operation = 'rename' then
            -- its versions go on under the new name, unless that has some of its own; those who call it by the old one break
            select * into known from pggit.signature_records as s where s.signature = change.previous_signature and s.object_type = change.object_type;
            changed := known;
            if not exists (select from pggit.signature_records as s where s.signature = change.signature and s.object_type = change.object_type) then
                changed.signature := change.signature;
                changed.signature_hash := pggit.sha256_hex(change.signature);
                changed.schema_name := path[1];
                changed.function_name := path[2];
                changed.dropped_at := clock_timestamp();
            elsif not exists (select from pggit.elements as e where e.object_identity = change.previous_identity and e.object_type = change.object_type) then
                changed.dropped_at := clock_timestamp();
            end if;
            perform pggit.change_signature(known, changed);
            path := parse_ident(pggit.ddl_path(change.previous_signature));
            perform pggit.note_overloads(path[1], path[2]);
        end if;
        perform pggit.record_function(
            change.object_type, change.signature, change.definition, made.commit_id, made.transaction_id, made.deployment_id, in_author);
    end loop;
end
$$;
comment on function pggit.version_functions(bigint, text) is 'Gives new versions to the functions that a commit changed';
