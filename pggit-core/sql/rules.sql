-- What is tracked. The same answers as model::rules in Rust; a property test compares the two.

create or replace function pggit.directive_of(in_comment text, in_object_type text)
returns boolean
language sql
immutable parallel safe
as $$
    select case pg_catalog.substring(
               in_comment,
               case when in_object_type in ('function', 'procedure', 'aggregate')
                   then '(?:^|[^[:alnum:]_@])@pggit(?::ignore|:track|-ignore)(?![[:alnum:]_:-])'
                   else '(?:^|[^[:alnum:]_@])@pggit:(?:ignore|track)(?![[:alnum:]_:-])'
               end) ~ ':track'
           when true then true
           when false then false
           end
$$;
comment on function pggit.directive_of(text, text) is 'What a comment says about tracking: true for @pggit:track, false for @pggit:ignore (and @pggit-ignore on functions), null for nothing; the first directive counts';

-- Outside of quotes: comments and runs of white space become one space, letters upper case.
create or replace function pggit.normalise_command(in_command text)
returns text
language sql
immutable parallel safe
as $$
    select pg_catalog.rtrim(pg_catalog.btrim(coalesce(pg_catalog.string_agg(
               case
                   when t.token[2] is not null then ' '
                   when t.token[1] ~ '^[''"]' then t.token[1]
                   else pg_catalog.upper(t.token[1] collate pg_catalog."C")
               end, '' order by t.n), '')), '; ')
    from pg_catalog.regexp_matches(
             in_command,
             '(''(?:[^'']|'''')*''|"(?:[^"]|"")*"|[^''"[:space:]/-]+|[^[:space:]])|((?:[[:space:]]|--[^\n]*|/\*(?:[^*]|\*+[^*/])*\*+/)+)',
             'g') with ordinality as t (token, n)
$$;
comment on function pggit.normalise_command(text) is 'A command as ignore patterns are matched against: one space, no comments, upper case outside of quotes';

-- The rule that decides, and what it says.
create or replace function pggit.decide_tracking(
    in_rules jsonb,
    in_schema text,
    in_object_type text,
    in_operation text,
    in_commands text[],
    in_object_comment text,
    in_schema_comment text,
    out tracked boolean,
    out rule text
)
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    operation constant text := upper(in_operation collate "C");
    pattern text;
begin
    tracked := pggit.directive_of(in_object_comment, in_object_type);
    if tracked is not null then
        rule := 'directive @pggit:' || case when tracked then 'track' else 'ignore' end || ' on the object';
        return;
    end if;
    tracked := pggit.directive_of(in_schema_comment, 'schema');
    if tracked is not null then
        rule := 'directive @pggit:' || case when tracked then 'track' else 'ignore' end || ' on the schema';
        return;
    end if;
    tracked := true;
    for pattern in select p from jsonb_array_elements_text(in_rules -> 'track_schemas') with ordinality as l (p, n) order by n loop
        if in_schema like pattern then
            rule := 'track_schemas: ' || pattern;
            return;
        end if;
    end loop;
    for pattern in select p from jsonb_array_elements_text(in_rules -> 'track_operations') with ordinality as l (p, n) order by n loop
        if operation like upper(pattern collate "C") then
            rule := 'track_operations: ' || pattern;
            return;
        end if;
    end loop;
    tracked := false;
    for pattern in select p from jsonb_array_elements_text(in_rules -> 'ignore_schemas') with ordinality as l (p, n) order by n loop
        if in_schema like pattern then
            rule := 'ignore_schemas: ' || pattern;
            return;
        end if;
    end loop;
    for pattern in select p from jsonb_array_elements_text(in_rules -> 'ignore_operations') with ordinality as l (p, n) order by n loop
        if operation like upper(pattern collate "C") then
            rule := 'ignore_operations: ' || pattern;
            return;
        end if;
    end loop;
    for pattern in select p from jsonb_array_elements_text(in_rules -> 'ignore_patterns') with ordinality as l (p, n) order by n loop
        if exists (select from unnest(in_commands) as c where pggit.normalise_command(c) like pggit.normalise_command(pattern)) then
            rule := 'ignore_pattern: ' || pattern;
            return;
        end if;
    end loop;
    tracked := true;
    rule := 'no rule';
end
$$;
comment on function pggit.decide_tracking(jsonb, text, text, text, text[], text, text) is 'Whether a change is tracked, and the rule that says so';

-- A pattern has words that what it matches has too. To look for them takes far less than to normalise a text that may have thousands of
-- statements, each of which asks again.
create or replace function pggit.may_match(in_patterns jsonb, in_text text)
returns boolean
language sql
immutable parallel safe
as $$
    select exists (
        select from pg_catalog.jsonb_array_elements_text(in_patterns) as p (pattern)
        where not exists (
            select from pg_catalog.regexp_matches(pg_catalog.upper(p.pattern collate pg_catalog."C"), '[A-Z0-9]+', 'g') as w (words)
            where pg_catalog.strpos(pg_catalog.upper(in_text collate pg_catalog."C"), w.words[1]) = 0
        )
    )
$$;
comment on function pggit.may_match(jsonb, text) is 'False where no ignore pattern can match anything in a text';

-- The commands that patterns are matched against: the command as it would be written for this object, so that DO blocks and EXECUTE
-- are covered, and those statements of the client's text that name the object.
create or replace function pggit.commands_for(in_command_tag text, in_identity text, in_object_name text, in_unlogged boolean, in_patterns jsonb)
returns text[]
language sql
stable
as $$
    select array[
               case when in_unlogged and in_command_tag like 'CREATE TABLE%' then overlay(in_command_tag placing 'CREATE UNLOGGED' from 1 for 6) else in_command_tag end
               || ' ' || in_identity
           ]
           || array(
               select s.statement
               from regexp_split_to_table(case when pggit.may_match(in_patterns, current_query()) then pggit.normalise_command(current_query()) end, ';') as s (statement)
               where split_part(btrim(s.statement), ' ', 1) = split_part(in_command_tag, ' ', 1)
                 and position(upper(in_object_name) in upper(s.statement)) > 0
           )
$$;
comment on function pggit.commands_for(text, text, text, boolean, jsonb) is 'The texts that ignore patterns are matched against for a command on an object';

-- How a command may have been written that nobody saw: with the schema and without, and for an unlogged table.
create or replace function pggit.commands_like(in_verb text, in_object_key text, in_schema text, in_root_classid oid, in_root_objid oid)
returns text[]
language sql
stable
as $$
    select array_agg(c.verb || replace(c.kind, '-', ' ') || ' ' || n.name)
    from (select 1) as one
    cross join lateral (
        select in_verb || ' ' as verb, (select t.name from unnest(pggit.root_types()) as t (name) where starts_with(in_object_key, t.name || ' ') order by length(t.name) desc limit 1) as kind
        union all
        select 'CREATE UNLOGGED ', 'table'
        where in_verb = 'CREATE'
          and in_object_key like 'table %'
          and in_root_classid = 'pg_class'::regclass
          and (select k.relpersistence from pg_class as k where k.oid = in_root_objid) = 'u'
    ) as c
    cross join lateral (
        select substr(in_object_key, length(c.kind) + 2) as name
        union all
        select substr(in_object_key, length(c.kind) + 3 + length(quote_ident(in_schema)))
        where starts_with(substr(in_object_key, length(c.kind) + 2), quote_ident(in_schema) || '.')
    ) as n
$$;
comment on function pggit.commands_like(text, text, text, oid, oid) is 'The texts that ignore patterns are matched against for a difference that no event told of';

create or replace function pggit.root_is_tracked(
    in_classid oid, in_objid oid, in_schema text, in_command_tag text, in_object_comment text, in_schema_comment text, in_rules jsonb)
returns boolean
language plpgsql
stable
as $$
declare
    target record;
    commands text[] := '{}';
begin
    if in_classid = 'pg_init_privs'::regclass then
        select p.object_type as type, p.object_identity as identity, p.object_identity as name
        into target
        from pggit.read_privileges(array[in_objid]) as p;
    else
        select i.type, i.identity, coalesce(i.name, i.identity) as name
        into target
        from pg_identify_object(in_classid, in_objid, 0) as i;
    end if;
    if in_rules ? 'ignore_patterns' then
        commands := pggit.commands_for(
            in_command_tag, target.identity, target.name,
            in_classid = 'pg_class'::regclass and exists (select from pg_class as c where c.oid = in_objid and c.relpersistence = 'u'),
            in_rules -> 'ignore_patterns');
    end if;
    return (pggit.decide_tracking(in_rules, in_schema, target.type, in_command_tag, commands, in_object_comment, in_schema_comment)).tracked;
end
$$;
comment on function pggit.root_is_tracked(oid, oid, text, text, text, text, jsonb) is 'Whether a command on an object is tracked';

-- A dropped object has no comment any more: what HEAD or the stage holds of it was tracked, and its end is as well, unless a rule says no.
create or replace function pggit.drop_is_tracked(
    in_object_type text, in_identity text, in_schema text, in_address_names text[], in_command_tag text, in_rules jsonb)
returns boolean
language sql
stable
as $$
    select in_rules = '{}'
        or (pggit.decide_tracking(
                in_rules,
                s.name, in_object_type, in_command_tag,
                pggit.commands_for(in_command_tag, in_identity, in_address_names[cardinality(in_address_names)], false, in_rules -> 'ignore_patterns'),
                null,
                case when pggit.directive_of(s.comment, 'schema') then s.comment end)).tracked
    from (
        select n.name, obj_description(to_regnamespace(quote_ident(n.name)), 'pg_namespace') as comment
        from (select case in_object_type when 'schema' then in_address_names[1] else in_schema end as name) as n
    ) as s
$$;
comment on function pggit.drop_is_tracked(text, text, text, text[], text, jsonb) is 'Whether the drop of an object is tracked';

create or replace function pggit.explain_tracking(object_schema text, object_type text, operation text, out tracked boolean, out rule text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select d.tracked, d.rule
    from pggit.repository as r
    cross join lateral pggit.decide_tracking(
        r.rules, object_schema, lower(object_type collate "C"), operation, array[operation], null,
        obj_description(to_regnamespace(quote_ident(object_schema)), 'pg_namespace')) as d
$$;
comment on function pggit.explain_tracking(text, text, text) is 'Whether a change is tracked, and the rule that decides';

create or replace function pggit.should_track_object(object_schema text, object_type text, operation text)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select e.tracked
    from pggit.explain_tracking(object_schema, object_type, operation) as e
$$;
comment on function pggit.should_track_object(text, text, text) is 'Whether a change to an object of this type in this schema is tracked';
