//! What an operation of a changeset really changed has to be on its side, whoever asks for it and however it says it.

use pggit_cqrs::{Changeset, Sides, runner};
use pggit_tests::{Database, on_each};

const SCHEMA: &str = "
    create schema command;
    create schema query;
    create schema shared;
    create table command.orders (id int primary key, total int);
    create view query.v as select id, total from command.orders;
    create function command.quietly() returns void language plpgsql as $$ begin execute 'alter view query.v rename to w'; end $$";

/// How a changeset of one operation ended.
fn ended(db: &mut Database, side: &str, operation: &str, more: &str) -> String {
    let (command, query) = if side == "command" {
        (format!("array[$op${operation}$op$]"), "null".to_owned())
    } else {
        ("null".to_owned(), format!("array[$op${operation}$op$]"))
    };
    db.session.run(&format!("select pggit.track_cqrs_change(row({command}, {query}, 'Change it', null)::pggit.cqrs_change{more})"));
    db.session.value("select status || coalesce(': ' || error, '') from pggit.cqrs_changesets order by created_at desc limit 1")
}

#[test]
fn what_an_operation_changed_is_on_its_side() {
    on_each(|db| {
        db.session.run(SCHEMA);
        for (side, operation, expected) in [
            ("command", "alter table command.orders add column a int", "completed"),
            ("command", "alter table command.orders rename column total to sum", "completed"),
            ("command", "alter table command.orders rename to bookings", "completed"),
            ("command", "do $$ begin alter table command.bookings add column b int; end $$", "completed"),
            ("command", "insert into command.bookings values (1, 2)", "completed"),
            ("query", "create view query.more as select id from command.bookings", "completed"),
            ("query", "alter view query.more set schema shared", "on no side; the query side is the schema query"),
            (
                "command",
                "select command.quietly()",
                "it changes view query.w, which is on the query side; the command side is the schema command",
            ),
            ("command", "do $$ begin execute 'drop view query.v'; end $$", "it changes view query.v, which is on the query side"),
            ("command", "drop table command.bookings cascade", "which is on the query side"),
            ("command", "create table public.x (id int)", "it changes table public.x, which is on no side"),
            ("command", "create schema more", "it changes schema more, which is on no side"),
            ("command", "create cast (point as text) with inout", "in no schema"),
            ("command", "grant select on all tables in schema query to public", "on the query side"),
            ("command", "comment on view query.v is 'x'", "it changes view query.v"),
            ("command", "alter default privileges in schema query grant select on tables to public", "on the query side"),
            (
                "query",
                "alter table command.bookings add column c int",
                "it changes table column command.bookings.c, which is on the command side",
            ),
            ("query", "drop table command.bookings", "operation 1"),
            ("query", "create type command.mood as enum ('a')", "on the command side"),
        ] {
            let found = ended(db, side, operation, "");
            assert!(found.contains(expected), "{operation}: {found}");
            assert_eq!(found.starts_with("failed"), expected != "completed", "{operation}: {found}");
        }
        db.assert_no_drift("what was refused");
        assert_eq!(db.session.value("select to_regclass('query.v') is not null and to_regclass('public.x') is null"), "true");
        // Sides are what one says, and what is tried again has the same.
        assert_eq!(ended(db, "command", "create table shared.x (id int)", ", reference_schemas => '{shared}'"), "completed");
        assert_eq!(ended(db, "command", "create table public.x (id int)", ", command_schemas => '{command, public}'"), "completed");
        let failed = ended(db, "query", "create table public.y (id int)", ", command_schemas => '{public}'");
        assert!(failed.contains("which is on the command side"), "{failed}");
        db.session.run("select pggit.execute_cqrs_changeset(changeset_id) from pggit.cqrs_changesets where status = 'failed' order by created_at desc limit 1");
        assert_eq!(db.session.value("select to_regclass('public.y') is null"), "true");
        for wrong in ["command_schemas => '{a}', query_schemas => '{a}'", "reference_schemas => null"] {
            let error = db
                .session
                .fail(&format!("select pggit.track_cqrs_change(row(array['select 1'], null, 'x', null)::pggit.cqrs_change, {wrong})"));
            assert!(error.contains("side"), "{error}");
        }
        let error = db.session.fail("select pggit.track_cqrs_operations('{other}', '{select 1}', 'x')");
        assert!(error.contains("a side each"), "{error}");
    });
}

#[test]
fn each_by_itself_what_is_off_its_side_is_undone() {
    on_each(|db| {
        db.session.run(SCHEMA);
        db.session.run(
            "select pggit.track_cqrs_change(row(array['create table command.a (id int)', 'create table query.b (id int)', 'create table command.c (id int)'],
                null, 'Each', null)::pggit.cqrs_change, false)",
        );
        assert_eq!(
            db.session.column("select coalesce(success, false)::text from pggit.cqrs_operations order by sequence"),
            ["true", "false", "true"]
        );
        assert_eq!(
            db.session.value("select concat_ws(' ', to_regclass('command.a'), to_regclass('query.b'), to_regclass('command.c'))"),
            "command.a command.c"
        );
    });
}

#[test]
fn a_database_without_the_schemas_has_no_sides() {
    on_each(|db| {
        assert_eq!(ended(db, "command", "create table public.x (id int)", ""), "completed");
        assert_eq!(ended(db, "command", "create schema command", ""), "completed");
        assert!(ended(db, "command", "create table public.y (id int)", "").contains("on no side"));
    });
}

#[test]
fn what_only_running_tells_is_refused_and_once_allowed_checked_by_the_server() {
    on_each(|db| {
        db.session.run(SCHEMA);
        let mut repository = db.repository();
        let (strict, lenient) = (Sides::default(), Sides { allows_unknown: true, ..Sides::default() });
        let quietly = Changeset::new("Quietly").command("select command.quietly()");
        let error = runner::apply(&mut repository, &quietly, &strict).expect_err("it is unknown").to_string();
        assert!(error.contains("command.quietly() is called") && error.contains("--allow-unknown"), "{error}");
        assert_eq!(runner::history(&mut repository).expect("a history"), []);
        let error = runner::apply(&mut repository, &quietly, &lenient).expect_err("it changes the other side").to_string();
        assert!(error.contains("it changes view query.w, which is on the query side"), "{error}");
        let good = Changeset::new("Good").command("do $$ begin execute 'alter table command.orders add column x int'; end $$");
        assert_eq!(runner::apply(&mut repository, &good, &lenient).expect("it runs").status, "completed");
        db.assert_no_drift("what is unknown");
    });
}
