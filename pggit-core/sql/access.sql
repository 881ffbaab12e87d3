-- Who may do what with pgGit. Nobody but the owner gets in unless he is let in; grant_access() lets a role in at one of three levels.

create or replace function pggit.access_levels()
returns table (access text, function_name text)
language sql
immutable parallel safe
as $$
    select l.access, f.name
    from (values
        ('read', array['analyze_cqrs_dependencies', 'analyze_migration_impact', 'blame', 'compare_environments', 'current_branch', 'diff',
                       'diff_function_versions', 'drift', 'explain_tracking', 'export_ddl', 'export_migration_schema', 'export_schema_snapshot',
                       'extract_function_metadata', 'get_function_version', 'get_version', 'history', 'in_deployment_mode', 'list_branches',
                       'list_conflicts', 'list_function_overloads', 'list_tags', 'log', 'metrics', 'migration_drift', 'migration_statements', 'next_function_version', 'object_definition',
                       'dropping_statements', 'performance_report', 'resolve_revision', 'restoring_statements', 'should_track_object', 'show', 'show_conflict_details', 'stale_query_views', 'status',
                       'validate_migrations']),
        ('write', array['abort_merge', 'begin_deployment', 'begin_migration', 'cancel_deployment', 'checkout', 'commit', 'create_branch',
                        'end_deployment', 'end_migration', 'execute_cqrs_changeset', 'link_migration', 'merge', 'refresh_query_side', 'refresh_query_views',
                        'register_conflict', 'resolve_conflict', 'restore_function', 'tag', 'track_cqrs_change', 'track_cqrs_operations', 'track_function', 'verify_consistency', 'verify_since']),
        ('admin', array['add_ignore_pattern', 'baseline_migrations', 'configure_tracking', 'delete_branch', 'emergency_disable', 'emergency_enable',
                        'integrate_flyway', 'integrate_liquibase', 'integrate_migrations', 'pause_tracking', 'purge_history', 'reconcile', 'resume_tracking'])
    ) as l (access, names)
    cross join lateral unnest(l.names) as f (name)
$$;
comment on function pggit.access_levels() is 'The functions that people call, and the level of access that each needs: read, write or admin';

-- A function that runs with its caller's rights needs a caller who may call what it calls, and a view a reader who may call what it calls.
create or replace function pggit.functions_for(in_access text)
returns setof regprocedure
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    with recursive needed as (
        select p.oid, p.prosecdef, p.prosrc
        from (
            select l.function_name
            from pggit.access_levels() as l
            where case in_access when 'read' then l.access = 'read' when 'write' then l.access in ('read', 'write') else true end
            union
            select m.names[1]
            from pg_class as c
            cross join lateral regexp_matches(pg_get_viewdef(c.oid), 'pggit\.(\w+)\(', 'g') as m (names)
            where c.relnamespace = 'pggit'::regnamespace
              and c.relkind = 'v'
        ) as n
        join pg_proc as p on p.proname = n.function_name
        where p.pronamespace = 'pggit'::regnamespace
        union
        select p.oid, p.prosecdef, p.prosrc
        from needed as n
        cross join lateral regexp_matches(n.prosrc, 'pggit\.(\w+)\(', 'g') as m (names)
        join pg_proc as p on p.proname = m.names[1]
        where p.pronamespace = 'pggit'::regnamespace
          and not n.prosecdef
    )
    select n.oid::regprocedure
    from needed as n
$$;
comment on function pggit.functions_for(text) is 'The functions that a level of access gives, with what they call';

create or replace function pggit.require_role(in_role_name text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    if to_regrole(quote_ident(in_role_name)) is null then
        raise exception 'there is no role "%"', in_role_name
            using errcode = 'undefined_object', hint = 'CREATE ROLE makes one.';
    end if;
end
$$;
comment on function pggit.require_role(text) is 'Raises an error for a role that does not exist';

create or replace function pggit.grant_access(role_name text, access text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.require_role(role_name);
    if access is null or access not in ('read', 'write', 'admin') then
        raise exception 'there is no level of access "%"', access
            using errcode = 'invalid_parameter_value', hint = 'The levels are read, write and admin; each holds those before it.';
    end if;
    perform pggit.revoke_access(role_name);
    execute format('grant usage on schema pggit to %I', role_name);
    execute format('grant select on all tables in schema pggit to %I', role_name);
    execute (select format('grant execute on function %s to %I', string_agg(f::text, ', '), role_name) from pggit.functions_for(access) as f);
end
$$;
comment on function pggit.grant_access(text, text) is 'Lets a role use pgGit: read (look at everything), write (commit, tag, deploy, register) or admin (configure, switch off, purge). The owner or a superuser calls it; an upgrade keeps what it gave';

create or replace function pggit.revoke_access(role_name text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.require_role(role_name);
    execute format('revoke all on all functions in schema pggit from %I', role_name);
    execute format('revoke all on all tables in schema pggit from %I', role_name);
    execute format('revoke all on schema pggit from %I', role_name);
end
$$;
comment on function pggit.revoke_access(text) is 'Takes from a role all that grant_access() gave it';
