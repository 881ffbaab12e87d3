//! Security labels are properties of what they are on: recorded at once, exported, renamed and taken away. A provider of labels is a library
//! in C, which the test compiles.

use std::path::PathBuf;
use std::process::Command;

use pggit_core::Repository;
use pggit_tests::clients::Clients;
use pggit_tests::{Database, servers};

/// Where the provider is compiled.
fn directory() -> PathBuf {
    std::env::temp_dir().join(format!("pggit-labels-{}", std::process::id()))
}

/// Compiles the provider for a version; gives where it is. The servers run as another user, and have to be able to read it.
fn provider(version: u32) -> PathBuf {
    let directory = directory();
    std::fs::create_dir_all(&directory).expect("a directory");
    let (source, library) = (directory.join(format!("{version}.c")), directory.join(format!("labels_{version}.so")));
    std::fs::write(&source, include_str!("../../src/label_provider.c")).expect("the source");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-Wall", "-Werror"]).arg(format!("-DMAJOR={version}"));
    if cfg!(target_os = "macos") {
        compiler.arg("-Wl,-undefined,dynamic_lookup");
    }
    let output = compiler.arg("-o").arg(&library).arg(&source).output().expect("cc, which links this test too");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    #[cfg(unix)]
    for (path, mode) in [(&directory, 0o755), (&library, 0o755)] {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
    }
    library
}

/// Lets every session of a database have the provider.
fn provide(db: &mut Database, library: &std::path::Path) {
    db.session.run(&format!("alter database {} set session_preload_libraries = '{}'", db.name(), library.display()));
    db.session = db.connect();
}

const OBJECTS: &str = "
    create schema s; create table s.t (id int primary key, \"Y y\" text, n int generated always as identity); create view s.v as select id from s.t;
    create materialized view s.m as select id from s.t; create sequence s.q; create type s.c as (a int, b text);
    create type s.e as enum ('a'); create type s.r as range (subtype = float8); create domain s.d as int;
    create function s.f(int) returns int language sql as 'select 1'; create procedure s.p() language sql as '';
    create aggregate s.g(int) (sfunc = int4pl, stype = int); create language l handler plpgsql_call_handler;
    create publication p for table s.t; create subscription sub connection 'dbname=x' publication p with (connect = false);
    create foreign data wrapper w; create server v foreign data wrapper w; create foreign table s.o (a int) server v;
    create type s.b; create function s.b_in(cstring) returns s.b language internal immutable strict as 'int4in';
    create function s.b_out(s.b) returns cstring language internal immutable strict as 'int4out';
    create type s.b (input = s.b_in, output = s.b_out, internallength = 4);
    create table s.pt (a int) partition by list (a); create table s.pt1 partition of s.pt default;
    create function s.heard() returns event_trigger language plpgsql as 'begin end'; create event trigger et on sql_drop execute function s.heard()";

const LABELLED: &[&str] = &[
    "schema s",
    "table s.t",
    "column s.t.id",
    "column s.t.\"Y y\"",
    "column s.t.ctid",
    "sequence s.t_n_seq",
    "view s.v",
    "column s.v.id",
    "materialized view s.m",
    "column s.m.id",
    "column s.m.xmin",
    "sequence s.q",
    "type s.c",
    "column s.c.b",
    "type s.e",
    "type s.r",
    "type s.b",
    "domain s.d",
    "function s.f(int)",
    "procedure s.p()",
    "aggregate s.g(int)",
    "language l",
    "publication p",
    "subscription sub",
    "foreign table s.o",
    "column s.o.a",
    "column s.o.tableoid",
    "table s.pt",
    "table s.pt1",
    "event trigger et",
];

/// What a database has, in what it is asked for.
const LABELS: &str = "select provider || ' ' || objtype || ' ' || objname || ' ' || label from pg_catalog.pg_seclabels where objtype <> 'database' order by 1";

fn label(db: &mut Database, provider: &str, object: &str, label: &str) {
    let statement = format!("security label for {provider} on {object} is {label}");
    db.session.run(&statement);
    if object.starts_with("event trigger") {
        // no command on event triggers fires one
        assert_eq!(db.session.value("select count(*) from pggit.drift()"), "1", "{statement}");
        db.session.run("select pggit.reconcile()");
    }
    db.assert_no_drift(&statement);
}

fn drop_subscription(db: &mut Database) {
    db.session.attempt("alter subscription sub disable; alter subscription sub set (slot_name = none); drop subscription sub").ok();
}

#[test]
fn labels_are_recorded_as_they_are_given() {
    for server in servers() {
        let mut db = Database::installed_on(server);
        let library = provider(server.version);
        provide(&mut db, &library);
        db.session.run(OBJECTS);
        db.session.run("select pggit.reconcile()");
        for object in LABELLED {
            label(&mut db, "first", object, "'top secret'");
            assert_eq!(db.session.value("select count(*) from pggit.show('HEAD')"), "1", "{object}: one change");
        }
        for object in LABELLED {
            label(&mut db, "\"Second one\"", object, "'it''s {both}'");
        }
        assert_eq!(db.session.value("select count(*) from pg_seclabels"), (2 * LABELLED.len()).to_string(), "every one is there");

        // the commonest commands on what is labelled
        for statement in [
            "create table s.u (id int)",
            "alter table s.t add column z int",
            "alter table s.t rename column id to number",
            "create or replace function s.f(int) returns int language sql as 'select 2'",
            "create index on s.t (z)",
            "alter view s.v rename column id to number",
            "alter type s.c rename attribute b to beta",
            "alter type s.c add attribute z int",
            "alter table s.t rename to tt",
            "alter schema s rename to \"S s\"",
            "alter schema \"S s\" rename to s",
            "alter table s.tt drop column \"Y y\"",
            "drop function s.f(int)",
        ] {
            db.session.run(statement);
            db.assert_no_drift(statement);
        }

        // made again they are the same
        let script = db.session.value("select pggit.export_schema_snapshot()");
        let mut copy = db.empty_beside();
        provide(&mut copy, &library);
        copy.session.run(&script);
        assert_eq!(copy.session.column(LABELS), db.session.column(LABELS), "on {}", server.version);
        if let Some(clients) = Clients::of(server.version) {
            let labels = |d: &Database| {
                let mut lines: Vec<_> = clients.schema(d).into_iter().filter(|l| l.starts_with("SECURITY LABEL")).collect();
                lines.sort();
                lines
            };
            assert_eq!(labels(&copy), labels(&db));
            assert!(!labels(&db).is_empty());
        }
        Repository::connect(&copy.url()).expect("connect").install(&mut |_| {}).expect("install");
        let root = |d: &mut Database| d.session.value("select tree_id from pggit.commits where commit_id = pggit.resolve_revision('HEAD')");
        assert_eq!(root(&mut copy), root(&mut db), "on {}", server.version);

        // and they can be taken away
        for object in LABELLED.iter().filter(|o| !o.contains("s.t") && !o.contains("s.f") && !o.contains("s.v.") && !o.contains("s.c.")) {
            label(&mut db, "first", object, "null");
        }
        drop_subscription(&mut copy);
        drop_subscription(&mut db);
        db.session.run("drop schema s cascade");
        db.assert_no_drift("dropping all");
    }
    std::fs::remove_dir_all(directory()).expect("what was compiled can go");
}
