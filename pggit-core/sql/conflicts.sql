-- The registry of conflicts. A definition in it is a statement, or the properties that pgGit records; resolving runs with the
-- rights of the caller.

-- A text is judged as where pgGit records such a one itself: a statement, else an option or a message. What people say of a conflict is
-- a message, though it may begin like a statement.
create or replace function pggit.could_be_secret(in_object_type text, in_name text, in_text text)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select case
        when in_name in ('description', 'object_type', 'object_identity', 'base_version', 'current_version', 'incoming_version', 'tracked_version', 'branch1', 'branch2') then
            -- an apostrophe is no literal
            (select pggit.redacted_message(m.said) <> m.said from (select regexp_replace(in_text, '(\w)''(\w)', '\1\2', 'g') as said) as m)
        when in_text collate "C" ~* '^[\s(;]*(--|/\*|(abort|alter|analyze|begin|call|comment|commit|copy|create|declare|delete|do|drop|end|execute|explain|grant|import|insert|load|lock|merge|notify|prepare|refresh|reset|revoke|rollback|security|select|set|start|table|truncate|update|values|with)\M)' then
            pggit.recorded_text(in_text) <> in_text
        else pggit.redacted_message(in_text) <> in_text or exists (
            select
            from (values (in_name || '=' || in_text), (case when in_text like '_%=%' then in_text end)) as o (item)
            where o.item not like '%=***'
              and case lower(in_object_type collate "C")
                      when 'user mapping' then split_part(o.item, '=', 1) not in ('user', 'username')
                      else pggit.shown_option(o.item) <> o.item
                  end)
    end
$$;
comment on function pggit.could_be_secret(text, text, text) is 'Whether a text that stands under a name, if any, could be a secret or a statement that holds one';

-- Of a definition pgGit keeps the properties that its grammar knows; of options it has recorded no secret.
create or replace function pggit.could_hold_secret(in_object_type text, in_data jsonb, in_name text default null)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
    kept text[];
begin
    case jsonb_typeof(in_data)
        when 'object' then
            if in_name in ('base', 'base_definition', 'current', 'current_definition', 'ours', 'incoming', 'incoming_definition', 'tracked', 'tracked_definition', 'theirs', 'definition') then
                kept := array(
                    select m.word[1]
                    from pggit.ddl_grammar as g
                    cross join lateral regexp_matches(g.grammar::text, '(?:\{[.!]?|"(?:property|each)": ")(\w+)', 'g') as m (word)
                    where in_object_type = any (g.object_types)
                      and m.word[1] not in ('options', 'foreign_options', 'connection'));
            end if;
            return exists (
                select
                from jsonb_each(in_data) as m
                where m.key <> all (coalesce(kept, '{}'))
                  and (m.key = 'connection' or pggit.could_hold_secret(
                      case when lower(in_object_type collate "C") = 'user mapping' or in_name is null then in_object_type else coalesce(in_data ->> 'object_type', in_object_type) end,
                      m.value, m.key)));
        when 'array' then
            -- an option in a list has its name with it
            return exists (
                select
                from jsonb_array_elements(in_data) as e (item)
                where pggit.could_hold_secret(in_object_type, e.item, case when e.item #>> '{}' not like '_%=%' or jsonb_typeof(e.item) <> 'string' then coalesce(in_name, '') end));
        when 'string', 'number' then
            return pggit.could_be_secret(in_object_type, in_name, in_data #>> '{}');
        else
            return false;
    end case;
end
$$;
comment on function pggit.could_hold_secret(text, jsonb, text) is 'Whether anything in what a conflict holds, wherever it stands, could be a secret';

create or replace function pggit.register_conflict(conflict_type text, object_type text, object_identifier text, conflict_data jsonb default '{}')
returns uuid
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    new_id uuid;
begin
    if conflict_type is null or conflict_type not in ('merge', 'version', 'constraint', 'dependency') then
        raise exception 'there is no type of conflict %', quote_nullable(conflict_type)
            using errcode = 'invalid_parameter_value', hint = 'It is merge, version, constraint or dependency.';
    end if;
    if coalesce(btrim(object_type), '') = '' or coalesce(btrim(object_identifier), '') = '' then
        raise exception 'a conflict needs the type and the name of its object'
            using errcode = 'invalid_parameter_value', hint = 'As in pggit.register_conflict(''merge'', ''table'', ''public.users'').';
    end if;
    if jsonb_typeof(coalesce(conflict_data, '{}')) <> 'object' then
        raise exception 'conflict_data is no object'
            using errcode = 'invalid_parameter_value', hint = 'It may hold base, current and incoming definitions, as in {"current": "...", "incoming": "..."}.';
    end if;
    if pggit.could_hold_secret(object_type, conflict_data) then
        raise exception 'something in the conflict on % % could hold a secret, and pgGit keeps none', object_type, object_identifier
            using errcode = 'invalid_parameter_value', hint = 'Register the conflict without that statement, property or text, and resolve it with custom.';
    end if;
    insert into pggit.conflict_registry as r (conflict_type, object_type, object_identifier, branch1_name, branch2_name, conflict_data)
    values (register_conflict.conflict_type, register_conflict.object_type, register_conflict.object_identifier,
            coalesce(register_conflict.conflict_data ->> 'branch1', pggit.current_branch()), register_conflict.conflict_data ->> 'branch2',
            coalesce(register_conflict.conflict_data, '{}'))
    returning r.conflict_id into new_id;
    return new_id;
end
$$;
comment on function pggit.register_conflict(text, text, text, jsonb) is 'Puts a conflict on record; conflict_data may hold base, current and incoming, each a statement or recorded properties, and base_version, current_version, incoming_version, description. Gives its id';

create or replace function pggit.list_conflicts(status_filter text default 'unresolved')
returns table (conflict_id uuid, conflict_type text, object_type text, object_identifier text, created_at timestamptz, description text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if status_filter not in ('unresolved', 'resolved', 'ignored') then
        raise exception 'there is no status "%"', status_filter
            using errcode = 'invalid_parameter_value', hint = 'It is unresolved, resolved or ignored; null lists all.';
    end if;
    return query
        select r.conflict_id, r.conflict_type, r.object_type, r.object_identifier, r.created_at,
               coalesce(r.conflict_data ->> 'description',
                        format('%s conflict on %s %s', r.conflict_type, r.object_type, r.object_identifier)
                        || case when r.branch2_name is not null then format(' between %s and %s', r.branch1_name, r.branch2_name) else '' end)
        from pggit.conflict_registry as r
        where status_filter is null or r.status = status_filter
        order by r.created_at, r.conflict_id;
end
$$;
comment on function pggit.list_conflicts(text) is 'The conflicts with a status, oldest first; null lists all';

-- What a conflict calls its sides: base, current, incoming.
create or replace function pggit.conflict_side(in_data jsonb, in_side text)
returns jsonb
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
    -- what object_definition() gives has the properties one level down
    select case when jsonb_typeof(v.side -> 'definition') = 'object' then v.side -> 'definition' else nullif(v.side, 'null') end
    from (
        select case in_side
            when 'base' then coalesce(in_data -> 'base', in_data -> 'base_definition')
            when 'current' then coalesce(in_data -> 'current', in_data -> 'current_definition', in_data -> 'ours')
            when 'incoming' then coalesce(in_data -> 'incoming', in_data -> 'incoming_definition', in_data -> 'tracked', in_data -> 'tracked_definition', in_data -> 'theirs')
        end as side
    ) as v
$$;
comment on function pggit.conflict_side(jsonb, text) is 'The base, current or incoming definition that a conflict holds';

create or replace function pggit.conflict_of(in_conflict_id uuid)
returns pggit.conflict_registry
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    found_row pggit.conflict_registry;
begin
    select r.* into found_row from pggit.conflict_registry as r where r.conflict_id = in_conflict_id;
    if not found then
        raise exception 'there is no conflict %', coalesce(in_conflict_id::text, 'null')
            using errcode = 'undefined_object', hint = 'SELECT * FROM pggit.list_conflicts(null) lists all.';
    end if;
    return found_row;
end
$$;
comment on function pggit.conflict_of(uuid) is 'A conflict by its id; an error where there is none';

create or replace function pggit.show_conflict_details(conflict_id uuid)
returns table (detail_type text, detail_value text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    conflict constant pggit.conflict_registry := pggit.conflict_of(conflict_id);
    data constant jsonb := conflict.conflict_data;
    live jsonb;
begin
    -- what a conflict does not say of the object is what the object is
    if conflict.status = 'unresolved' and pggit.conflict_side(data, 'current') is null then
        select e.definition into live from pggit.live_element(conflict.object_type, conflict.object_identifier) as e;
    end if;
    return query
        select d.name, d.value
        from (values
            (1, 'Type', conflict.conflict_type),
            (2, 'Object', conflict.object_type || ' ' || conflict.object_identifier),
            (3, 'Status', conflict.status),
            (4, 'Created', conflict.created_at::text),
            (5, 'Base Version', data ->> 'base_version'),
            (6, 'Current Version', data ->> 'current_version'),
            (7, 'Incoming Version', coalesce(data ->> 'incoming_version', data ->> 'tracked_version')),
            (8, 'Base Definition', pggit.conflict_side(data, 'base') #>> '{}'),
            (9, 'Current Definition', coalesce(pggit.conflict_side(data, 'current') #>> '{}', live::text)),
            (10, 'Incoming Definition', pggit.conflict_side(data, 'incoming') #>> '{}'),
            (11, 'Resolution', conflict.resolution_type || coalesce(': ' || conflict.resolution_reason, '')),
            (12, 'Resolved', conflict.resolved_at || ' by ' || conflict.resolved_by)
        ) as d (place, name, value)
        where d.value is not null
           or d.place between 5 and 10
        order by d.place;
    return query
        select 'Not Merged', u.key || ': ' || (u.value #>> '{}')
        from jsonb_each(conflict.unmerged) as u
        order by u.key collate "C";
    if conflict.status = 'unresolved' then
        return query
            select 'Resolution Option', o.name || ': ' || o.meaning
            from (values
                (1, 'use_current', 'keep the object as it is', true),
                (2, 'use_tracked', 'apply the incoming definition', pggit.conflict_side(data, 'incoming') is not null),
                (3, 'merge', 'apply what only the incoming side changed; what both changed stays open', jsonb_typeof(pggit.conflict_side(data, 'incoming')) = 'object'),
                (4, 'custom', 'run SQL of your own: {"sql": "..."}', true)
            ) as o (place, name, meaning, fits)
            where o.fits
            order by o.place;
    end if;
end
$$;
comment on function pggit.show_conflict_details(uuid) is 'A conflict with its versions, its three definitions and the resolutions on offer';

-- Holds the conflict until the transaction ends, so that two sessions cannot resolve it both.
create or replace function pggit.claim_conflict(in_conflict_id uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    conflict pggit.conflict_registry := pggit.conflict_of(in_conflict_id);
begin
    select r.* into conflict from pggit.conflict_registry as r where r.conflict_id = in_conflict_id for update;
    if conflict.status <> 'unresolved' then
        raise exception 'the conflict on % % is % already', conflict.object_type, conflict.object_identifier, conflict.status
            using errcode = 'object_not_in_prerequisite_state', hint = 'pggit.show_conflict_details() says how it was resolved.';
    end if;
end
$$;
comment on function pggit.claim_conflict(uuid) is 'Takes a conflict for resolution until the transaction ends; an error when it is resolved already';

create or replace function pggit.close_conflict(in_conflict_id uuid, in_resolution text, in_reason text, in_sql text)
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    update pggit.conflict_registry as r
    set status = 'resolved',
        resolved_at = clock_timestamp(),
        resolved_by = session_user,
        resolution_type = in_resolution,
        resolution_reason = in_reason,
        resolution_sql = nullif(concat_ws(E';\n', r.resolution_sql, nullif(pggit.recorded_text(in_sql), '')), ''),
        unmerged = null
    where r.conflict_id = in_conflict_id
      and r.status = 'unresolved'
$$;
comment on function pggit.close_conflict(uuid, text, text, text) is 'Puts on record how a conflict was resolved';

-- What a resolution comes to. What runs it has the search_path of its caller, which may hold anybody's operators, and uses none.
create or replace function pggit.chosen_resolution(
    in_conflict pggit.conflict_registry, in_resolution text, in_custom jsonb,
    out statement text, out base jsonb, out incoming jsonb, out is_definition boolean, out is_merge boolean)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
    named constant text := in_conflict.object_type || ' ' || in_conflict.object_identifier;
begin
    if in_resolution is null or in_resolution not in ('use_current', 'use_tracked', 'merge', 'custom') then
        raise exception 'there is no resolution %', quote_nullable(in_resolution)
            using errcode = 'invalid_parameter_value', hint = 'It is use_current, use_tracked, merge or custom.';
    end if;
    base := pggit.conflict_side(in_conflict.conflict_data, 'base');
    incoming := pggit.conflict_side(in_conflict.conflict_data, 'incoming');
    is_merge := in_resolution = 'merge';
    is_definition := in_resolution = 'use_tracked' and jsonb_typeof(incoming) = 'object';
    if in_resolution = 'custom' then
        statement := in_custom ->> 'sql';
        if coalesce(btrim(statement), '') = '' then
            raise exception 'a custom resolution of the conflict on % needs SQL', named
                using errcode = 'invalid_parameter_value', hint = 'Give custom_resolution => ''{"sql": "ALTER TABLE ..."}''.';
        end if;
    elsif in_resolution = 'use_tracked' and not coalesce(is_definition, false) then
        if incoming is null then
            raise exception 'the conflict on % holds no incoming definition', named
                using errcode = 'object_not_in_prerequisite_state', hint = 'Resolve it with use_current or custom.';
        elsif jsonb_typeof(incoming) <> 'string' then
            raise exception 'the incoming definition of the conflict on % is neither a statement nor properties', named
                using errcode = 'object_not_in_prerequisite_state', hint = 'Resolve it with use_current or custom.';
        end if;
        statement := incoming #>> '{}';
    end if;
end
$$;
comment on function pggit.chosen_resolution(pggit.conflict_registry, text, jsonb) is 'The statement, the definition or the merge that a resolution of a conflict asks for';

create or replace function pggit.resolve_conflict(conflict_id uuid, resolution text, reason text default null, custom_resolution jsonb default null)
returns text
language plpgsql
as $$
declare
    conflict constant pggit.conflict_registry := pggit.conflict_of(conflict_id);
    chosen record;
    ran text[] := '{}';
    merged record;
begin
    select * into chosen from pggit.chosen_resolution(conflict, resolution, custom_resolution);
    perform pggit.claim_conflict(conflict_id);
    if chosen.statement is not null then
        ran := array[chosen.statement];
        execute chosen.statement;
    elsif chosen.is_definition then
        ran := pggit.apply_definition(conflict.object_type, conflict.object_identifier, chosen.incoming);
    elsif chosen.is_merge then
        merged := pggit.merge_definition(conflict.object_type, conflict.object_identifier, chosen.base, chosen.incoming);
        ran := merged.ran;
        if merged.unmerged is not null then
            perform pggit.keep_unmerged(conflict_id, ran, merged.unmerged);
            return 'unresolved';
        end if;
    end if;
    perform pggit.close_conflict(conflict_id, resolution, reason, pg_catalog.array_to_string(ran, E';\n'));
    return resolution;
end
$$;
comment on function pggit.resolve_conflict(uuid, text, text, jsonb) is 'Resolves a conflict: use_current keeps what is there, use_tracked applies the incoming definition, merge applies of it what only that side changed, custom runs {"sql": "..."}. With the rights of the caller. Gives the resolution, or unresolved where a merge left properties open';
