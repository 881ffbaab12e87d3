-- The tables of pgGit. What a capture writes at an event is append only (statements, staged_changes, system_events);
-- everything else is written while folding, by the one transaction that holds HEAD.

create table pggit.repository (
    id boolean primary key default true check (id),
    head_branch text not null,
    mode text not null check (mode in ('event_trigger', 'snapshot')),
    paused_until timestamptz,
    disabled_until timestamptz,
    reconcile_due boolean not null default false,
    is_strict boolean not null default false,
    active_deployment uuid,
    holds_staged boolean not null default false,
    rules jsonb not null default '{}',
    awaits_tables boolean not null default false,
    home oid,
    installed_at timestamptz not null default pg_catalog.now(),
    installed_by text not null default session_user
);
comment on table pggit.repository is 'The state of pgGit in this database, in one row: the branch that is HEAD, whether changes are captured, and the rules of HEAD''s branch as capture reads them';
comment on column pggit.repository.reconcile_due is 'True while the catalogs may differ from the index because capture was paused or failed';
comment on column pggit.repository.home is 'The oid of this table''s primary key: where another has it, the index was restored from a dump, and its addresses are to be read anew';
comment on column pggit.repository.holds_staged is 'True while an ended deployment waits for commit(): nothing is folded until then';

create table pggit.commit_records (
    commit_id text primary key check (commit_id ~ '^[0-9a-f]{64}$'),
    commit_number bigint not null unique,
    parent_ids text[] not null,
    tree_id text not null,
    kind text not null check (kind in ('initial', 'transaction', 'deployment', 'manual', 'changeset', 'out_of_band', 'import', 'merge', 'revert', 'checkout')),
    message text not null,
    author text not null,
    authored_at timestamptz not null,
    changes_id text not null,
    changes_count int not null,
    notes_id text not null,
    branch_name text not null,
    transaction_id xid8,
    deployment_id uuid,
    fold_duration interval,
    folded_by xid8 not null default pg_catalog.pg_current_xact_id(),
    folded_at timestamptz not null default pg_catalog.statement_timestamp()
);
create index commits_transaction on pggit.commit_records (transaction_id);
create index commits_folded_by on pggit.commit_records (folded_by);
create index commits_branch on pggit.commit_records (branch_name, commit_number);
comment on table pggit.commit_records is 'The commits as they are stored; the view commits folds first what is left staged: a tree, its parents, who, when and why; the id is the SHA-256 of all of that';
comment on column pggit.commit_records.changes_id is 'SHA-256 of the commit''s changes in order: binds them to the commit''s id';
comment on column pggit.commit_records.notes_id is 'SHA-256 of what the changes say of no definition (places, dependencies), of the statements behind them, and of the commit''s branch, transaction and deployment: bound to the commit''s id as the changes are';
comment on column pggit.commit_records.commit_number is 'The order in which this database came to know the commits; not part of their identity';

-- No foreign key: a restore of data alone loads this table before the commits. verify_consistency() looks after it.
create table pggit.branch_records (
    branch_name text primary key,
    commit_id text,
    parent_branch text,
    created_at timestamptz not null default pg_catalog.now(),
    created_by text not null default session_user
);
comment on table pggit.branch_records is 'The branches as they are stored; the view branches folds first what is left staged: names for commits, moved by every commit made on them';

create table pggit.tags (
    tag_name text primary key,
    commit_id text not null references pggit.commit_records,
    created_at timestamptz not null default pg_catalog.now(),
    created_by text not null default session_user
);
create index tags_commit on pggit.tags (commit_id);
comment on table pggit.tags is 'The tags: names for commits that do not move';

create table pggit.blobs (
    definition_id text primary key check (definition_id ~ '^[0-9a-f]{64}$'),
    definition jsonb not null
);
create index blobs_invalid on pggit.blobs (definition_id) where definition ? 'invalid';
comment on table pggit.blobs is 'The definitions of elements, each addressed by the SHA-256 of its canonical text';

create table pggit.commit_changes (
    commit_number bigint not null,
    sequence int not null,
    operation text not null check (operation in ('create', 'alter', 'drop', 'rename')),
    object_type text not null,
    object_identity text not null,
    previous_identity text,
    object_key text not null,
    old_definition_id text,
    new_definition_id text,
    position int,
    dependencies text[],
    statement_id bigint,
    primary key (commit_number, sequence)
);
create index commit_changes_object on pggit.commit_changes (object_key, commit_number);
comment on table pggit.commit_changes is 'The steps of elements from one blob to another, by commit; the view changes shows them with their definitions';
comment on column pggit.commit_changes.object_key is 'Type and identity of the object that the element belongs to: the table of a column, or the element itself';

create table pggit.elements (
    object_type text not null,
    object_identity text not null,
    schema_name text,
    object_key text not null,
    classid oid not null,
    objid oid not null,
    objsubid int not null,
    root_classid oid not null,
    root_objid oid not null,
    position int,
    definition_id text not null,
    dependencies text[],
    commit_number bigint not null,
    primary key (object_identity, object_type)
);
create index elements_root on pggit.elements (root_objid);
create index elements_object on pggit.elements (object_key);
comment on table pggit.elements is 'The index: the state of every element as HEAD records it, with the address it has in the catalogs';

create table pggit.tree_objects (
    bucket smallint not null,
    object_key text not null,
    object_hash bytea not null,
    primary key (bucket, object_key)
);
comment on table pggit.tree_objects is 'The lower level of HEAD''s Merkle tree: a hash for each object with its elements';

create table pggit.tree_buckets (
    bucket smallint primary key,
    bucket_hash bytea not null
);
comment on table pggit.tree_buckets is 'The upper level of HEAD''s Merkle tree: a hash for each of the 256 buckets that is not empty';

create table pggit.statements (
    statement_id bigint unique,
    transaction_id xid8 not null,
    command_tag text not null,
    statement text,
    session_user_name text not null,
    role_name text,
    application_name text,
    client_address inet,
    executed_at timestamptz not null,
    duration interval,
    tracking_duration interval,
    folds boolean not null default false,
    primary key (transaction_id, executed_at)
);
comment on table pggit.statements is 'The statements as clients sent them, each once, with who sent it, from where, and in which transaction; secrets are taken out';
comment on column pggit.statements.statement_id is 'Given by the commit that holds what the statement changed; null before';
comment on column pggit.statements.command_tag is 'The tag of the first command in the statement that changed the schema';
comment on column pggit.statements.executed_at is 'When the statement arrived at the server';
comment on column pggit.statements.duration is 'From the arrival of the statement to the end of its first recorded command';
comment on column pggit.statements.tracking_duration is 'How long recording that command took; folding is measured on the commit';
comment on column pggit.statements.folds is 'True when the transaction folds as it commits, for it has a commit already or was the first for a while';

create table pggit.staged_changes (
    transaction_id xid8 not null default pg_catalog.pg_current_xact_id(),
    staged_id bigint not null default (pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_catalog.pg_lsn)::bigint,
    origin text not null default 'event',
    gone boolean not null default false,
    read_again boolean not null default false,
    object_type text not null,
    object_identity text not null,
    schema_name text,
    object_key text not null,
    classid oid not null,
    objid oid not null,
    objsubid int not null,
    root_classid oid not null,
    root_objid oid not null,
    position int,
    definition_id text,
    definition jsonb,
    dependencies text[],
    command_tag text,
    statement_at timestamptz default pg_catalog.statement_timestamp()
);
-- No sequence: numbering by one would be seen by a client's lastval(). No key either, so where all tables are published rows go whole.
alter table pggit.staged_changes replica identity full;
create index staged_changes_transaction on pggit.staged_changes (transaction_id, staged_id);
create index staged_changes_root on pggit.staged_changes (root_objid);
create index staged_changes_part on pggit.staged_changes (objid) where objid <> root_objid;
comment on column pggit.staged_changes.staged_id is 'Where the write-ahead log was: the order in which things were staged';
comment on column pggit.staged_changes.read_again is 'True when a transaction with an old snapshot wrote this: it may not have seen all, so whoever folds reads the root again';
comment on table pggit.staged_changes is 'What events have seen and no commit holds yet: the state of an element after a command, or that it is gone. Append only; folding empties it';

create table pggit.tracking_config (
    config_id bigint primary key generated always as identity,
    branch_name text not null,
    config_type text not null check (config_type in ('schema', 'operation', 'pattern')),
    action text not null check (action in ('track', 'ignore')),
    pattern text not null,
    priority int not null,
    created_at timestamptz not null default pg_catalog.now(),
    created_by text not null default session_user,
    unique (branch_name, config_type, action, priority)
);
comment on table pggit.tracking_config is 'What is tracked, by branch: LIKE patterns over schemas, operations and commands; in each list the first that matches decides';

create table pggit.deployment_mode (
    deployment_id uuid primary key default pg_catalog.gen_random_uuid(),
    deployment_name text not null,
    branch_name text not null,
    started_at timestamptz not null default pg_catalog.clock_timestamp(),
    started_by text not null default session_user,
    ended_at timestamptz,
    auto_commit boolean not null,
    changes_count int,
    status text not null check (status in ('active', 'staged', 'completed', 'cancelled')),
    message text,
    tags text[],
    commit_id text
);
create unique index deployment_mode_one_open on pggit.deployment_mode ((true)) where status in ('active', 'staged');
comment on table pggit.deployment_mode is 'The deployments: who began each and when, how it ended, how many changes it made and which commit they became';

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
    unique (signature, object_type)
);
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

create table pggit.system_events (
    event_id bigint primary key generated always as identity,
    event_type text not null,
    event_data jsonb not null default '{}',
    created_at timestamptz not null default pg_catalog.clock_timestamp(),
    created_by text not null default session_user
);
create index system_events_failures on pggit.system_events (event_id) where event_type in ('capture_failed', 'reconciled');
comment on table pggit.system_events is 'What happened to pgGit itself: installed, paused, disabled, reconciled, and every error that capture met instead of failing a command';

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
create index imported_changes_object on pggit.imported_changes (object_identity);
comment on table pggit.imported_changes is 'What an older pgGit recorded of its changes, by the commits that they were imported as: its own words, for it kept no definitions';

create view pggit.deployment_state as
select 1 as id,
       active_deployment as current_deployment_id,
       active_deployment is not null as is_active
from pggit.repository;
comment on view pggit.deployment_state is 'Whether a deployment is under way, in one row';

create table pggit.ddl_grammar (
    kind text primary key,
    object_types text[] not null,
    grammar jsonb not null
);
comment on table pggit.ddl_grammar is 'How objects of each kind are created, changed, renamed and dropped: the grammar of objects/KIND.toml, loaded by every install';

create type pggit.element_state as (
    classid oid,
    objid oid,
    objsubid int,
    root_classid oid,
    root_objid oid,
    object_type text,
    object_identity text,
    schema_name text,
    parent_key text,
    "position" int,
    definition jsonb,
    dependencies text[]
);
comment on type pggit.element_state is 'An element as the catalogs have it: where it is, what it is called, its definition';
