//! The adapters against tables as the tools write them: Diesel by Diesel itself, the others by hand, with checksums that somebody else
//! computes.

use std::path::Path;

use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use pggit_migrate::{MigrationAdapter, MigrationError, Settings, adapter, applied, validate};
use pggit_tests::{Database, on_each};

fn write(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    std::fs::write(path, text).expect("a file");
}

/// One line for each migration.
fn told(db: &Database, adapter: &dyn MigrationAdapter, directory: &Path) -> Vec<String> {
    let local = adapter.local(directory).expect("files");
    let applied = applied(&mut db.repository(), adapter, adapter.default_schema()).expect("the table");
    let line = |v: pggit_migrate::Verdict| {
        let fault = v.problem.map(|p| format!(" {}", p.fault.rule())).unwrap_or_default();
        format!("{} {}{fault}", v.id, v.state)
    };
    validate(adapter, &applied, &local).into_iter().map(line).collect()
}

fn built_in(tool: &str) -> Box<dyn MigrationAdapter> {
    adapter(tool, &Settings::default()).expect("an adapter")
}

#[test]
fn diesel_itself_migrates() {
    on_each(|db| {
        let directory = tempfile::tempdir().expect("a directory");
        db.session.run("select pggit.integrate_migrations('diesel')");
        write(directory.path(), "2026-01-01-000000_first/up.sql", "create table a (id int); create index on a (id);");
        write(directory.path(), "2026-01-03-000000_third/up.sql", "create view v as select id from a;");
        let missing = applied(&mut db.repository(), built_in("diesel").as_ref(), "public");
        assert!(matches!(missing, Err(MigrationError::NoTable { .. })), "{missing:?}");
        let source = FileBasedMigrations::from_path(directory.path()).expect("migrations");
        db.session.0.run_pending_migrations(source).expect("Diesel migrates");
        assert_eq!(told(db, built_in("diesel").as_ref(), directory.path()), ["20260101000000 Success", "20260103000000 Success"]);
        let links = "select concat_ws(' ', migration_key, link, objects_changed) from pggit.migration_history order by migration_id";
        assert_eq!(db.session.column(links), ["20260101000000 transaction 3", "20260103000000 transaction 1"]);
        // Diesel runs whatever has not run, also below what has.
        write(directory.path(), "2026-01-02-000000_second/up.sql", "alter table a add column n int;");
        assert_eq!(told(db, built_in("diesel").as_ref(), directory.path())[1], "20260102000000 Pending");
        let source = FileBasedMigrations::from_path(directory.path()).expect("migrations");
        db.session.0.run_pending_migrations(source).expect("Diesel migrates");
        assert_eq!(told(db, built_in("diesel").as_ref(), directory.path())[1], "20260102000000 Out of Order");
        std::fs::remove_dir_all(directory.path().join("2026-01-01-000000_first")).expect("gone");
        assert_eq!(told(db, built_in("diesel").as_ref(), directory.path())[0], "20260101000000 Missing migration-missing");
    });
}

#[test]
fn checksums_are_those_of_others() {
    on_each(|db| {
        let directory = tempfile::tempdir().expect("a directory");
        let text = "-- é\r\ncreate table a (id int);\n";
        db.session.run("create table _sqlx_migrations (version bigint primary key, description text not null, installed_on timestamptz not null default now(), success boolean not null, checksum bytea not null, execution_time bigint not null)");
        db.session.run(&format!("insert into _sqlx_migrations select n, 'a b', now(), n <> 3, sha384(convert_to('{text}', 'UTF8')), 1 from generate_series(1, 3) as n"));
        write(directory.path(), "1_a_b.sql", text);
        write(directory.path(), "2_a_b.up.sql", "changed");
        write(directory.path(), "2_a_b.down.sql", "");
        write(directory.path(), "3_a_b.sql", text);
        write(directory.path(), "deeper/4_a.sql", text);
        let expected = ["1 Success", "2 Success migration-edited", "3 Failed migration-failed"];
        assert_eq!(told(db, built_in("sqlx").as_ref(), directory.path()), expected);

        let directory = tempfile::tempdir().expect("a directory");
        db.session.run("create extension pgcrypto; create schema sqitch; create table sqitch.changes (change_id text primary key, script_hash text unique, change text not null, note text not null default '', committed_at timestamptz not null default clock_timestamp())");
        db.session.run(&format!(
            "insert into sqitch.changes values ('x', encode(digest(convert_to('{text}', 'UTF8'), 'sha1'), 'hex'), 'one', 'n')"
        ));
        db.session.run("insert into sqitch.changes values ('y', 'something else', 'two', 'n')");
        write(
            directory.path(),
            "sqitch.plan",
            "%syntax-version=1.0.0\n%project=p\n\none 2026-01-01T00:00:00Z A <a@b> # n\ntwo [one] 2026-01-01T00:00:00Z A <a@b> # n\n@v1 2026-01-01T00:00:00Z A <a@b>\nthree 2026-01-01T00:00:00Z A <a@b> # n\n",
        );
        for change in ["one", "two", "three"] {
            write(directory.path(), &format!("deploy/{change}.sql"), text);
        }
        assert_eq!(
            told(db, built_in("sqitch").as_ref(), directory.path()),
            ["one Success", "two Success migration-edited", "three Pending"]
        );

        let directory = tempfile::tempdir().expect("a directory");
        db.session.run("create table refinery_schema_history (version int4 primary key, name varchar(255), applied_on varchar(255), checksum varchar(255))");
        db.session.run("insert into refinery_schema_history values (1, 'initial', '2026-01-31T12:00:00Z', '10851763504102018682'), (3, 'x_y', '2026-01-31T12:00:01Z', '15225795984323579013')");
        write(directory.path(), "V1__initial.sql", "create table t (id int);");
        write(directory.path(), "V2__late.sql", "");
        write(directory.path(), "U02__again.sql", "");
        write(directory.path(), "V3__x_y.sql", "");
        write(directory.path(), "V4__no-name.sql", "");
        let found = told(db, built_in("refinery").as_ref(), directory.path());
        assert_eq!(found, ["1 Success", "2 Pending", "2 Pending migration-duplicate", "3 Success"]);

        let directory = tempfile::tempdir().expect("a directory");
        db.session.run("create table schema_migrations (version bigint not null primary key, dirty boolean not null); insert into schema_migrations values (2, true)");
        for name in ["1_a.up.sql", "1_a.down.sql", "2_b.up.sql", "3_c.up.sql"] {
            write(directory.path(), name, text);
        }
        let found = told(db, built_in("golang-migrate").as_ref(), directory.path());
        assert_eq!(found, ["1 Success", "2 Failed migration-failed", "3 Pending"]);
    });
}

#[test]
fn an_adapter_of_ones_own_does_what_the_built_in_ones_do() {
    on_each(|db| {
        let directory = tempfile::tempdir().expect("a directory");
        let steps = pggit_adapter_example::Steps;
        assert!(matches!(applied(&mut db.repository(), &steps, "public"), Err(MigrationError::NoTable { .. })));
        db.session.run(
            "create table steps (number int primary key, name text not null, sha256 text not null, ended boolean not null default false)",
        );
        for (number, text) in [(1, "create table a (id int)"), (2, "create table b (id int)")] {
            write(directory.path(), &format!("000{number}-step.sql"), text);
            db.session.run(&format!("select pggit.begin_migration({number}, 'steps', 'step')"));
            db.session.run(text);
            db.session.run(&format!("insert into steps values ({number}, 'step', encode(sha256('{text}'), 'hex'), {number} = 1)"));
            db.session.run(&format!("select pggit.end_migration({number}, null, {number} = 1)"));
        }
        write(directory.path(), "0003-next.sql", "create table c (id int)");
        assert_eq!(told(db, &steps, directory.path()), ["1 Success", "2 Failed migration-failed", "3 Pending"]);
        write(directory.path(), "0001-step.sql", "create table a (id bigint)");
        let local = steps.local(directory.path()).expect("files");
        let rows = applied(&mut db.repository(), &steps, "public").expect("the table");
        let mut verdicts = validate(&steps, &rows, &local);
        pggit_migrate::add_edits(&mut db.repository(), &steps, &local, &mut verdicts).expect("the record");
        let edit = verdicts[0].edit.as_ref().map(ToString::to_string);
        assert_eq!(edit.as_deref(), Some("ran: \"create table a (id int)\"; is there now: \"create table a (id bigint)\""));
        db.session.run("alter table steps rename column name to title");
        assert!(matches!(applied(&mut db.repository(), &steps, "public"), Err(MigrationError::Table { .. })));
    });
}
