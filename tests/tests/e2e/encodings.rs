//! The encoding and the locale of a database change nothing of what is recorded, hashed, written out and taken for a secret.

use pggit_core::Repository;
use pggit_tests::{Database, on_each};

/// Databases in which names sort, and letters change their case, otherwise than in the first.
const KINDS: [&str; 6] = [
    "encoding 'UTF8' locale 'C'",
    "encoding 'UTF8' locale_provider icu icu_locale 'en-US' locale 'C'",
    "encoding 'UTF8' locale_provider icu icu_locale 'tr-TR' locale 'C.UTF-8'",
    "encoding 'LATIN9' locale 'C'",
    "encoding 'WIN1252' locale 'C'",
    "encoding 'SQL_ASCII' locale 'C'",
];

/// Names that every one of these encodings has, some of them in another order by its bytes.
const SCHEMA: &[&str] = &[
    "create schema app; create schema \"Œ\"; create schema \"ÿ\"; create schema b; create schema \"A\"",
    "create table app.\"Zebra\" (id int primary key, \"ÿ\" text, \"a b\" int, \"Œuvre\" text default 'Œÿé', b1 int, \"B2\" int, b10 int, b9 int, _u int);
     create table app.zebra (id int primary key, \"é\" text check (\"é\" <> 'ÿ')); create table app._low (id int); create table app.\"élan\" (id int);
     create table app.\"Œuvre\" (id int references app.\"Zebra\"); create table app.\"ÿ\" (id int);
     create index \"ix_B\" on app.\"Zebra\" (b1); create index ix_a on app.\"Zebra\" (b9); create index \"ix_ÿ\" on app.\"Zebra\" (b9); create index \"ix_Œ\" on app.\"Zebra\" (b9)",
    "create publication p for tables in schema app, b, \"A\", \"Œ\", \"ÿ\"; create publication q for table app.\"Zebra\", app.zebra, app._low, app.\"Œuvre\", app.\"ÿ\"",
    "create view app.v as select \"ÿ\", \"Œuvre\", \"B2\" from app.\"Zebra\"",
    "create function app.\"Œf\"(text) returns text language sql as $$ select 'ÿŒ' || $1 $$; create function app.f(text) returns text language sql as 'select $1'; create function app.\"F\"(text) returns text language sql as 'select $1'",
    "create type app.\"Œe\" as enum ('ÿ', 'Œ', 'a', 'B'); create type app.pair as (\"ÿ\" int, \"Œ\" int)",
    "create foreign data wrapper w options (b '1', \"Œ\" '2', \"ÿ\" 'ÿ', \"A\" '4')",
    "comment on table app.zebra is 'Œuvre ÿ'",
    "alter table app.zebra rename to \"zébra\"",
];

/// What the history holds, but for times and the ids that depend on them.
const RECORDED: &str = "select c.message || ' ' || c.tree_id || ' ' || c.changes_id from pggit.commits as c order by c.commit_number";

fn made_in(db: &Database, kind: &str) -> Database {
    let database = db.empty_beside_with(kind);
    Repository::connect(&database.url()).expect("connect").install(&mut |_| {}).expect("install");
    database
}

/// The tree of the schema as Rust computes it.
fn root(db: &Database) -> String {
    let mut schema = pggit_sql::WorkingSchema::connect(&db.url()).expect("a connection");
    schema.tree().expect("a schema that can be read").root().as_str().to_owned()
}

#[test]
fn every_database_records_the_same() {
    on_each(|db| {
        let mut expected: Option<(Vec<String>, String)> = None;
        for kind in KINDS {
            let mut database = made_in(db, kind);
            for statements in SCHEMA {
                database.session.run(&format!("begin; {statements}; commit"));
            }
            database.assert_no_drift_once_folded(kind);
            let faults =
                database.session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
            assert!(faults.is_empty(), "{kind}: {faults:#?}");
            let found = (database.session.column(RECORDED), root(&database));
            assert!(found.0.last().is_some_and(|last| last.contains(&found.1)), "{kind}: Rust and SQL compute another tree");
            let mut copy = db.empty_beside_with(kind);
            copy.session.run(&database.session.value("select pggit.export_schema_snapshot()"));
            assert_eq!(root(&copy), found.1, "{kind}: what the export makes");
            assert_eq!(expected.get_or_insert_with(|| found.clone()), &found, "{kind}");
        }
    });
}

/// In Turkish an I is no capital i.
#[test]
fn words_of_sql_are_known_in_every_language() {
    on_each(|db| {
        for kind in KINDS {
            let mut database = made_in(db, kind);
            let session = &mut database.session;
            session.run("select pggit.configure_tracking(ignore_operations => array['create index'])");
            session.run("create table t (id int, note text); create index quiet on t (id)");
            session.run("select pggit.add_ignore_pattern('CREATE UNLOGGED TABLE %')");
            session.run("create unlogged table if not exists quick (id int)");
            session.run("CREATE FOREIGN DATA WRAPPER odd OPTIONS (PIN '1234-hidden', OTHER 'shown'); CREATE SERVER s FOREIGN DATA WRAPPER odd OPTIONS (CREDENTIALID 'hidden')");
            assert_eq!(
                session.column("select object_identity from pggit.tracked_objects where object_identity in ('public.quiet', 'public.quick', 'public.t')"),
                ["public.t"],
                "{kind}"
            );
            assert_eq!(session.value("select count(*) from pggit.validate_migrations('FLYWAY_INI')"), "0", "{kind}");
            for table in ["statements", "blobs", "staged_changes"] {
                let held = session.value(&format!("select count(*) from pggit.{table} as t where t::text like '%hidden%'"));
                assert_eq!(held, "0", "{kind}: {table} holds a secret");
            }
        }
    });
}

/// A database without an encoding may have names that are no text in any.
#[test]
fn a_name_that_is_no_text_stops_nothing() {
    on_each(|db| {
        let mut database = made_in(db, "encoding 'SQL_ASCII' locale 'C'");
        database.session.run("do $$ begin execute format('create table %I (id int)', convert_from('\\xe974e9', 'SQL_ASCII')); end $$");
        database.session.run("create table after_it (id int)");
        assert_eq!(database.session.value("select message from pggit.log(null, 1)"), "CREATE TABLE public.after_it");
        assert_eq!(database.session.value("select count(*) from pggit.verify_consistency() where status <> 'ok'"), "0");
        assert_eq!(database.session.value("select count(*) from pggit.drift()"), "0");
        assert_eq!(database.session.value("select count(*) from pggit.system_events where event_type = 'capture_failed'"), "0");
    });
}
