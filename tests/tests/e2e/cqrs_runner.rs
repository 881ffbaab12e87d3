//! Changesets from Rust: checked before they run, with the views of the query side taken away and brought back; and the graph.

use pggit_cqrs::runner::Refresh;
use pggit_cqrs::{Changeset, ChangesetError, Sides, runner};
use pggit_tests::clients::Clients;
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

/// The query side as `pg_dump` shows it, where there is one.
fn dumped(db: &Database) -> Option<String> {
    Some(Clients::of(db.version())?.dump(&["-s", "-n", "query"], db).join("\n"))
}

#[test]
fn all_that_stands_on_a_dependant_comes_back() {
    on_each(|db| {
        let roles: Vec<_> = ["keeper", "reader", "columns"].into_iter().map(|name| (name, db.role(name))).collect();
        let schema = roles.iter().fold(include_str!("cqrs_restore.sql").to_owned(), |sql, (name, role)| {
            sql.replace(&format!("to {name}"), &format!("to {role}"))
        });
        for statement in schema.split(";\n") {
            db.session.run(statement);
        }
        let before = dumped(db);
        // What is said explicitly may be what goes without saying.
        let privileges = "
            select o.name || (select array_agg(a::text order by a::text) from unnest(o.acl) as a)::text
            from (select relname, coalesce(relacl, acldefault('r', relowner)) from pg_class where relnamespace = 'query'::regnamespace and relkind in ('v', 'm')
                  union all select proname, coalesce(proacl, acldefault('f', proowner)) from pg_proc where pronamespace = 'query'::regnamespace) as o (name, acl)
            order by 1";
        let given = db.session.column(privileges);
        let change = Changeset::new("Wider totals").command("alter table command.orders alter column total type bigint");
        runner::apply_restoring(&mut db.repository(), &change, &Sides::default()).expect("it runs");
        assert_eq!(dumped(db), before);
        assert_eq!(db.session.column(privileges), given);
        assert_eq!(
            db.session
                .value("select format_type(atttypid, null) from pg_attribute where attrelid = 'query.m'::regclass and attname = 'total'"),
            "numeric"
        );
        db.assert_no_drift("restoring everything");
        for (_, role) in roles {
            db.session.run(&format!("drop owned by {role} cascade; drop role {role}"));
        }
    });
}
