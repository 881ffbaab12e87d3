//! A changeset is a unit: one commit, whatever else happens; nothing of it is there when it fails; nobody runs another's unawares.

use pggit_tests::{Session, on_each};

const SCHEMA: &str = "
    create schema command;
    create schema query;
    create table command.orders (id int primary key, total int);
    create materialized view query.order_summary as select count(*) as n from command.orders";

fn change(description: &str, commands: &[&str], queries: &[&str], more: &str) -> String {
    let list = |operations: &[&str]| operations.iter().map(|o| format!("$op${o}$op$")).collect::<Vec<_>>().join(", ");
    format!(
        "select pggit.track_cqrs_change(row(array[{}]::text[], array[{}]::text[], '{description}', null)::pggit.cqrs_change{more})",
        list(commands),
        list(queries)
    )
}

fn history(session: &mut Session) -> Vec<String> {
    session.column("select concat_ws(' ', description, status, commit_message, error) from pggit.cqrs_history order by created_at")
}

#[test]
fn the_commit_says_that_it_is_a_changeset() {
    on_each(|db| {
        db.session.run(SCHEMA);
        let (a, b) = (
            change("A", &["create table command.a (i int)"], &[], ""),
            change("B", &[], &["create view query.b as select i from command.a"], ""),
        );
        db.session.run(&format!("begin; {a}; {b}; commit"));
        assert_eq!(
            db.session.value("select kind || ': ' || message from pggit.commits order by commit_number desc limit 1"),
            "changeset: A; B"
        );
        assert_eq!(history(&mut db.session), ["A completed A; B", "B completed A; B"]);
        // In a deployment it is a part of the deployment's commit.
        db.session.run("select pggit.begin_deployment('d')");
        db.session.run(&change("C", &["create table command.c (i int)"], &[], ""));
        assert_eq!(db.session.column("select commit_id from pggit.cqrs_history where description = 'C'"), ["null"]);
        db.session.run("select pggit.end_deployment('Release')");
        assert_eq!(history(&mut db.session)[2], "C completed Release");
        // It keeps its commit where that is folded in the middle of a transaction and made anew.
        let d = change("D", &["create table command.d (i int)"], &[], "");
        db.session.run(&format!("begin; {d}; select pggit.commit('D and more'); create table command.more (i int); commit"));
        assert_eq!(history(&mut db.session)[3], "D completed D and more");
        // What changes no schema has no commit; what is rolled back is not on record.
        db.session.run(&change("E", &["insert into command.a values (1)"], &[], ""));
        db.session.run(&format!("begin; {}; rollback", change("F", &["drop table command.a cascade"], &[], "")));
        assert_eq!(history(&mut db.session)[4..], ["E completed"]);
        db.session.run("set default_transaction_isolation = 'serializable'");
        db.session.run(&change("G", &["create table command.g (i int)"], &[], ""));
        db.session.run("reset default_transaction_isolation");
        assert_eq!(history(&mut db.session)[5..], ["G completed G"]);
        db.assert_no_drift("the changesets");
    });
}

#[test]
fn what_fails_at_the_end_is_on_record_too() {
    on_each(|db| {
        db.session.run(SCHEMA);
        db.session.run("create table command.lines (id int references command.orders deferrable initially deferred)");
        db.session.run(&change("Lines", &["insert into command.orders values (1, 1)", "insert into command.lines values (7)"], &[], ""));
        let failed = history(&mut db.session);
        assert!(failed[0].starts_with("Lines failed at the end: insert or update on table \"lines\" violates foreign key"), "{failed:?}");
        assert_eq!(db.session.value("select count(*) from command.orders"), "0");
        db.session.run(&change("Lines", &["insert into command.lines values (7)", "insert into command.orders values (7, 1)"], &[], ""));
        assert_eq!(history(&mut db.session)[1], "Lines completed");
        // For scripts that want to stop: the error says where, and keeps its class.
        let error = db.session.fail(&change(
            "Stop",
            &["create table command.x (i int)", "drop table command.nothing"],
            &[],
            ", on_failure => 'raise'",
        ));
        assert!(error.contains("operation 2 of \"Stop\": table \"nothing\" does not exist"), "{error}");
        db.session.run(&format!(
            "do $do$ begin {}; exception when undefined_table then null; end $do$",
            change("Stop", &["drop table command.nothing"], &[], ", on_failure => 'raise'").replacen("select", "perform", 1)
        ));
        assert_eq!(history(&mut db.session).len(), 2);
        assert!(db.session.fail(&change("X", &["select 1"], &[], ", on_failure => 'ignore'")).contains("cannot be 'ignore'"));
    });
}

#[test]
fn a_secret_is_run_and_not_kept() {
    on_each(|db| {
        db.session.run(SCHEMA);
        let mapping = "create user mapping for public server nowhere options (password 'hidden')";
        db.session.run(&change("Mapping", &["create table command.tokens (t text default 'hidden')", mapping], &[], ""));
        let kept = db.session.column("select operation || coalesce(error, '') from pggit.cqrs_operations");
        assert!(kept.iter().all(|k| !k.contains("hidden")), "{kept:?}");
        assert_eq!(
            db.session.value("select status || ' ' || error from pggit.cqrs_history"),
            "failed operation 2: error 42704, whose message could hold a secret"
        );
        let again = db.session.fail("select pggit.execute_cqrs_changeset(changeset_id) from pggit.cqrs_history");
        assert!(again.contains("were not kept"), "{again}");
        db.session.run(&change("Tokens", &["create table command.tokens (t text default 'hidden')"], &[], ""));
        assert_eq!(db.session.value("select column_default from information_schema.columns where table_name = 'tokens'"), "'hidden'::text");
    });
}

#[test]
fn only_what_cannot_be_is_refused() {
    on_each(|db| {
        db.session.run(SCHEMA);
        for operation in [
            "/* /* nested */ */ vacuum command.orders",
            "select 1; reindex (verbose) table concurrently command.orders",
            "REINDEX (CONCURRENTLY, VERBOSE) INDEX command.orders_pkey",
            "reindex schema command",
            "alter table command.parts detach partition command.part concurrently",
            "cluster",
            "drop index concurrently command.i",
            "create database \"CONCURRENTLY\"",
            "discard all",
            "copy command.orders from stdin",
            "select 1; -- x\n commit",
        ] {
            let error = db.session.fail(&change("No", &[operation], &[], ""));
            assert!(error.contains("operation 1 on the command side"), "{operation}: {error}");
        }
        for operation in [
            "create view query.a as select 'INDEX CONCURRENTLY ' as note",
            "create table query.\"CONCURRENTLY \" (i int)",
            "comment on view query.a is 'commit; vacuum'",
            "create function query.f() returns void language plpgsql as $$ begin perform 1; end $$",
            "create function query.g() returns int language sql begin atomic select 1; select 2; end",
            "do $do$ begin null; end $do$",
        ] {
            db.session.run(&change("Yes", &[], &[operation], ", on_failure => 'raise'"));
        }
    });
}

#[test]
fn nobody_runs_anothers_changeset_unawares() {
    on_each(|db| {
        db.session.run(SCHEMA);
        let role = db.role("writer");
        db.session.run(&format!("grant usage on schema command to {role}; select pggit.grant_access('{role}', 'write')"));
        let mut session = db.connect_as(&role);
        session.run(&change("Trap", &[&format!("alter role {role} superuser")], &[], ""));
        assert_eq!(
            history(&mut session),
            [format!("Trap failed operation 1: {}", session.value("select error from pggit.cqrs_operations"))]
        );
        let id = session.value("select changeset_id from pggit.cqrs_history");
        let error = db.session.fail(&format!("select pggit.execute_cqrs_changeset('{id}')"));
        assert!(error.contains(&format!("was written by {role}")), "{error}");
        assert_eq!(db.session.value(&format!("select rolsuper from pg_roles where rolname = '{role}'")), "false");
        // Nor does he put anything on record in another's name.
        let own = "insert into pggit.changeset_records (description, atomic) values ('x', true)";
        assert!(session.fail(own).contains("permission denied"));
        db.session.run(&change("Mine", &["drop table command.nothing"], &[], ""));
        let mine = db.session.value("select changeset_id from pggit.cqrs_history where description = 'Mine'");
        assert!(
            session
                .fail(&format!("select pggit.close_cqrs_changeset('{mine}', array[''], array[null], null)"))
                .contains("is not being run here")
        );
        assert!(session.fail(&format!("select pggit.execute_cqrs_changeset('{mine}')")).contains("was written by"));
        // Two at once: one runs it.
        db.session.run(&format!("begin; select pggit.execute_cqrs_changeset('{mine}')"));
        let mut other = db.connect();
        other.run("set statement_timeout = '5s'");
        assert!(other.fail(&format!("select pggit.execute_cqrs_changeset('{mine}')")).contains("by another session"));
        db.session.run("commit");
        // Who knows whose it is may run it.
        db.session.run(&format!("select pggit.execute_cqrs_changeset('{id}', written_by => '{role}')"));
        assert_eq!(db.session.value("select status from pggit.cqrs_history where description = 'Trap'"), "completed");
        db.session.run(&format!("drop owned by {role} cascade; drop role {role}"));
    });
}

#[test]
fn a_part_that_failed_runs_again_by_itself() {
    on_each(|db| {
        db.session.run(SCHEMA);
        db.session.run(&change(
            "Parts",
            &["create table command.a (i int)", "create table command.c (i int, b command.b)", "create type command.b as enum ('x')"],
            &[],
            ", atomic => false",
        ));
        assert_eq!(db.session.value("select status from pggit.cqrs_history"), "partial");
        db.session.run("select pggit.execute_cqrs_changeset(changeset_id) from pggit.cqrs_history");
        assert_eq!(db.session.column("select status || successful_ops || failed_ops from pggit.cqrs_history"), ["completed30"]);
        db.assert_no_drift("the parts");
    });
}

#[test]
fn what_scripts_read_is_there() {
    on_each(|db| {
        db.session.run(SCHEMA);
        db.session.run(&change("Read me", &["create table command.a (i int)"], &["create table query.a (i int)"], ""));
        db.session.run(
            "select changeset_id, description, version, command_operations, query_operations, status, created_at, created_by, completed_at, commit_id, error_message from pggit.cqrs_changesets;
             select operation_id, changeset_id, side, operation_sql, operation_order, executed_at, success, error, error_message from pggit.cqrs_operations;
             select changeset_id, description, version, status, created_at, created_by, completed_at, command_ops_count, query_ops_count, successful_ops, failed_ops, error_message, commit_id, commit_message from pggit.cqrs_history",
        );
        assert_eq!(
            db.session.value(
                "select command_operations::text || query_operations::text || (commit_id is not null)::text from pggit.cqrs_changesets"
            ),
            "{\"create table command.a (i int)\"}{\"create table query.a (i int)\"}true"
        );
        assert_eq!(
            db.session.column("select operation_order || operation_sql from pggit.cqrs_operations order by 1"),
            ["1create table command.a (i int)", "2create table query.a (i int)"]
        );
    });
}
