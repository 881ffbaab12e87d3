//! Whatever a session or a database has set, the same object is recorded the same, and pgGit installs, records and goes.

use std::process::Command;

use pggit_core::Repository;
use pggit_tests::clients::Clients;
use pggit_tests::{on_each, on_each_empty};

/// Objects whose definitions PostgreSQL prints differently under different settings.
const OBJECTS: &str = "create schema app;
    create table app.users (id int primary key, email text default E'a\\\\b''c' check (email ~ E'\\\\d'), at timestamptz default '2024-01-01 00:00:00+00',
        p interval default '1 day 2 hours', d date default '2024-02-03', b bytea default decode('dead', 'hex'), f float8 default 0.1::float8 + 1.23456789012345678::float8, m money default 12.5::numeric::money);
    comment on table app.users is E'line\\n\\ttab\\\\back';
    create function app.f(a text) returns text language sql as $$ select E'x\\\\y' || a $$;
    create or replace function app.f(a text) returns text language sql as $$ select E'y\\\\x' || a $$;
    create view app.v as select id, email from app.users where email like 'a%' and at > '2024-01-01 00:00:00+00';
    alter table app.users rename column email to mail;
    create index on app.users (lower(mail)) where at > '2024-01-01 00:00:00+05';
    create server s foreign data wrapper odd_wrapper; create user mapping for public server s options (user 'u', password 'topsecret');
    alter table app.users alter column p set default '3 days'";

const SETTINGS: [&str; 14] = [
    "standard_conforming_strings = off",
    "quote_all_identifiers = on",
    "datestyle = 'SQL, DMY'",
    "intervalstyle = 'iso_8601'",
    "timezone = 'Asia/Kolkata'",
    "extra_float_digits = -5",
    "bytea_output = escape",
    "xmlbinary = hex",
    "transform_null_equals = on",
    "search_path = ''",
    "default_transaction_isolation = 'serializable'",
    "default_transaction_isolation = 'repeatable read'",
    "default_transaction_read_only = on",
    "check_function_bodies = off",
];

/// What one database recorded: for each element its definition.
const RECORDED: &str = "select object_type || ' ' || object_identity || ' ' || definition_id from pggit.tracked_objects order by (object_type || object_identity) collate \"C\"";

#[test]
fn what_a_session_sets_changes_nothing_that_is_recorded() {
    on_each(|plain| {
        plain.session.run("create foreign data wrapper odd_wrapper");
        plain.session.run(OBJECTS);
        plain.repository().log(None, 1).expect("log");
        let expected = plain.session.column(RECORDED);
        for setting in SETTINGS {
            let mut db = plain.installed_beside();
            db.session.run("create foreign data wrapper odd_wrapper");
            let mut odd = db.connect();
            odd.run(&format!("set {setting}"));
            if setting.contains("read_only") {
                odd.run("set default_transaction_read_only = off");
            }
            for statement in OBJECTS.split(";\n") {
                odd.run(statement);
            }
            db.assert_no_drift_once_folded(setting);
            assert_eq!(db.session.column(RECORDED), expected, "{setting}");
            let failures = db.session.column("select event_data::text from pggit.system_events where event_type ~ 'failed|refused'");
            assert_eq!(failures, Vec::<String>::new(), "{setting}");
            assert_eq!(db.session.value("select count(*) from pggit.statements where statement like '%topsecret%'"), "0", "{setting}");
        }
    });
}

#[test]
fn pggit_installs_and_goes_whatever_a_database_sets() {
    const CATALOGS: &str = "select oid::regclass || relkind::text || coalesce(relacl::text, '') from pg_class where oid >= 16384 and relnamespace <> 'pg_toast'::regnamespace
        union all select oid::regprocedure::text from pg_proc where oid >= 16384 union all select nspname::text from pg_namespace order by 1";
    on_each_empty(|db| {
        let name = db.session.value("select current_database()");
        let before = db.session.column(CATALOGS);
        for setting in SETTINGS {
            db.session.run(&format!("alter database {name} set {}", setting.replace(" = ''", " to ''")));
        }
        let mut repository = Repository::connect(&db.url()).expect("connect");
        repository.install(&mut |_| {}).expect("install");
        db.session.run("create table t (id int)");
        assert_eq!(repository.log(None, 10).expect("log").len(), 2);
        assert!(repository.install(&mut |_| {}).expect("upgrade").upgraded);
        assert!(repository.verify(false).expect("verify").iter().all(|c| c.status == "ok"));
        assert_eq!(repository.uninstall().expect("uninstall"), 2);
        db.session.run("drop table t");
        assert_eq!(db.session.column(CATALOGS), before);
    });
}

#[test]
fn default_privileges_let_nobody_into_pggit() {
    on_each_empty(|db| {
        let role = db.role("curious");
        db.session.run(&format!(
            "alter default privileges grant all on tables to {role}; alter default privileges grant execute on functions to {role};
             alter default privileges grant all on sequences to {role}; alter default privileges grant all on types to {role}; alter default privileges grant all on schemas to {role}"
        ));
        let mut repository = Repository::connect(&db.url()).expect("connect");
        repository.install(&mut |_| {}).expect("install");
        repository.install(&mut |_| {}).expect("upgrade");
        let open = db.session.column(&format!(
            "select c.oid::regclass::text from pg_class as c where c.relnamespace = 'pggit'::regnamespace and c.relkind in ('r', 'v') and has_table_privilege('{role}', c.oid, 'select, insert, update, delete')
             union all select c.oid::regclass::text from pg_class as c where c.relnamespace = 'pggit'::regnamespace and case when c.relkind = 'S' then has_sequence_privilege('{role}', c.oid, 'usage') end
             union all select p.oid::regprocedure::text from pg_proc as p where p.pronamespace = 'pggit'::regnamespace and has_function_privilege('{role}', p.oid, 'execute')
             union all select 'schema' where has_schema_privilege('{role}', 'pggit', 'usage, create')"
        ));
        assert_eq!(open, Vec::<String>::new());
        db.session.run(&format!("drop owned by {role}"));
    });
}

/// psql says nothing beside the commands: no warning of pgGit's reaches a client.
#[test]
fn no_warning_reaches_a_client() {
    on_each(|db| {
        let Some(clients) = Clients::of(db.version()) else { return };
        for setting in ["standard_conforming_strings=off", "timezone=Asia/Kolkata"] {
            let output = Command::new(clients.program("psql"))
                .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", "begin; create table ro (a int); set transaction read only; commit", "-c", "drop table ro; create schema s; create table s.t (id int primary key, a text); create function s.f() returns int language sql as 'select 1'; create view s.v as select * from s.t", "-c", "select count(*) from pggit.log()", "-c", "select count(*) from pggit.status()", "-c", "select count(*) from pggit.verify_consistency()", "-c", "drop schema s cascade"])
                .arg(db.url())
                .env("PGOPTIONS", format!("-c {setting} -c client_min_messages=warning"))
                .output()
                .expect("psql runs");
            assert!(output.status.success());
            assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{setting}");
        }
    });
}

#[test]
fn names_that_shadow_those_of_the_catalog_mislead_nobody() {
    on_each_empty(|db| {
        let name = db.session.value("select current_database()");
        db.session.run(&format!(
            "create schema shadow;
             create table shadow.pg_class (oid oid, relname text); create table shadow.pg_proc (oid oid); create table shadow.commits (id int); create view shadow.pg_depend as select 1 as classid;
             create function shadow.now() returns timestamptz language sql as 'select null::timestamptz'; create function shadow.format(text, variadic text[]) returns text language sql as 'select null::text';
             create function shadow.lower(text) returns text language sql as 'select null::text'; create function shadow.sha256(bytea) returns bytea language sql as 'select null::bytea';
             create function shadow.eq(text, text) returns boolean language sql as 'select null::boolean';
             create operator shadow.= (leftarg = text, rightarg = text, function = shadow.eq);
             alter database {name} set search_path = shadow, pg_catalog, public"
        ));
        let mut repository = Repository::connect(&db.url()).expect("connect");
        repository.install(&mut |_| {}).expect("install");
        let mut client = db.connect();
        client.run("create table public.t (id int primary key)");
        client.run("alter table public.t add column name text; create view public.v as select * from public.t; select pggit.tag('v1')");
        for call in [
            "log()",
            "status()",
            "show('HEAD')",
            "diff('HEAD~1', 'HEAD')",
            "blame('public.t')",
            "history('public.t')",
            "list_tags()",
            "verify_consistency()",
            "metrics()",
            "explain_tracking('public', 'table', 'CREATE TABLE')",
        ] {
            client.run(&format!("select * from pggit.{call}"));
        }
        for view in client.column("select c.oid::regclass::text from pg_catalog.pg_class as c where c.relnamespace operator(pg_catalog.=) 'pggit'::regnamespace and c.relkind operator(pg_catalog.=) 'v'") {
            client.run(&format!("select * from {view}"));
        }
        assert_eq!(client.value("select pggit.get_version('public.t')"), "1.1.0");
        let mut plain = db.connect();
        plain.run("set search_path = public");
        plain.assert_no_drift("commands of a session with shadows");
        repository.install(&mut |_| {}).expect("upgrade");
        assert!(repository.verify(false).expect("verify").iter().all(|c| c.status == "ok"));
        repository.uninstall().expect("uninstall");
    });
}

#[test]
fn no_sequence_of_ours_shows_in_lastval() {
    on_each(|db| {
        db.session.run("create sequence numbers start 4711; select nextval('numbers')");
        for statement in [
            "create table t (id int primary key, a text)",
            "create function f(int) returns int language sql as 'select 1'",
            // as after a quiet minute: the command's own transaction makes the commits
            "update pggit.statement_records set executed_at = executed_at - interval '1 hour'; set pggit.recorded_minute = ''; alter table t add column b int",
            "update pggit.statement_records set executed_at = executed_at - interval '1 hour'; set pggit.recorded_minute = ''; create or replace function f(int) returns int language sql as 'select 2'",
            "begin; alter table t add column c int; select pggit.commit('half'); alter table t drop column b; commit",
            "do $$ begin create view v as select * from t; drop view v; end $$",
            "drop table t; drop function f",
            "select count(*) from pggit.commits",
            "select count(*) from pggit.function_versions",
        ] {
            db.session.run(statement);
            assert_eq!(db.session.value("select lastval()"), "4711", "after {statement}");
        }
        db.assert_no_drift("all of that");
    });
}

#[test]
fn everything_published_and_still_folded() {
    on_each(|db| {
        db.session.run("create publication everything for all tables; create table t (a int); drop table t");
        db.session.run("select pggit.settle()");
        db.assert_no_drift("a fold in a database that publishes all tables");
        let failed = db.session.value("select count(*) from pggit.system_events where event_type like '%failed'");
        assert_eq!(failed, "0");
    });
}

/// Under this setting every error ends the session, one that is caught too.
#[test]
fn a_session_that_ends_at_errors_does_not_end_at_commands() {
    on_each(|db| {
        let role = db.role("locker");
        db.session.run(&format!(
            "create table locked (id int); create view over_locked as select id from locked; grant create on schema public to {role}"
        ));
        let mut client = db.connect();
        client.run("set exit_on_error = on");
        for statement in [
            "create schema s",
            "create table s.t (id int primary key, a text check (a <> ''))",
            "alter table s.t add b int",
            "create index on s.t (b) where b > 0",
            "create view s.v as select * from s.t",
            "alter table s.t rename b to c",
            "create function s.f() returns int language sql as 'select 1'",
            "create type s.e as enum ('a'); alter type s.e add value 'b'",
            "create domain s.d as int check (value > 0)",
            "create sequence s.q; alter sequence s.q owned by s.t.id",
            "create materialized view s.m as select 1 as one; refresh materialized view s.m",
            "create policy p on s.t; comment on policy p on s.t is 'one'",
            "grant select on all tables in schema s to public",
            "begin isolation level serializable; create table s.u (id int); drop table s.u; commit",
            "begin; create table s.w (id int); select pggit.commit('w'); alter table s.w add a int; commit",
            "drop view s.v; drop function s.f()",
            "select count(*) from pggit.log()",
            "select count(*) from pggit.drift()",
            "select count(*) from pggit.status()",
            "select count(*) from pggit.verify_consistency()",
            "select pggit.pause_tracking(); create table s.dark (id int); select pggit.resume_tracking()",
            "select pggit.commit('nothing')",
        ] {
            client.run(statement);
        }
        client.assert_no_drift("a session that ends at errors");
        // what reads the view waits for whoever has locked its table, and gives up
        let mut other = db.connect();
        other.run("begin; lock table locked");
        client.run("alter view over_locked set (security_barrier)");
        client.run("comment on view over_locked is 'one'");
        other.run("rollback; begin; lock table pggit.head in share row exclusive mode");
        client.run("set pggit.recorded_minute = ''; create table after (id int); select count(*) from pggit.log()");
        other.run("rollback");
        client.run("drop schema s cascade; select pggit.reconcile()");
        assert_eq!(client.value("select count(*) from pggit.drift()"), "0");
    });
}
