-- Semantic versions of objects: 1.0.0 when created, then by what each commit did to the object and its elements.
-- The table of rules stands in docs/history.md.

-- How many values a type admits, for the widenings that lose nothing.
create or replace function pggit.is_widening(in_old_type text, in_new_type text)
returns boolean
language sql
immutable
as $$
    select case
        when in_old_type = in_new_type then true
        when in_old_type in ('smallint', 'integer') and in_new_type in ('integer', 'bigint') and in_old_type <> in_new_type
            then not (in_old_type = 'integer' and in_new_type = 'smallint')
        when in_old_type = 'real' and in_new_type = 'double precision' then true
        when in_old_type ~ '^character varying' and in_new_type in ('text', 'character varying') then true
        when in_old_type ~ '^character varying\(\d+\)$' and in_new_type ~ '^character varying\(\d+\)$'
            then pg_catalog.substring(in_new_type, '\d+')::int >= pg_catalog.substring(in_old_type, '\d+')::int
        when in_old_type ~ '^numeric\(\d+,\d+\)$' and in_new_type = 'numeric' then true
        when in_old_type ~ '^numeric\(\d+,\d+\)$' and in_new_type ~ '^numeric\(\d+,\d+\)$'
            then pg_catalog.substring(in_new_type, ',(\d+)')::int >= pg_catalog.substring(in_old_type, ',(\d+)')::int
                 and pg_catalog.substring(in_new_type, '\((\d+)')::int - pg_catalog.substring(in_new_type, ',(\d+)')::int
                     >= pg_catalog.substring(in_old_type, '\((\d+)')::int - pg_catalog.substring(in_old_type, ',(\d+)')::int
        else false
    end
$$;
comment on function pggit.is_widening(text, text) is 'Whether every value of the one type is a value of the other';

create or replace function pggit.change_impact(
    in_operation text, in_object_type text, in_is_part boolean, in_old jsonb, in_new jsonb)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
    select case
        when in_operation = 'rename' then 'major'
        when in_operation = 'drop' then case
            when not in_is_part then 'major'
            when in_object_type in ('index') then 'patch'
            when in_object_type in ('trigger') then 'minor'
            when in_object_type in ('table constraint', 'domain constraint') and in_old ->> 'type' is distinct from 'primary key' then 'minor'
            else 'major' end
        when in_operation = 'create' then case
            when not in_is_part then 'major'
            when in_object_type = 'index' then 'patch'
            when in_object_type = 'trigger' then 'minor'
            when in_object_type = 'table column' then case
                when in_new ? 'not_null' and not in_new ?| array['default', 'identity', 'generated'] then 'major' else 'minor' end
            else 'major' end
        when in_old - array['comment', 'privileges', 'owner', 'statistics', 'index_comment'] = in_new - array['comment', 'privileges', 'owner', 'statistics', 'index_comment'] then 'patch'
        when in_object_type = 'table column' then case
            when not pggit.is_widening(in_old ->> 'type', in_new ->> 'type') then 'major'
            when in_new ? 'not_null' and not in_old ? 'not_null' then 'major'
            when in_new -> 'generated' is distinct from in_old -> 'generated' then 'major'
            else 'minor' end
        when in_object_type in ('table constraint', 'domain constraint', 'policy', 'rule') then 'major'
        when in_object_type = 'index' then 'patch'
        when in_object_type in ('function', 'procedure', 'aggregate') then case
            when in_old -> 'result' is distinct from in_new -> 'result' or in_old -> 'arguments' is distinct from in_new -> 'arguments' then 'major'
            else 'patch' end
        when in_object_type in ('view', 'materialized view') then case
            when in_old -> 'columns' is not distinct from in_new -> 'columns' then 'minor'
            when exists (
                select from jsonb_array_elements(in_old -> 'columns') as o
                where not exists (
                    select from jsonb_array_elements(in_new -> 'columns') as n
                    where n -> 'name' = o -> 'name' and n -> 'type' = o -> 'type')) then 'major'
            else 'minor' end
        when in_object_type = 'type' then case
            when in_new ? 'labels' and (in_new -> 'labels') @> (in_old -> 'labels') then 'minor'
            when in_new ? 'attributes' and (in_new -> 'attributes') @> (in_old -> 'attributes') then 'minor'
            else 'major' end
        else 'minor'
    end
$$;
comment on function pggit.change_impact(text, text, boolean, jsonb, jsonb) is 'What a change means to those who use the object: major, minor or patch';

create or replace function pggit.get_version(object text)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    step record;
    major int;
    minor int := 0;
    patch int := 0;
begin
    perform pggit.settle();
    for step in
        select h.commit_id,
               min(c.commit_number) as commit_number,
               bool_or(h.operation = 'create' and not p.is_part) as created,
               bool_or(pggit.change_impact(h.operation, h.object_type, p.is_part, h.old_definition, h.new_definition) = 'major') as is_major,
               bool_or(pggit.change_impact(h.operation, h.object_type, p.is_part, h.old_definition, h.new_definition) = 'minor') as is_minor
        from pggit.history(pggit.whole_object(object)) as h
        join pggit.commit_records as c on c.commit_id = h.commit_id
        cross join lateral (select not h.object_type = any (pggit.root_types()) as is_part) as p
        group by h.commit_id
        order by commit_number
    loop
        if step.created and major is null then
            major := 1;
        elsif step.is_major then
            major := coalesce(major, 1) + 1;
            minor := 0;
            patch := 0;
        elsif step.is_minor then
            major := coalesce(major, 1);
            minor := minor + 1;
            patch := 0;
        else
            major := coalesce(major, 1);
            patch := patch + 1;
        end if;
    end loop;
    return format('%s.%s.%s', coalesce(major, 1), minor, patch);
end
$$;
comment on function pggit.get_version(text) is 'The semantic version of an object: new objects are 1.0.0; what breaks users is major, what adds is minor, comments and privileges are patch';

-- The object that a name means, where a column or constraint means its table.
create or replace function pggit.whole_object(in_object text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select r.object_key
    from pggit.resolve_object(in_object) as r
    order by r.object_key <> r.object_type || ' ' || r.object_identity
    limit 1
$$;
comment on function pggit.whole_object(text) is 'The object that an element belongs to';
