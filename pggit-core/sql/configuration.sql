-- The configuration of what is tracked, by branch.

create or replace function pggit.check_operation(in_operation text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from unnest(pggit.known_operations()) as o where o like upper(in_operation collate "C")) then
        raise exception 'PostgreSQL has no operation "%"', in_operation
            using errcode = 'invalid_parameter_value',
                  hint = 'Operations are command tags, as CREATE TABLE or REFRESH MATERIALIZED VIEW, or LIKE patterns over them.';
    end if;
end
$$;
comment on function pggit.check_operation(text) is 'Raises an error unless a command tag of PostgreSQL matches';

create or replace function pggit.check_pattern(in_pattern text)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    if in_pattern is null or btrim(in_pattern) = '' then
        raise exception 'a pattern is empty'
            using errcode = 'invalid_parameter_value',
                  hint = 'Give a LIKE pattern: % stands for any text, _ for one character.';
    end if;
    perform repeat('x', length(in_pattern) + 1) like in_pattern, in_pattern like in_pattern;
    if regexp_replace(in_pattern, '\\.', '', 'g') like '%\\' then
        raise exception 'the pattern "%" ends with a backslash that escapes nothing', in_pattern
            using errcode = 'invalid_parameter_value',
                  hint = 'Write two backslashes for a backslash.';
    end if;
exception
    when invalid_escape_sequence then
        raise exception 'the pattern "%" ends with a backslash that escapes nothing', in_pattern
            using errcode = 'invalid_parameter_value',
                  hint = 'Write two backslashes for a backslash.';
end
$$;
comment on function pggit.check_pattern(text) is 'Raises an error unless the text is a LIKE pattern';

-- Capture reads the rules of HEAD's branch from one row.
create or replace function pggit.publish_rules()
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
    update pggit.repository as r
    set rules = coalesce((
        select jsonb_object_agg(l.name, l.patterns)
        from (
            select case c.config_type when 'pattern' then 'ignore_patterns' else c.action || '_' || c.config_type || 's' end as name,
                   jsonb_agg(c.pattern order by c.priority) as patterns
            from pggit.tracking_config as c
            where c.branch_name = r.head_branch
            group by 1
        ) as l
    ), '{}')
$$;
comment on function pggit.publish_rules() is 'Makes the configuration of HEAD''s branch what capture goes by';

create or replace function pggit.replace_rules(in_config_type text, in_action text, in_patterns text[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    pattern text;
    branch constant text := (select r.head_branch from pggit.repository as r);
begin
    if in_patterns is null then
        return;
    end if;
    foreach pattern in array in_patterns loop
        perform pggit.check_pattern(pattern);
        if in_config_type = 'operation' then
            perform pggit.check_operation(pattern);
        end if;
    end loop;
    delete from pggit.tracking_config as c
    where c.branch_name = branch
      and c.config_type = in_config_type
      and c.action = in_action;
    insert into pggit.tracking_config (branch_name, config_type, action, pattern, priority)
    select branch, in_config_type, in_action, case in_config_type when 'operation' then upper(p collate "C") else p end, n
    from unnest(in_patterns) with ordinality as l (p, n);
end
$$;
comment on function pggit.replace_rules(text, text, text[]) is 'Replaces one list of the configuration; null leaves it as it is';

create or replace function pggit.configure_tracking(
    track_schemas text[] default null,
    ignore_schemas text[] default null,
    track_operations text[] default null,
    ignore_operations text[] default null
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.replace_rules('schema', 'track', track_schemas);
    perform pggit.replace_rules('schema', 'ignore', ignore_schemas);
    perform pggit.replace_rules('operation', 'track', track_operations);
    perform pggit.replace_rules('operation', 'ignore', ignore_operations);
    perform pggit.publish_rules();
    insert into pggit.system_events (event_type, event_data)
    select 'tracking_configured', r.rules from pggit.repository as r;
end
$$;
comment on function pggit.configure_tracking(text[], text[], text[], text[]) is 'Sets what is tracked on this branch: LIKE patterns over schemas and operations. Null leaves a list as it is, ''{}'' empties it';

create or replace function pggit.set_ignore_patterns(patterns text[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.replace_rules('pattern', 'ignore', patterns);
    perform pggit.publish_rules();
end
$$;
comment on function pggit.set_ignore_patterns(text[]) is 'Sets the LIKE patterns over commands that are not tracked on this branch';

create or replace function pggit.add_ignore_pattern(pattern text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    branch constant text := (select r.head_branch from pggit.repository as r);
begin
    perform pggit.check_pattern(pattern);
    insert into pggit.tracking_config (branch_name, config_type, action, pattern, priority)
    select branch, 'pattern', 'ignore', add_ignore_pattern.pattern, coalesce(max(c.priority), 0) + 1
    from pggit.tracking_config as c
    where c.branch_name = branch
      and c.config_type = 'pattern'
    having not coalesce(bool_or(c.pattern = add_ignore_pattern.pattern), false);
    perform pggit.publish_rules();
end
$$;
comment on function pggit.add_ignore_pattern(text) is 'Adds a LIKE pattern over commands that are not tracked, as REFRESH MATERIALIZED VIEW query.% or CREATE UNLOGGED TABLE %';
