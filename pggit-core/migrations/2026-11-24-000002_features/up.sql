-- What stands on the history: versions of functions, changesets, migrations of other tools, conflicts, purging and adoption.

create table pggit.signature_records (
    signature_id int primary key,
    object_type text not null,
    signature text not null,
    signature_hash text not null,
    schema_name text not null,
    function_name text not null,
    argument_types text[] not null default '{}',
    return_type text,
    is_overloaded boolean not null default false,
    dropped_at timestamptz,
    created_at timestamptz not null default pg_catalog.clock_timestamp(),
    unique (signature_hash, object_type)
);
create index function_signatures_signature on pggit.signature_records using hash (signature);
create index function_signatures_name on pggit.signature_records (schema_name, function_name);
comment on table pggit.signature_records is 'The functions, procedures and aggregates by signature: each overload is one';
comment on column pggit.signature_records.is_overloaded is 'True where another function has the same name with other arguments';

create table pggit.version_records (
    version_id bigint primary key,
    signature_id int not null references pggit.signature_records on delete cascade,
    version text not null,
    is_explicit boolean not null default false,
    impact text not null check (impact in ('new', 'major', 'minor', 'patch', 'explicit')),
    source text,
    source_hash text not null,
    definition jsonb not null,
    metadata jsonb not null default '{}',
    is_made_again boolean not null default false,
    commit_id text,
    transaction_id xid8 not null default pg_catalog.pg_current_xact_id(),
    deployment_id uuid,
    created_at timestamptz not null default pg_catalog.clock_timestamp(),
    created_by text not null default session_user,
    unique (signature_id, version)
);
create index function_versions_commit on pggit.version_records (commit_id);
comment on table pggit.version_records is 'The versions of functions, each with its full source, its metadata, and the commit that made it';
comment on column pggit.version_records.source_hash is 'The SHA-256 of the source, or of the whole definition where a function has none';
comment on column pggit.version_records.commit_id is 'The commit that made it; null for a version that track_function() made of what no commit holds';
comment on column pggit.version_records.is_made_again is 'True where the function was dropped, or had another name, before it';
comment on column pggit.version_records.impact is 'Why it has this version: new, what its change means to callers, or explicit where someone said so';

create type pggit.cqrs_change as (
    command_operations text[],
    query_operations text[],
    description text,
    version text
);
comment on type pggit.cqrs_change is 'What is to be changed on the command side and on the query side, as one unit';

create table pggit.changeset_records (
    changeset_id uuid primary key default pg_catalog.gen_random_uuid(),
    description text not null,
    version text,
    atomic boolean not null,
    command_schemas text[] not null default '{command}',
    query_schemas text[] not null default '{query}',
    reference_schemas text[] not null default '{}',
    status text not null default 'pending' check (status in ('pending', 'in_progress', 'completed', 'partial', 'failed')),
    transaction_id xid8,
    commit_id text,
    error text,
    created_at timestamptz not null default pg_catalog.clock_timestamp(),
    created_by text not null default session_user,
    executed_at timestamptz,
    executed_by text
);
create index changeset_records_unfolded on pggit.changeset_records (transaction_id) where commit_id is null;
create index changeset_records_commit on pggit.changeset_records (commit_id);
comment on table pggit.changeset_records is 'The changesets over command side and query side, and how they ended; the view cqrs_changesets shows them with their operations';
comment on column pggit.changeset_records.reference_schemas is 'The schemas that both sides may change';
comment on column pggit.changeset_records.transaction_id is 'The transaction in which it ran and was not undone';
comment on column pggit.changeset_records.commit_id is 'The commit that it became, or is a part of; null until that is folded';

create table pggit.cqrs_operations (
    operation_id bigint generated always as identity,
    changeset_id uuid not null references pggit.changeset_records on delete cascade,
    sequence int not null,
    side text not null check (side in ('command', 'query')),
    operation text not null,
    is_redacted boolean not null default false,
    success boolean,
    error text,
    executed_at timestamptz,
    operation_sql text generated always as (operation) stored,
    operation_order int generated always as (sequence) stored,
    error_message text generated always as (error) stored,
    primary key (changeset_id, sequence)
);
comment on table pggit.cqrs_operations is 'The statements of changesets in the order in which they run, and how each ended; success is null for what did not run';
comment on column pggit.cqrs_operations.is_redacted is 'True where the statement could hold a secret: it was run, and is kept up to its first literal';
comment on column pggit.cqrs_operations.operation_sql is 'The same as operation, by the name that it had in older versions of pgGit';
comment on column pggit.cqrs_operations.operation_order is 'The same as sequence, by the name that it had in older versions of pgGit';
comment on column pggit.cqrs_operations.error_message is 'The same as error, by the name that it had in older versions of pgGit';

create table pggit.materialized_view_refreshes (
    objid oid primary key,
    refreshed_at timestamptz not null,
    refreshed_by text not null
);
comment on table pggit.materialized_view_refreshes is 'When each materialized view was last filled by REFRESH, and by whom';

create table pggit.external_migrations (
    tool_name text not null,
    migration_id bigint not null,
    migration_key text,
    migration_name text,
    checksum text,
    execution_id uuid not null default pg_catalog.gen_random_uuid(),
    started_at timestamptz,
    applied_at timestamptz,
    applied_by text not null default session_user,
    execution_time interval,
    success boolean,
    error_message text,
    transaction_ids xid8[] not null default '{}',
    linked_commit_id text,
    application_name text,
    client_address inet,
    recorded_by text not null check (recorded_by in ('trigger', 'call', 'import')),
    primary key (tool_name, migration_id)
);
create index external_migrations_applied on pggit.external_migrations (tool_name, applied_at);
create index external_migrations_transactions on pggit.external_migrations using gin (transaction_ids);
comment on table pggit.external_migrations is 'The migrations of other tools: one row for each, by tool and number';
comment on column pggit.external_migrations.migration_key is 'What the tool itself calls the migration: the version in Flyway, path::id::author in Liquibase';
comment on column pggit.external_migrations.transaction_ids is 'The transactions in which the migration was begun, ended or recorded; a commit of one of them is the migration''s';
comment on column pggit.external_migrations.success is 'How it ended; null while it runs';
comment on column pggit.external_migrations.application_name is 'With client_address the session that recorded it, for links by time: null where another session did';

create table pggit.noted_migrations (
    note_id bigint primary key generated always as identity,
    tool_name text not null,
    operation text not null check (operation in ('INSERT', 'UPDATE', 'DELETE')),
    noted_row jsonb not null,
    context jsonb not null
);
comment on table pggit.noted_migrations is 'Rows of migration tools that could not be recorded at once without a risk for the tool. Append only; whoever reads the migrations next records them';

create table pggit.migration_integrations (
    tool_name text not null,
    schema_name text not null,
    table_name text not null,
    is_attached boolean not null,
    created_at timestamptz not null default pg_catalog.clock_timestamp(),
    created_by text not null default session_user,
    primary key (tool_name, schema_name)
);
comment on table pggit.migration_integrations is 'The tables of migration tools that pgGit listens to; those that are not there yet are listened to once they are created';

create table pggit.conflict_registry (
    conflict_id uuid primary key default pg_catalog.gen_random_uuid(),
    conflict_type text not null check (conflict_type in ('merge', 'version', 'constraint', 'dependency')),
    object_type text not null,
    object_identifier text not null,
    branch1_name text,
    branch2_name text,
    conflict_data jsonb not null default '{}',
    status text not null default 'unresolved' check (status in ('unresolved', 'resolved', 'ignored')),
    created_at timestamptz not null default pg_catalog.clock_timestamp(),
    created_by text not null default session_user,
    resolved_at timestamptz,
    resolved_by text,
    resolution_type text check (resolution_type in ('use_current', 'use_tracked', 'merge', 'custom')),
    resolution_reason text,
    resolution_sql text,
    unmerged jsonb
);
create index conflict_registry_open on pggit.conflict_registry (created_at) where status = 'unresolved';
comment on table pggit.conflict_registry is 'The conflicts between definitions of an object, and how each was resolved, by whom and why';
comment on column pggit.conflict_registry.resolution_sql is 'What ran to resolve it';
comment on column pggit.conflict_registry.unmerged is 'The properties that a merge left, each with the reason; null where it left none';

create table pggit.grafts (
    commit_id text primary key references pggit.commit_records on delete cascade,
    parent_id text,
    changes_id text not null,
    changes_count int not null,
    notes_id text not null
);
comment on table pggit.grafts is 'The commits below which history was purged: the changes of such a commit lead to its tree from parent_id, or from nothing';

create table pggit.archived_commits (
    commit_id text primary key,
    commit_number bigint not null,
    parent_ids text[] not null,
    tree_id text not null,
    kind text not null,
    message text not null,
    author text not null,
    authored_at timestamptz not null,
    changes_id text not null,
    notes_id text not null,
    graft_changes_id text,
    archive_id text not null,
    branch_name text not null,
    archived_at timestamptz not null default pg_catalog.clock_timestamp(),
    archived_by text not null default session_user
);
comment on table pggit.archived_commits is 'The commits that purge_history() took out of the history and kept';
comment on column pggit.archived_commits.archive_id is 'SHA-256 of the commit''s number, branch and rows in archived_objects';
comment on column pggit.archived_commits.graft_changes_id is 'The SHA-256 of its changes where an earlier purge had made them anew';

create table pggit.archived_objects (
    commit_id text not null,
    sequence int not null,
    operation text not null,
    object_type text not null,
    object_identity text not null,
    previous_identity text,
    old_definition jsonb,
    new_definition jsonb,
    statement text,
    primary key (commit_id, sequence)
);
comment on table pggit.archived_objects is 'The changes of archived commits, with their definitions and statements';

create table pggit.imported_changes (
    commit_id text not null,
    sequence int not null,
    change_type text not null,
    severity text,
    object_type text not null,
    object_identity text not null,
    old_version text,
    new_version text,
    old_metadata jsonb,
    new_metadata jsonb,
    description text,
    statement text,
    recorded_at timestamptz,
    recorded_by text,
    primary key (commit_id, sequence)
);
create index imported_changes_object on pggit.imported_changes using hash (object_identity);
comment on table pggit.imported_changes is 'What an older pgGit recorded of its changes, by the commits that they were imported as: its own words, for it kept no definitions';

create view pggit.deployment_state as
select 1 as id,
       active_deployment as current_deployment_id,
       active_deployment is not null as is_active
from pggit.repository;
comment on view pggit.deployment_state is 'Whether a deployment is under way, in one row';
