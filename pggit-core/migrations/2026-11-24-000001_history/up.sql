-- The tables of pgGit. What a capture writes at an event is append only (staged_changes, fold_requests, looks, system_events);
-- everything else is written while folding, by the one transaction that holds HEAD.

create table pggit.repository (
    id boolean primary key default true check (id),
    head_branch text not null,
    mode text not null check (mode in ('event_trigger', 'snapshot')),
    paused_until timestamptz,
    disabled_until timestamptz,
    reconcile_due boolean not null default false,
    unseen_by text[],
    is_strict boolean not null default false,
    active_deployment uuid,
    holds_staged boolean not null default false,
    rules jsonb not null default '{}',
    awaits_tables boolean not null default false,
    home oid,
    trigger_marks text,
    home_index oid,
    layout text,
    installed_at timestamptz not null default pg_catalog.now(),
    installed_by text not null default session_user
);
comment on table pggit.repository is 'The state of pgGit in this database, in one row: the branch that is HEAD, whether changes are captured, and the rules of HEAD''s branch as capture reads them';
comment on column pggit.repository.reconcile_due is 'True while the catalogs may differ from the index because capture was paused or failed';
comment on column pggit.repository.unseen_by is 'The transactions that may yet commit what they changed while nothing was captured, by their virtual ids; {*} until a look has seen who they are';
comment on column pggit.repository.home is 'The oid of this table''s primary key: where another has it, the index was restored from a dump, and its addresses are to be read anew';
comment on column pggit.repository.trigger_marks is 'How the event triggers were when the index was last known to be complete: where they are otherwise, somebody switched them off meanwhile';
comment on column pggit.repository.home_index is 'The oid of that key''s index, which is looked at first: REINDEX CONCURRENTLY gives it another';
comment on column pggit.repository.layout is 'SHA-256 of the migrations that made these tables: a build that has others does not touch them';
comment on column pggit.repository.holds_staged is 'True while an ended deployment waits for commit(): nothing is folded until then';

create table pggit.head ();
alter table pggit.head replica identity full;
comment on table pggit.head is 'Nothing is in it: whoever has locked it holds HEAD, and makes commits until the transaction ends';

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
comment on column pggit.commit_records.notes_id is 'SHA-256 of what the changes say of no definition (places, dependencies), of the statements, and of where and when the commit was made: bound to the commit''s id as the changes are';
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

create table pggit.seals (
    sealed text not null check (sealed in ('branch', 'tag', 'graft', 'archived commit', 'statement', 'function signature', 'function version')),
    seal_id text not null,
    primary key (sealed, seal_id)
);
comment on table pggit.seals is 'What binds the rows that no commit binds: the SHA-256 of each branch, tag, graft, archived commit, function and function version, and of each statement since the last commit';

create table pggit.blobs (
    definition_id text primary key check (definition_id ~ '^[0-9a-f]{64}$'),
    definition jsonb not null
);
create index blobs_invalid on pggit.blobs (definition_id) where definition ? 'invalid';
create index blobs_naming on pggit.blobs (definition_id) where definition::text like '%::reg%[]%';
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
-- The identity of a function is as long as its arguments are many: too long for a tree, which has a third of a page for a key.
create index commit_changes_object on pggit.commit_changes (pg_catalog.hashtextextended(object_key, 0), commit_number);
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
    commit_number bigint not null
);
create unique index elements_key on pggit.elements (pg_catalog.sha256(pg_catalog.decode(pg_catalog.replace(object_identity, E'\\', E'\\\\'), 'escape')), object_type);
create index elements_identity on pggit.elements using hash (object_identity);
create index elements_root on pggit.elements (root_objid);
create index elements_object on pggit.elements using hash (object_key);
create index elements_definition on pggit.elements using hash (definition_id);
create index elements_event_triggers on pggit.elements (objid) where object_type = 'event trigger';
create index elements_indexes on pggit.elements (objid) where object_type = 'index';
alter table pggit.elements replica identity full;
comment on table pggit.elements is 'The index: the state of every element as HEAD records it, with the address it has in the catalogs';

create table pggit.tree_objects (
    bucket smallint not null,
    object_key text not null,
    object_hash bytea not null
);
create unique index tree_objects_key on pggit.tree_objects (bucket, pg_catalog.sha256(pg_catalog.decode(pg_catalog.replace(object_key, E'\\', E'\\\\'), 'escape')));
alter table pggit.tree_objects replica identity full;
comment on table pggit.tree_objects is 'The lower level of HEAD''s Merkle tree: a hash for each object with its elements';

create table pggit.tree_buckets (
    bucket smallint primary key,
    bucket_hash bytea not null
);
comment on table pggit.tree_buckets is 'The upper level of HEAD''s Merkle tree: a hash for each of the 256 buckets that is not empty';

create table pggit.statement_records (
    statement_id bigint primary key,
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
    commit_number bigint,
    unique (transaction_id, executed_at)
);
create index statements_commit on pggit.statement_records (commit_number);
comment on table pggit.statement_records is 'The statements as they are stored; the view statements folds first what is left staged: each once as its client sent it, with who sent it, from where, and in which transaction; secrets are taken out';
comment on column pggit.statement_records.command_tag is 'The tag of the first command in the statement that changed the schema';
comment on column pggit.statement_records.executed_at is 'When the statement arrived at the server';
comment on column pggit.statement_records.commit_number is 'The commit that binds the statement: the one that it led to, or the next that was made; null until then';
comment on column pggit.statement_records.duration is 'From the arrival of the statement to the end of its first recorded command';
comment on column pggit.statement_records.tracking_duration is 'How long recording that command took; folding is measured on the commit';

create type pggit.sent_statement as (
    statement text,
    session_user_name text,
    role_name text,
    application_name text,
    client_address inet,
    event_at timestamptz
);
comment on type pggit.sent_statement is 'A statement as its client sent it, without secrets, with who sent it, and when the command that is recorded had ended';

create table pggit.staged_changes (
    transaction_id xid8 not null default pg_catalog.pg_current_xact_id(),
    staged_id bigint not null default (pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_catalog.pg_lsn)::bigint,
    origin text not null default 'event',
    gone boolean not null default false,
    read_again boolean not null default false,
    seen_by pg_snapshot,
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
    known_definition_id text,
    definition jsonb,
    dependencies text[],
    command_tag text,
    statement_at timestamptz default pg_catalog.statement_timestamp(),
    staged_at timestamptz not null default pg_catalog.clock_timestamp(),
    is_serializable boolean not null default pg_catalog.current_setting('transaction_isolation') = 'serializable',
    sent pggit.sent_statement
);
-- No sequence: numbering by one would be seen by a client's lastval(). No key either, so where all tables are published rows go whole.
alter table pggit.staged_changes replica identity full;
create index staged_changes_transaction on pggit.staged_changes (transaction_id, statement_at);
create index staged_changes_root on pggit.staged_changes (root_objid, transaction_id);
create index staged_changes_part on pggit.staged_changes (objid) where objid <> root_objid;
create index staged_changes_naming on pggit.staged_changes (root_objid) where definition::text like '%::reg%[]%';
comment on column pggit.staged_changes.staged_id is 'Where the write-ahead log was: the order in which things were staged';
comment on column pggit.staged_changes.read_again is 'True when a transaction with an old snapshot wrote this: it may not have seen all, so whoever folds reads the root again';
comment on column pggit.staged_changes.seen_by is 'The snapshot of such a transaction: what is not visible in it is what it may not have seen';
comment on column pggit.staged_changes.known_definition_id is 'What was known of the element when it was read, or nothing ('''') where it was known not to be there: where HEAD has another definition, somebody else has changed it meanwhile';
comment on column pggit.staged_changes.sent is 'The statement behind the change, on the first change of each';
comment on table pggit.staged_changes is 'What events have seen and no commit holds yet: the state of an element after a command, or that it is gone. Append only; folding empties it';

create type pggit.difference as (
    operation text,
    object_type text,
    object_identity text,
    previous_identity text,
    object_key text,
    schema_name text,
    classid oid,
    objid oid,
    objsubid int,
    root_classid oid,
    root_objid oid,
    "position" int,
    old_definition_id text,
    new_definition_id text,
    new_definition jsonb,
    dependencies text[]
);
comment on type pggit.difference is 'An element whose state in the catalogs is not the one that the index has';

create table pggit.fold_requests (
    transaction_id xid8 not null default pg_catalog.pg_current_xact_id()
);
alter table pggit.fold_requests replica identity full;
comment on table pggit.fold_requests is 'What makes a transaction fold as it commits: a row of it, which it then takes away';

create unlogged table pggit.looks (
    transaction_id xid8 not null default pg_catalog.pg_current_xact_id(),
    looks_for text not null
);
alter table pggit.looks replica identity full;
create index looks_transaction_id on pggit.looks (transaction_id);
comment on table pggit.looks is 'When a transaction last looked for what a command wrote that does not name its objects, as GRANT: by the command ids of these rows. Meaningless to other transactions';

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

create table pggit.system_events (
    event_id bigint primary key generated always as identity,
    event_type text not null,
    event_data jsonb not null default '{}',
    created_at timestamptz not null default pg_catalog.clock_timestamp(),
    created_by text not null default session_user
);
create index system_events_failures on pggit.system_events (event_id) where event_type in ('capture_failed', 'reconciled');
comment on table pggit.system_events is 'What happened to pgGit itself: installed, paused, disabled, reconciled, and every error that capture met instead of failing a command';

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
