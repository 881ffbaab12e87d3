-- The versions of functions. It kept no sources, so a past version has a number, metadata, a time and an author; the last one is
-- taken for what the function is now.

create function pggit.aside_version(in_text text)
returns text
language sql
as $$
    select case
        when v.t ~ '^\d+$' then v.t::numeric || '.0.0'
        when v.t ~ '^\d+\.\d+$' then v.t || '.0'
        when v.t ~ '^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z.-]+)?$' then v.t
    end
    from (select regexp_replace(btrim(in_text), '^[vV]', '') as t) as v
$$;

-- How pgGit writes a signature: as the function that is there has it, else as it was written.
create function pggit.aside_signature(in_schema text, in_name text, in_argument_types text[])
returns text
language plpgsql
as $$
declare
    written constant text := format('%I.%I(%s)', in_schema, in_name, array_to_string(in_argument_types, ','));
begin
    return pggit.plain_signature(coalesce((pg_identify_object('pg_proc'::regclass, to_regprocedure(written)::oid, 0)).identity, written));
exception
    -- its types are gone, or it is no signature at all
    when syntax_error or invalid_text_representation or invalid_name or undefined_object or too_many_arguments then
        return written;
end
$$;

create table pggit.aside_signatures as
select s.*, pggit.aside_signature(s.schema_name, s.function_name, s.argument_types) as signature
from (
    select r ->> 'signature_id' as id,
           pggit.aside_word(r ->> 'schema_name') as schema_name,
           pggit.aside_word(r ->> 'function_name') as function_name,
           pggit.aside_texts(r -> 'argument_types') as argument_types,
           pggit.aside_time(r ->> 'created_at') as created_at
    from pggit.aside_rows('function_signatures') as r
) as s
where s.schema_name <> 'pggit'
  and s.function_name is not null;

create table pggit.aside_versions as
select row_number() over (order by coalesce(pggit.aside_time(r ->> 'created_at'), s.created_at) nulls first, pggit.aside_number(r ->> 'version_id')) as place,
       s.signature, s.schema_name, s.function_name,
       pggit.aside_version(r ->> 'version') as version,
       r ->> 'version' as said,
       coalesce(pggit.aside_time(r ->> 'created_at'), s.created_at, now()) as created_at,
       coalesce(pggit.aside_word(r ->> 'created_by'), 'unknown') as created_by,
       case when jsonb_typeof(r -> 'metadata') = 'object' then coalesce(pggit.aside_json(r -> 'metadata'), '{}') else '{}' end as metadata,
       coalesce(pggit.aside_word(r ->> 'source_hash'), 'not known') as source_hash,
       false as is_taken
from pggit.aside_rows('function_versions') as r
left join pggit.aside_signatures as s on s.id = r ->> 'signature_id';

do $functions$
declare
    past record;
    target int;
    present_version pggit.version_records;
    kept bigint := 0;
begin
    -- What the first commit has just recorded goes after what is older.
    create table pggit.aside_present as
    select v.*
    from pggit.version_records as v
    join pggit.signature_records as s using (signature_id)
    where s.signature in (select a.signature from pggit.aside_versions as a where a.version is not null);
    delete from pggit.version_records as v using pggit.aside_present as p where v.version_id = p.version_id;

    for past in
        select distinct on (a.signature, a.version) a.*
        from pggit.aside_versions as a
        where a.version is not null
          and a.signature is not null
        order by a.signature, a.version, a.place
    loop
        select s.signature_id into target from pggit.signature_records as s where s.signature = past.signature;
        if not found then
            insert into pggit.signature_records (signature_id, object_type, signature, signature_hash, schema_name, function_name, argument_types, dropped_at, created_at)
            values (pggit.next_signature_id(), 'function', past.signature, pggit.sha256_hex(past.signature), past.schema_name, past.function_name,
                    pggit.signature_types(past.signature), now(), past.created_at)
            returning signature_id into target;
            perform pggit.note_overloads(past.schema_name, past.function_name);
        end if;
        kept := kept + 1;
        update pggit.aside_versions as a set is_taken = true where a.place = past.place;
    end loop;

    -- the first transaction there ever was: none that could go on with them
    insert into pggit.version_records (version_id, signature_id, version, is_explicit, impact, source_hash, definition, metadata, transaction_id, created_at, created_by)
    select pggit.next_version_id() - 1 + row_number() over (order by a.place), s.signature_id, a.version, true, 'explicit', a.source_hash, '{}', a.metadata, '3', a.created_at, a.created_by
    from pggit.aside_versions as a
    join pggit.signature_records as s using (signature)
    where a.is_taken
    order by a.place;

    for present_version in select p.* from pggit.aside_present as p loop
        select v.version_id, v.version, v.metadata, v.created_at, v.created_by
        into past
        from pggit.version_records as v
        where v.signature_id = present_version.signature_id
        order by v.version_id desc
        limit 1;
        if not present_version.is_explicit or pggit.version_key(present_version.version) <= pggit.version_key(past.version) then
            -- one row for its last version and for what the function is now
            delete from pggit.version_records as v where v.version_id = past.version_id;
            present_version.version := past.version;
            present_version.is_explicit := true;
            present_version.impact := 'explicit';
            present_version.metadata := past.metadata || present_version.metadata;
            present_version.created_at := past.created_at;
            present_version.created_by := past.created_by;
        end if;
        present_version.version_id := pggit.next_version_id();
        insert into pggit.version_records select (present_version).*;
    end loop;
    delete from pggit.seals as s where s.sealed in ('function signature', 'function version');
    insert into pggit.seals (sealed, seal_id)
    select k.sealed, r.seal_id
    from (values ('function signature'), ('function version')) as k (sealed)
    cross join lateral pggit.sealed_rows(k.sealed) as r;
    perform pggit.aside_note(
        'function versions', kept, (select count(*) from pggit.aside_versions) - kept,
        concat_ws('; ',
            case when kept > 0 then 'without sources, which the older pgGit did not keep' end,
            pggit.aside_list(array(
                select case
                    when a.signature is null then 'a version without a signature: ' || coalesce(a.said, 'null')
                    when a.version is null then format('"%s" of %s is no version', coalesce(a.said, 'null'), a.signature)
                    else format('%s of %s is there twice', a.said, a.signature)
                end
                from pggit.aside_versions as a
                where not a.is_taken
                order by a.place))));
end
$functions$;
