//! Changesets from Rust: checked before they run, with the views of the query side taken away and brought back; and the graph.

use pggit_cqrs::runner::Refresh;
use pggit_cqrs::{Changeset, ChangesetError, Dependencies, Kind, Sides, runner};
use pggit_sql::DependencyGraph;
use pggit_tests::{Database, on_each};

const SCHEMA: &str = "
    create schema command;
    create schema query;
    create table command.orders (id int primary key, total int);
    create view query.v as select id, total from command.orders;
    create materialized view query.m as select sum(total) as total from query.v;
    create unique index m_total on query.m (total);
    create function query.f() returns bigint language sql as 'select total from query.m';
    grant select on query.v to pg_monitor;
    comment on view query.v is 'all orders';
    comment on index query.m_total is 'one row'";

/// What a drop takes along: privileges, comments, indexes, queries.
fn state(db: &mut Database) -> Vec<String> {
    db.session.column(
        "select c.relname || ' ' || coalesce(c.relacl::text, '') || coalesce(obj_description(c.oid), '')
             || coalesce(pg_get_viewdef(c.oid), '') || case when c.relkind = 'i' then pg_get_indexdef(c.oid) else '' end
         from pg_class as c where c.relnamespace = 'query'::regnamespace order by 1",
    )
}

#[test]
fn a_changeset_on_the_wrong_side_runs_nothing() {
    on_each(|db| {
        db.session.run(SCHEMA);
        let mut repository = db.repository();
        let wrong = Changeset::new("wrong").query("alter table command.orders add column x int");
        let error = runner::apply(&mut repository, &wrong, &Sides::default()).expect_err("the wrong side");
        assert!(matches!(error, runner::RunError::Changeset(ChangesetError::WrongSide { number: 1, .. })), "{error}");
        assert_eq!(runner::history(&mut repository).expect("a history"), []);
        let failing =
            Changeset::new("failing").command("alter table command.orders add column x int").query("create view query.v as select 1 as id");
        let error = runner::apply(&mut repository, &failing, &Sides::default()).expect_err("it fails").to_string();
        assert!(error.contains("already exists"), "{error}");
        let records = runner::history(&mut repository).expect("a history");
        assert_eq!(records[0].status, "failed");
        db.session.run("alter view query.v rename to old");
        let record = runner::retry(&mut repository, &records[0].changeset_id, None).expect("it runs now");
        assert_eq!((record.status.as_str(), record.commit_id.is_some()), ("completed", true));
        db.assert_no_drift("changesets");
    });
}

#[test]
fn dependants_are_dropped_and_restored() {
    on_each(|db| {
        db.session.run(SCHEMA);
        let before = state(db);
        let mut repository = db.repository();
        let change = Changeset::new("Wider totals").command("alter table command.orders alter column total type bigint");
        let refused = runner::apply(&mut repository, &change, &Sides::default()).expect_err("the view is in the way").to_string();
        assert!(refused.contains("view"), "{refused}");
        runner::apply_restoring(&mut repository, &change, &Sides::default()).expect("it runs");
        assert_eq!(
            db.session
                .value("select format_type(atttypid, null) from pg_attribute where attrelid = 'query.v'::regclass and attname = 'total'"),
            "bigint"
        );
        assert_eq!(state(db), before);
        assert_eq!(db.session.value("select relispopulated from pg_class where oid = 'query.m'::regclass"), "true");
        assert_eq!(db.session.value("select count(*) from pggit.log() where message = 'Wider totals'"), "1");
        db.assert_no_drift("restoring");
        db.session.run("create schema other; create view other.v as select total from command.orders");
        let foreign = runner::apply_restoring(&mut repository, &change, &Sides::default()).expect_err("a view of somebody else");
        assert!(matches!(foreign, runner::RunError::ForeignDependant { .. }), "{foreign}");
    });
}

#[test]
fn stale_views_are_listed_and_refreshed_in_order() {
    on_each(|db| {
        db.session.run(SCHEMA);
        db.session.run("create materialized view query.a as select total + 1 as more from query.m");
        let mut repository = db.repository();
        let sides = Sides::default();
        let stale = |repository: &mut pggit_core::Repository| -> Vec<String> {
            runner::stale(repository, &sides).expect("a list").into_iter().map(|s| s.materialized_view).collect()
        };
        assert_eq!(stale(&mut repository), [""; 0]);
        db.session.run(
            "comment on table command.orders is 'x'; grant select on command.orders to pg_monitor; create index on command.orders (total)",
        );
        assert_eq!(stale(&mut repository), [""; 0], "what is in it is the same");
        db.session.run("alter table command.orders add column note text");
        db.session.run("comment on materialized view query.m is 'still stale'");
        assert_eq!(stale(&mut repository), ["query.a", "query.m"]);
        assert_eq!(
            db.session.value("select status || ' ' || details from pggit.status() where component = 'CQRS'"),
            "stale filled before the command side changed: query.a, query.m"
        );
        let refreshed = runner::refresh(&mut repository, &sides, &Refresh::Stale).expect("a refresh");
        let names: Vec<_> = refreshed.iter().map(|r| r.materialized_view.as_str()).collect();
        assert_eq!(names, ["query.m", "query.a"], "what is needed comes first");
        assert!(refreshed[0].is_concurrent && !refreshed[1].is_concurrent);
        assert_eq!(stale(&mut repository), [""; 0]);
        assert_eq!(runner::refresh(&mut repository, &sides, &Refresh::Stale).expect("nothing to do"), []);
        db.session.run("alter table command.orders drop column note");
        assert_eq!(stale(&mut repository), ["query.a", "query.m"]);
        let over = Refresh::DependingOn(vec!["command.orders".into()]);
        assert_eq!(runner::refresh(&mut repository, &sides, &over).expect("those over a table").len(), 2);
        assert_eq!(db.session.value("select pggit.refresh_query_side('{query.m,query.a}'::text[], false)"), "2");
        assert_eq!(db.session.column("select event_data ->> 'materialized_view' from pggit.system_events where event_type = 'query_side_refreshed' order by event_id"), ["query.m", "query.a"]);
        assert_eq!(db.session.column("select status from pggit.status() where component = 'CQRS'"), [""; 0]);
        assert_eq!(runner::refresh(&mut repository, &sides, &Refresh::All).expect("all").len(), 2);
        assert!(runner::refresh(&mut repository, &sides, &Refresh::Named(vec!["query.v".into()])).is_err());
        db.assert_no_drift("refreshing");
    });
}

#[test]
fn the_graph_knows_what_the_catalogs_know_and_bodies_say() {
    on_each(|db| {
        db.session.run(SCHEMA);
        db.session.run(
            "create function command.deep() returns int language plpgsql as 'declare n int; begin select count(*) into n from query.v; return n; end';
             create function command.dynamic(t text) returns void language plpgsql as 'begin execute t; end';
             create function query.again() returns int language sql as 'select command.deep()'",
        );
        let graph = DependencyGraph::read(db.repository().connection()).expect("a graph");
        let found = Dependencies::find(&graph, &Sides::default());
        let said = |d: &pggit_cqrs::Dependency| format!("{} needs {}", d.dependant, d.needed);
        let pairs: Vec<_> = found.dependencies.iter().map(said).collect();
        let sql = db.session.column("select query_object || ' needs ' || command_object from pggit.analyze_cqrs_dependencies()");
        assert!(!sql.is_empty() && sql.iter().all(|s| pairs.contains(s)), "{sql:?} {pairs:?}");
        assert!(pairs.contains(&"query.f() needs command.orders".to_owned()), "{pairs:?}");
        let direct = found.dependencies.iter().find(|d| d.dependant == "query.v").expect("the view");
        assert_eq!((direct.kind, direct.path.len()), (Kind::Direct, 2));
        assert_eq!(found.violations.iter().map(said).collect::<Vec<_>>(), ["command.deep() needs query.v"]);
        assert_eq!(found.unknown.iter().map(|u| u.function.as_str()).collect::<Vec<_>>(), ["command.dynamic(pg_catalog.text)"]);
    });
}

#[test]
fn a_graph_of_ten_thousand_objects_is_read_and_walked() {
    on_each(|db| {
        db.session.run("select pggit.emergency_disable(); create schema command; create schema query");
        for part in 0..10 {
            db.session.run(&format!(
                "do $$ begin for n in {}..{} loop
                    execute format('create table command.t%s (id int)', n);
                    execute format('create view query.v%s as select id from command.t%s', n, n);
                    execute format('create function query.f%s() returns bigint language sql as ''select count(*) from query.v%s''', n, n);
                 end loop; end $$",
                part * 340,
                part * 340 + 339
            ));
        }
        let mut repository = db.repository();
        let graph = DependencyGraph::read(repository.connection()).expect("a graph");
        let found = Dependencies::find(&graph, &Sides::default());
        assert_eq!((graph.objects().count(), found.dependencies.len()), (10_200, 6_800));
    });
}
