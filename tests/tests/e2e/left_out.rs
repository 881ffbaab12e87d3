//! What rules and directives leave out, while it changes together with what is followed: the index is the schema as far as that goes.

use pggit_tests::on_each;

/// Each from an empty database; READER is a role.
const SCRIPTS: &[&[&str]] = &[
    // a part of it is followed: nobody knows the name of the rest
    &[
        "create table t (id int, x int); create index i on t (x); create view v as select id from t",
        "comment on table t is '@pggit:ignore'",
        "alter table t rename to t2",
        "alter table t2 rename to t3",
    ],
    &[
        "select pggit.configure_tracking(ignore_schemas => array['b'])",
        "create schema b; create table b.t (id int, x int); create view v as select id from b.t",
        "alter table b.t rename to t2",
        "alter table b.t2 rename to t3",
        "alter table b.t3 rename x to y",
    ],
    &[
        "create table t (id int, x int); create view v as select id, x from t",
        "comment on table t is '@pggit:ignore'; comment on column t.x is '@pggit:track'",
        "alter table t rename to t2",
        "alter table t2 rename to t3",
        "alter table t3 rename id to k",
        "alter table t3 rename k to l",
    ],
    &[
        "create table t (x int unique); create table u (a int references t (x))",
        "comment on column t.x is '@pggit:ignore'",
        "alter table t rename x to y",
        "alter table t rename y to z",
    ],
    &[
        "create table t (id int, x int primary key); create publication p for table t (x) where (x > 1)",
        "comment on column t.x is '@pggit:ignore'",
        "alter table t rename x to y",
        "alter table t rename y to z",
    ],
    &[
        "create domain d as int constraint k check (value > 0); create table t (x d); create function f(d) returns int language sql as 'select 1'",
        "comment on domain d is '@pggit:ignore'; comment on constraint k on domain d is '@pggit:track'",
        "alter domain d rename to d2",
        "alter domain d2 rename to d3",
    ],
    &[
        "create table t (id int, x int)",
        "comment on column t.x is '@pggit:ignore'",
        "alter table t rename x to y",
        "create index i on t (y)",
        "alter table t drop column y",
    ],
    // what has no schema is in none when it is dropped, whatever its name
    &[
        "select pggit.configure_tracking(ignore_schemas => array['audit%'])",
        "create publication audit_all; create foreign data wrapper audit_w; create server audit_s foreign data wrapper audit_w",
        "drop server audit_s",
        "drop foreign data wrapper audit_w",
        "drop publication audit_all",
        "create schema audit_x; create table audit_x.t (id int)",
        "drop schema audit_x cascade",
    ],
    // made again where nobody looks
    &[
        "create schema b; create table b.t (id int); create function b.f() returns int language sql as 'select 1'",
        "select pggit.configure_tracking(ignore_schemas => array['b'])",
        "drop schema b cascade",
        "create schema b; create table b.t (id int); create function b.f() returns int language sql as 'select 1'",
    ],
    // another rule changes nothing
    &[
        "select pggit.configure_tracking(ignore_schemas => array['other'])",
        "create schema a; create view a.v as select 1 as x",
        "comment on schema a is '@pggit:ignore'",
        "drop view a.v",
        "drop schema a",
    ],
    &[
        "select pggit.configure_tracking(ignore_schemas => array['other'], ignore_operations => array['DROP VIEW'])",
        "create schema a; create view a.v as select 1 as x; create view a.w as select 1 as x",
        "comment on schema a is '@pggit:track'",
        "drop view a.v",
    ],
    // commands by their text and by their name
    &[
        "select pggit.add_ignore_pattern('CREATE UNLOGGED TABLE %'); select pggit.add_ignore_pattern('CREATE TABLE temp_%')",
        "create unlogged table t (id int)",
        "create table temp_one (id int primary key)",
        "create table kept (id int)",
        "drop table temp_one",
    ],
    &[
        "select pggit.configure_tracking(ignore_operations => array['CREATE MATERIALIZED VIEW', 'CREATE FOREIGN DATA WRAPPER', 'CREATE TEXT SEARCH CONFIGURATION'])",
        "create materialized view m as select 1 as a",
        "create foreign data wrapper w",
        "create text search configuration c (copy = simple)",
    ],
    // names with quotes in them
    &[
        "create table t (id int); create publication \"p\"\"q\" for table t",
        "drop table t",
        "create foreign data wrapper w; create server \"s\"\"v\" foreign data wrapper w; create user mapping for public server \"s\"\"v\"",
        "drop user mapping for public server \"s\"\"v\"",
    ],
    // privileges as they were at first
    &[
        "grant execute on function pg_sleep(double precision) to READER; grant usage on type int4 to READER; select pggit.settle()",
        "begin isolation level repeatable read; revoke execute on function pg_sleep(double precision) from READER; commit; select pggit.settle()",
        "begin isolation level serializable; drop owned by READER; commit; select pggit.settle()",
    ],
];

#[test]
fn what_is_left_out_changes_beside_what_is_followed() {
    on_each(|db| {
        let role = db.role("reader");
        for script in SCRIPTS {
            let mut db = db.installed_beside();
            for step in *script {
                db.session.run(&step.replace("READER", &role));
                db.assert_no_drift(step);
            }
            db.session.run("select pggit.settle()");
            db.assert_no_drift("a look at the history");
            let faults = db.session.column("select details from pggit.verify_consistency() where status <> 'ok'");
            assert_eq!(faults, Vec::<String>::new(), "{script:#?}");
        }
    });
}

/// A commit in the midst of a transaction grows with it, and what came and went within the transaction leaves nothing.
#[test]
fn what_is_changed_after_a_commit_of_its_transaction_leaves_no_definition() {
    on_each(|db| {
        for later in [
            "alter table t alter x type bigint",
            "drop table t",
            "comment on table t is 'a'; select pggit.commit('again'); comment on table t is null",
            "alter table t rename to u; alter table u rename to t",
        ] {
            db.session.run(&format!("begin; create table t (x int); select pggit.commit('m'); {later}; commit"));
            db.session.run("select pggit.settle()");
            db.assert_no_drift(later);
            let faults = db.session.column("select details from pggit.verify_consistency() where status <> 'ok'");
            assert_eq!(faults, Vec::<String>::new(), "{later}");
            db.session.run("drop table if exists t, u; select pggit.settle()");
        }
    });
}
