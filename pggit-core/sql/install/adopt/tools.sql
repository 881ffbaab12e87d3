-- What the import works with. It is gone again before the transaction ends.

create function pggit.aside_rows(in_table text)
returns setof jsonb
language plpgsql
as $$
declare
    aside constant text := current_setting('pggit.aside');
begin
    -- as JSON: a column that is not there reads as null
    if to_regclass(format('%I.%I', aside, in_table)) is not null then
        return query execute format('select to_jsonb(t) from %I.%I as t', aside, in_table);
    end if;
end
$$;

create function pggit.aside_note(in_what text, in_imported bigint, in_left_out bigint, in_note text)
returns void
language plpgsql
as $$
begin
    execute format(
        'insert into %I.pggit_adoption_lines (what, imported, left_out, note) values ($1, $2, $3, $4)', current_setting('pggit.aside'))
    using in_what, in_imported, in_left_out, in_note;
end
$$;

create function pggit.aside_time(in_text text)
returns timestamptz
language plpgsql
as $$
begin
    return case when isfinite(in_text::timestamptz) then in_text::timestamptz end;
exception
    when invalid_datetime_format or datetime_field_overflow then
        return null;
end
$$;

create function pggit.aside_number(in_text text)
returns bigint
language sql
as $$
    select case when in_text ~ '^-?[0-9]{1,18}$' then in_text::bigint end
$$;

create function pggit.aside_uuid(in_text text)
returns uuid
language sql
as $$
    select case when in_text ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then in_text::uuid end
$$;

create function pggit.aside_texts(in_value jsonb)
returns text[]
language sql
as $$
    select case
        when jsonb_typeof(in_value) = 'array' then array(
            select v.value from jsonb_array_elements_text(in_value) with ordinality as v (value, n) where v.value is not null order by v.n)
        else '{}'
    end
$$;

create function pggit.aside_word(in_text text)
returns text
language sql
as $$
    select nullif(btrim(in_text), '')
$$;

-- What could hold a secret is not kept: redact() would cut what follows.
create function pggit.aside_json(in_value jsonb)
returns jsonb
language sql
as $$
    select case when pggit.redact(in_value::text || '''') = in_value::text || '''' then in_value end
$$;

-- Some of a long list.
create function pggit.aside_list(in_texts text[])
returns text
language sql
as $$
    select nullif(array_to_string(in_texts[1:5], '; ') || case when cardinality(in_texts) > 5 then '; and ' || cardinality(in_texts) - 5 || ' more' else '' end, '')
$$;

-- The objects that it knew, and whether they are its own.
create table pggit.aside_objects as
select pggit.aside_number(r ->> 'id') as id,
       lower(coalesce(pggit.aside_word(r ->> 'object_type'), 'unknown') collate "C") as object_type,
       coalesce(pggit.aside_word(r ->> 'full_name'), nullif(concat_ws('.', pggit.aside_word(r ->> 'schema_name'), pggit.aside_word(r ->> 'object_name')), ''), 'unknown') as object_identity,
       coalesce(r ->> 'schema_name' = 'pggit', false) or coalesce(r ->> 'full_name', '') ~ '^pggit(\.|$)' as is_own
from pggit.aside_rows('objects') as r;

-- The steps of its history that become commits, with the commit that each becomes.
create table pggit.aside_steps (
    step bigint generated always as identity,
    hash text,
    old_id bigint,
    history_id bigint,
    at timestamptz,
    author text,
    message text,
    branch_name text,
    commit_id text
);
