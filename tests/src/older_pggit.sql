-- A database as the older pgGit that is written in SQL leaves it: tables, event triggers, data that is good, odd and dangling, and
-- 1,500 objects of its own among those that it tracks.
create schema pggit;
comment on schema pggit is 'Version control for schemas';
grant usage on schema pggit to public;

create table pggit.objects (
    id serial primary key, object_type text, schema_name text, object_name text, full_name text, parent_id int, content_hash text, ddl_normalized text,
    branch_id int, branch_name text, version int, version_major int, version_minor int, version_patch int, metadata jsonb, is_active boolean default true);
create table pggit.history (
    id serial primary key, object_id int, change_type text, change_severity text, commit_hash text, branch_id int, old_version int, new_version int,
    old_metadata jsonb, new_metadata jsonb, change_description text, sql_executed text, created_at timestamp default current_timestamp, created_by text default current_user);
create table pggit.branches (
    id serial primary key, name text unique, parent_branch_id int, head_commit_hash text, status text, created_at timestamp, created_by text, merged_at timestamp, merged_by text);
create table pggit.commits (
    id serial primary key, hash text, branch_id int, parent_commit_hash text, message text, author text, authored_at timestamp, committer text, committed_at timestamp,
    tree_hash text, object_hashes jsonb, metadata jsonb);
create table pggit.archived_commits (like pggit.commits);
create table pggit.tracking_config (
    config_id serial primary key, config_type text, action text, pattern text, priority int default 0, created_at timestamp default now(), created_by text default current_user);
create table pggit.deployment_mode (
    deployment_id uuid primary key default gen_random_uuid(), deployment_name text, started_at timestamp default now(), started_by text default current_user, ended_at timestamp,
    auto_commit boolean, changes_count int, status text);
create table pggit.deployment_state (id int primary key check (id = 1), current_deployment_id uuid, is_active boolean);
create table pggit.system_events (event_id serial primary key, event_type text, event_data jsonb, created_at timestamp default now());
create table pggit.cqrs_changesets (
    changeset_id uuid primary key default gen_random_uuid(), description text, version text, command_operations text[], query_operations text[], status text,
    created_at timestamp default now(), created_by text default current_user, completed_at timestamp, commit_id uuid, error_message text);
create table pggit.cqrs_operations (
    operation_id serial primary key, changeset_id uuid, side text, operation_sql text, operation_order int, executed_at timestamp, success boolean, error_message text);
create table pggit.function_signatures (
    signature_id serial primary key, schema_name text, function_name text, argument_types text[], return_type text, signature_hash text, is_overloaded boolean, created_at timestamp default now());
create table pggit.function_versions (
    version_id serial primary key, signature_id int, version text, source_hash text, metadata jsonb, created_at timestamp default now(), created_by text default current_user, commit_id uuid);
create table pggit.external_migrations (
    migration_id bigint primary key, tool_name text, migration_name text, checksum text, pggit_commit_id int, pggit_version_start uuid, pggit_version_end uuid,
    applied_at timestamp, applied_by text, execution_time interval, success boolean, error_message text);
create table pggit.conflict_registry (
    conflict_id uuid primary key default gen_random_uuid(), conflict_type text, object_type text, object_identifier text, branch1_name text, branch2_name text, conflict_data jsonb,
    status text, created_at timestamp default now(), resolved_at timestamp, resolved_by text, resolution_type text, resolution_reason text);
create view pggit.migration_history as select migration_id, tool_name, migration_name from pggit.external_migrations;
comment on table pggit.objects is 'What is tracked';

create function pggit.get_version(object_name text) returns text language sql as $$ select '1.0.0'::text from pggit.objects limit 1 $$;
create function pggit.on_ddl() returns event_trigger language plpgsql as $$ begin insert into pggit.history (change_type, sql_executed) values (tg_tag, current_query()); end $$;
create function pggit.on_flyway() returns trigger language plpgsql as $$ begin insert into pggit.external_migrations (migration_id, tool_name) values (new.installed_rank, 'flyway'); return new; end $$;
do $$
begin
    for n in 1..1250 loop
        execute format('create function pggit.own_%s(a int) returns int language sql as ''select a + %s''', n, n);
    end loop;
    for n in 1..250 loop
        execute format('create view pggit.own_view_%s as select %s as n', n, n);
    end loop;
    insert into pggit.objects (object_type, schema_name, object_name, full_name, version)
    select 'FUNCTION', 'pggit', 'own_' || n, 'pggit.own_' || n, 1 from generate_series(1, 1500) as n;
    insert into pggit.history (object_id, change_type, change_description, created_at)
    select o.id, 'CREATE', 'Created FUNCTION ' || o.full_name, '2024-01-01 00:00:00' from pggit.objects as o;
end $$;

-- What it watched.
create schema app;
create table app.users (id int primary key, email text);
create table app."Odd Name" (id int);
create function app.pay(amount numeric) returns int language sql as 'select 1';
create function app.pay(amount numeric, currency text) returns int language sql as 'select 2';
create view app.versions as select pggit.get_version('app.users') as version;
create table app.flyway_schema_history (installed_rank int, version text, description text, type text, script text, checksum int, installed_by text, installed_on timestamp default now(), execution_time int, success boolean);
create trigger pggit_flyway after insert on app.flyway_schema_history for each row execute function pggit.on_flyway();
comment on trigger pggit_flyway on app.flyway_schema_history is 'Records migrations';

insert into pggit.objects (id, object_type, schema_name, object_name, full_name, version, version_major) values
    (5001, 'TABLE', 'app', 'users', 'app.users', 3, 1), (5002, 'TABLE', 'app', 'gone', null, null, null), (5003, null, null, null, null, null, null);
insert into pggit.branches (name, head_commit_hash, status) values ('main', 'hash-2', 'ACTIVE'), ('feature/x', null, 'ACTIVE');
insert into pggit.commits (hash, branch_id, parent_commit_hash, message, author, authored_at) values
    ('hash-1', 1, null, 'Add users', 'ada', '2024-01-02 10:00:00'),
    ('hash-2', 2, 'hash-1', 'Add email', 'grace', '2024-01-03 10:00:00'),
    ('hash-3', 99, 'no such hash', null, null, null),
    (null, null, null, '', 'ada', 'infinity'),
    ('hash-2', 1, 'hash-1', 'Again', 'ada', '2024-01-05 10:00:00');
insert into pggit.history (object_id, change_type, change_severity, commit_hash, old_version, new_version, new_metadata, change_description, sql_executed, created_at, created_by) values
    (5001, 'CREATE', 'MINOR', 'hash-1', null, 1, '{"columns": ["id"]}', 'Created TABLE app.users', 'create table app.users (id int)', '2024-01-02 10:00:00', 'ada'),
    (5001, 'ALTER', 'MINOR', 'hash-2', 1, 2, '{"columns": ["id", "email"]}', null, 'alter table app.users add email text', '2024-01-03 10:00:00', 'grace'),
    (5002, 'CREATE', null, 'no such hash', null, null, null, 'Created TABLE app.gone', null, '2024-01-04 09:00:00', 'ada'),
    (5001, 'ALTER', null, null, null, null, null, 'Altered TABLE app.users', 'select app.rotate(''hidden'')', '2024-01-04 09:00:00', 'ada'),
    (77777, 'DROP', null, null, null, null, null, null, 'create user mapping for joe server s options (password ''topsecret'')', null, null),
    (null, null, null, null, null, null, '{"password": "topsecret"}', null, null, '-infinity', null);
insert into pggit.tracking_config (config_type, action, pattern, priority) values
    ('schema', 'ignore', 'scratch%', 0), ('schema', 'ignore', 'temp_%', 10), ('schema', 'track', 'app', 0), ('operation', 'ignore', 'REINDEX', 0),
    ('pattern', 'ignore', 'CREATE UNLOGGED TABLE %', 0), ('operation', 'ignore', 'NO SUCH COMMAND', 0), ('pattern', 'track', 'CREATE %', 0),
    ('schema', 'ignore', null, 0), ('schema', 'ignore', 'bad\', 0), ('schema', 'ignore', 'pggit', 0);
insert into pggit.deployment_mode (deployment_name, status, ended_at, changes_count) values ('Release 1', 'completed', now(), 4), (null, 'active', null, null);
insert into pggit.deployment_state select 1, deployment_id, true from pggit.deployment_mode where status = 'active';
insert into pggit.system_events (event_type) values ('INSTALLED');
insert into pggit.cqrs_changesets (changeset_id, description, version, command_operations, query_operations, status) values
    ('00000000-0000-0000-0000-000000000001', 'Orders', '1.0', '{"create table app.orders (id int)"}', '{"create view app.order_list as select id from app.orders"}', 'completed'),
    ('00000000-0000-0000-0000-000000000002', 'Later', null, '{"create table app.later (id int)"}', '{}', 'pending'),
    ('00000000-0000-0000-0000-000000000003', null, null, null, null, 'in_progress'),
    ('00000000-0000-0000-0000-000000000004', 'Secret', null, '{"create user mapping for joe server s options (password ''topsecret'')"}', null, 'pending');
insert into pggit.cqrs_operations (changeset_id, side, operation_sql, operation_order, success) values
    ('00000000-0000-0000-0000-000000000001', 'command', 'create table app.orders (id int)', 1, true),
    ('00000000-0000-0000-0000-00000000dead', 'command', 'select 1', 1, false);
insert into pggit.function_signatures (signature_id, schema_name, function_name, argument_types) values
    (1, 'app', 'pay', '{numeric}'), (2, 'app', 'refund', '{integer}'), (3, 'pggit', 'own_1', '{integer}'), (4, 'app', 'broken', '{"no such type("}'), (5, null, null, null);
insert into pggit.function_versions (signature_id, version, metadata, created_at) values
    (1, '1.0.0', '{"author": "ada"}', '2024-01-01'), (1, '1.1', null, '2024-02-01'), (1, 'draft', null, '2024-02-02'), (1, '2.3.0', '[1]', '2024-03-01'),
    (1, '1.0.0', null, '2024-04-01'), (2, '1.0.0', null, null), (4, 'v3', null, now()), (3, '1.0.0', null, now()), (5, '1.0.0', null, now()), (null, null, null, null), (999, '1.0.0', null, now());
insert into pggit.external_migrations (migration_id, tool_name, migration_name, pggit_commit_id, applied_at, applied_by, execution_time, success) values
    (1, 'flyway', 'users', 1, '2024-01-02 10:00:00', 'ada', '2 seconds', true), (2, null, null, 4711, null, null, null, null), (3, 'no tool!', 'x', null, now(), 'ada', null, false);
insert into pggit.conflict_registry (conflict_type, object_type, object_identifier, conflict_data, status) values
    ('merge', 'TABLE', 'app.users', '{"incoming": "alter table app.users add x int"}', 'unresolved'), ('version', null, 'app.pay', null, 'resolved'),
    ('nonsense', 'TABLE', 'app.users', null, null), ('merge', 'TABLE', null, null, 'unresolved');

create event trigger pggit_ddl_trigger on ddl_command_end execute function pggit.on_ddl();
create event trigger pggit_drop_trigger on sql_drop execute function pggit.on_ddl();
create event trigger pggit_enhanced_ddl_trigger on ddl_command_end execute function pggit.on_ddl();
create event trigger pggit_enhanced_drop_trigger on sql_drop execute function pggit.on_ddl();
create event trigger pggit_sql_drop on ddl_command_start when tag in ('DROP TABLE') execute function pggit.on_ddl();
alter event trigger pggit_enhanced_ddl_trigger enable always;
alter event trigger pggit_enhanced_drop_trigger disable;
comment on event trigger pggit_ddl_trigger is 'Records changes';
