-- Merging an incoming definition into what is there, property by property. What both sides changed since the base stays as it is and
-- is named, and so is what cannot be applied exactly.

-- What the incoming side changed since the base and does not have in common with what is there; a target of null takes the property away.
create or replace function pggit.merge_steps(in_base jsonb, in_live jsonb, in_incoming jsonb)
returns table (property text, is_clash boolean, target jsonb)
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
    select k.key, in_live -> k.key is distinct from in_base -> k.key, in_incoming -> k.key
    from (select jsonb_object_keys(coalesce(in_base, '{}') || in_live || in_incoming)) as k (key)
    where in_incoming -> k.key is distinct from in_live -> k.key
      and in_incoming -> k.key is distinct from in_base -> k.key
    order by k.key collate "C"
$$;
comment on function pggit.merge_steps(jsonb, jsonb, jsonb) is 'The properties that a merge has to change, and those that both sides changed differently';

create or replace function pggit.with_property(in_definition jsonb, in_property text, in_target jsonb)
returns jsonb
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
    select case when in_target is null then in_definition - in_property else in_definition || jsonb_build_object(in_property, in_target) end
$$;
comment on function pggit.with_property(jsonb, text, jsonb) is 'A definition with one property set, or taken away where the target is null';

-- Some properties can only be applied together (a type and its collation), so first all at once, then one by one for as long as any goes.
create or replace function pggit.merge_definition(
    in_object_type text, in_object_identity text, in_base jsonb, in_incoming jsonb, out ran text[], out unmerged jsonb)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    named constant text := in_object_type || ' ' || in_object_identity;
    base constant jsonb := case jsonb_typeof(in_base) when 'object' then in_base end;
    live jsonb := (select e.definition from pggit.live_element(in_object_type, in_object_identity) as e);
    wanted jsonb := live;
    waiting text[] := '{}';
    step record;
    done text;
    reason text;
begin
    if jsonb_typeof(in_incoming) is distinct from 'object' or live is null then
        raise exception 'the conflict on % cannot be merged: %', named,
                case when live is null then 'there is no such object' else 'it does not hold the properties of the incoming side' end
            using errcode = 'object_not_in_prerequisite_state', hint = 'Resolve it with use_current, use_tracked or custom.';
    end if;
    ran := '{}';
    for step in select * from pggit.merge_steps(base, live, in_incoming) loop
        if step.is_clash then
            unmerged := coalesce(unmerged, '{}') || jsonb_build_object(step.property,
                format('both sides changed it: it is %s, incoming is %s', coalesce(live ->> step.property, 'absent'), coalesce(step.target #>> '{}', 'absent')));
        else
            wanted := pggit.with_property(wanted, step.property, step.target);
            waiting := waiting || step.property;
        end if;
    end loop;
    begin
        ran := pggit.apply_definition(in_object_type, in_object_identity, wanted);
        waiting := '{}';
    exception
        when feature_not_supported then
            null;
    end;
    while cardinality(waiting) > 0 loop
        done := null;
        for step in select w.property, in_incoming -> w.property as target from unnest(waiting) as w (property) loop
            begin
                select e.definition into live from pggit.live_element(in_object_type, in_object_identity) as e;
                ran := ran || pggit.apply_definition(in_object_type, in_object_identity, pggit.with_property(live, step.property, step.target));
                done := step.property;
                exit;
            exception
                when feature_not_supported then
                    get stacked diagnostics reason = pg_exception_detail;
                    unmerged := coalesce(unmerged, '{}') || jsonb_build_object(step.property, reason);
            end;
        end loop;
        exit when done is null;
        waiting := array_remove(waiting, done);
        unmerged := nullif(unmerged - done, '{}');
    end loop;
    if unmerged is not null and cardinality(ran) = 0 then
        raise exception 'nothing of the conflict on % can be merged: %', named, (select string_agg(u.key, ', ' order by u.key collate "C") from jsonb_each(unmerged) as u)
            using errcode = 'object_not_in_prerequisite_state',
                  detail = pggit.unmerged_text(unmerged),
                  hint = 'Nothing was changed. Resolve it with use_current, use_tracked or custom.';
    end if;
end
$$;
comment on function pggit.merge_definition(text, text, jsonb, jsonb) is 'Applies, with the rights of the caller, what only the incoming side changed since the base. Gives the statements that ran, and by property why it was left; an error where that is all of it';

create or replace function pggit.unmerged_text(in_unmerged jsonb)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
    select string_agg(u.key || ': ' || (u.value #>> '{}'), E'\n' order by u.key collate "C")
    from jsonb_each(in_unmerged) as u
$$;
comment on function pggit.unmerged_text(jsonb) is 'What a merge left, in words, a line for each property';

-- The conflict stays open for the rest.
create or replace function pggit.keep_unmerged(in_conflict_id uuid, in_ran text[], in_unmerged jsonb)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    conflict constant pggit.conflict_registry := pggit.conflict_of(in_conflict_id);
begin
    update pggit.conflict_registry as r
    set unmerged = in_unmerged,
        resolution_sql = nullif(concat_ws(E';\n', r.resolution_sql, pggit.redact(array_to_string(in_ran, E';\n'))), '')
    where r.conflict_id = in_conflict_id
      and r.status = 'unresolved';
    raise warning 'the conflict on % % is merged but for %', conflict.object_type, conflict.object_identifier,
            (select string_agg(u.key, ', ' order by u.key collate "C") from jsonb_each(in_unmerged) as u)
        using detail = pggit.unmerged_text(in_unmerged),
              hint = 'It stays open. Resolve the rest with use_current, use_tracked or custom.';
end
$$;
comment on function pggit.keep_unmerged(uuid, text[], jsonb) is 'Puts on record what a merge applied and what it left, and warns of it';
