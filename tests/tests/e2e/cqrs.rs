//! Changesets over command side and query side.

use pggit_tests::{Database, Session, on_each};

const SCHEMA: &str = "
    create schema command;
    create schema query;
    create table command.orders (id int primary key, total int);
    create materialized view query.order_summary as select count(*) as n from command.orders";

fn change(commands: &[&str], queries: &[&str], more: &str) -> String {
    let list = |operations: &[&str]| operations.iter().map(|o| format!("$op${o}$op$")).collect::<Vec<_>>().join(", ");
    format!(
        "select pggit.track_cqrs_change(row(array[{}]::text[], array[{}]::text[], 'Change it', '2.1.0')::pggit.cqrs_change{more})::text",
        list(commands),
        list(queries)
    )
}

fn commits(session: &mut Session) -> String {
    session.value("select count(*)::text from pggit.commits")
}

#[test]
fn a_changeset_is_one_commit() {
    on_each(|db| {
        db.session.run(SCHEMA);
        db.session.run(
            "SELECT pggit.track_cqrs_change(ROW(ARRAY['ALTER TABLE command.orders ADD COLUMN priority text'],
                ARRAY['DROP MATERIALIZED VIEW query.order_summary', 'CREATE MATERIALIZED VIEW query.order_summary AS SELECT priority FROM command.orders'],
                'Add order priority feature', '2.1.0')::pggit.cqrs_change)",
        );
        assert_eq!(
            db.session.value("select row(description, version, status, command_ops_count, query_ops_count)::text from pggit.cqrs_history"),
            "(\"Add order priority feature\",2.1.0,completed,1,2)"
        );
        assert_eq!(
            db.session.column("select g.operation || ' ' || g.object_identity from pggit.changes as g join pggit.cqrs_history as h using (commit_id) order by g.sequence"),
            ["create command.orders.priority", "alter query.order_summary"]
        );
        assert_eq!(db.session.value("select message from pggit.log(max_count => 1)"), "Add order priority feature (2.1.0)");
        db.assert_no_drift("the changeset");
    });
}

#[test]
fn a_failure_leaves_nothing_but_its_record() {
    on_each(|db| {
        db.session.run(SCHEMA);
        let before = commits(&mut db.session);
        let add = "alter table command.orders add column x int";
        let id = db.session.value(&change(&[add], &["create view query.bad as select nope from command.orders"], ""));
        assert_eq!(commits(&mut db.session), before);
        assert_eq!(
            db.session.value("select count(*)::text from pg_attribute where attrelid = 'command.orders'::regclass and attname = 'x'"),
            "0"
        );
        assert_eq!(
            db.session.column("select sequence || ' ' || coalesce(success::text, 'undone') || coalesce(' ' || error, '') from pggit.cqrs_operations order by 1"),
            ["1 undone", "2 false column \"nope\" does not exist"]
        );
        // It can be tried again once what it missed is there.
        db.session.run("alter table command.orders add column nope int");
        assert_eq!(db.session.value(&format!("select pggit.execute_cqrs_changeset('{id}')::text")), id);
        assert_eq!(db.session.value("select status from pggit.cqrs_history"), "completed");
        let error = db.session.attempt(&format!("select pggit.execute_cqrs_changeset('{id}')")).expect_err("it is completed").to_string();
        assert!(error.contains("is completed"), "{error}");
        // For scripts that want to stop.
        let error =
            db.session.attempt(&change(&["drop table command.nothing"], &[], ", on_failure => 'raise'")).expect_err("raised").to_string();
        assert!(error.contains("does not exist"), "{error}");
        assert_eq!(db.session.value("select count(*)::text from pggit.cqrs_history"), "1");
        db.assert_no_drift("the changesets");
    });
}

#[test]
fn each_by_itself_where_that_is_asked_for() {
    on_each(|db| {
        db.session.run(SCHEMA);
        db.session.run(&change(
            &["create table command.a (i int)", "create table command.a (i int)", "create table command.b (i int)"],
            &[],
            ", atomic => false",
        ));
        assert_eq!(
            db.session.value("select status || ' ' || error from pggit.cqrs_history"),
            "partial operation 2: relation \"a\" already exists"
        );
        assert_eq!(db.session.value("select to_regclass('command.b')::text"), "command.b");
    });
}

#[test]
fn what_cannot_be_is_refused_beforehand() {
    on_each(|db| {
        db.session.run(SCHEMA);
        for (operation, word) in [
            ("create index concurrently on command.orders (id)", "cannot run in a transaction"),
            ("/* x */ VACUUM command.orders", "cannot run in a transaction"),
            ("commit", "controls the transaction"),
            ("  ", "is empty"),
        ] {
            let error =
                db.session.attempt(&change(&["create table command.first (i int)", operation], &[], "")).expect_err(operation).to_string();
            assert!(error.contains(word) && error.contains("operation 2"), "{operation}: {error}");
        }
        assert!(db.session.attempt(&change(&[], &[], "")).expect_err("empty").to_string().contains("no operation"));
        assert_eq!(db.session.value("select count(*)::text from pggit.cqrs_changesets"), "0");
        let missing =
            db.session.attempt("select pggit.execute_cqrs_changeset('00000000-0000-0000-0000-000000000000')").expect_err("unknown");
        assert!(missing.to_string().contains("there is no changeset"), "{missing}");
    });
}

#[test]
fn operations_run_with_the_rights_of_the_caller() {
    on_each(|db| {
        db.session.run(SCHEMA);
        let role = format!("writer_{}_{}", std::process::id(), db.version());
        db.session.run(&format!(
            "create role {role}; grant usage on schema pggit, command to {role}; grant execute on all functions in schema pggit to {role}"
        ));
        db.session.run(&format!("set role {role}"));
        db.session.run(&change(&["drop table command.orders cascade"], &[], ""));
        db.session.run("reset role");
        assert_eq!(
            db.session.value("select status || ' ' || error from pggit.cqrs_history"),
            "failed operation 1: must be owner of table orders"
        );
        db.session.run(&format!("drop owned by {role}; drop role {role}"));
    });
}

#[test]
fn dependencies_are_found_directly_and_through_others() {
    on_each(|db: &mut Database| {
        db.session.run(SCHEMA);
        db.session.run(
            "create schema shared;
             create view shared.bridge as select id from command.orders;
             create view query.far as select * from shared.bridge;
             create function query.f() returns bigint language sql begin atomic select count(*) from query.far; end;
             create view query.alone as select 1 as one",
        );
        assert_eq!(
            db.session.column(
                "select query_object || ' ' || dependency_type || ' ' || dependency_path::text from pggit.analyze_cqrs_dependencies()"
            ),
            [
                "query.f() indirect {query.f(),query.far,shared.bridge,command.orders}",
                "query.far indirect {query.far,shared.bridge,command.orders}",
                "query.order_summary direct {query.order_summary,command.orders}",
            ]
        );
        let error = db.session.attempt("select * from pggit.analyze_cqrs_dependencies('nowhere')").expect_err("no schema").to_string();
        assert!(error.contains("there is no schema \"nowhere\""), "{error}");
        assert_eq!(db.session.value("select pggit.refresh_query_side('query.order_summary')::text"), "false");
        db.session.run("create unique index on query.order_summary (n)");
        assert_eq!(db.session.value("select pggit.refresh_query_side('query.order_summary', false)::text"), "true");
        assert_eq!(db.session.value("select count(*)::text from pggit.system_events where event_type = 'query_side_refreshed'"), "1");
        assert!(
            db.session
                .attempt("select pggit.refresh_query_side('query.far')")
                .expect_err("a view")
                .to_string()
                .contains("no materialized view")
        );
    });
}
