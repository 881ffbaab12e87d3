//! What is dropped and made again under the same name: at another address, often alike.

use pggit_tests::on_each;

/// Scripts after each step of which the index is a snapshot and the history is in order. `settle` looks at the history in between.
const SCRIPTS: [&[&str]; 8] = [
    // a column that is as it was, at another place
    &["create table t (id int primary key, x int)", "alter table t drop column id, add column id int primary key"],
    // a table whose columns changed places
    &["create table t (a int, b text, c int)", "begin; drop table t; create table t (c int, b text, a int); commit"],
    // an index of the same text on what is now of another kind
    &[
        "create materialized view v as select 1 as id; create index i on v (id)",
        "begin; drop materialized view v; create table v (id int); create index i on v (id); commit",
    ],
    // a constraint that goes with the table that it refers to, under the name of an earlier one
    // what a comment has taken out of tracking
    &[
        "create table t (id int, x int)",
        "comment on table t is '@pggit:ignore'",
        "alter table t drop column x, add column x int",
        "alter table t drop column x, add column x text",
    ],
    &[
        "create schema s; create table s.t (id int, x int)",
        "comment on schema s is '@pggit:ignore'",
        "alter table s.t drop column x, add column x bigint",
        "comment on schema s is null; alter table s.t rename x to y",
    ],
    &[
        "create table t (id int, x int); comment on column t.x is '@pggit:ignore'",
        "begin; alter table t drop column x; alter table t add column x int; comment on column t.x is '@pggit:ignore'; commit",
        "begin isolation level repeatable read; alter table t drop column x; alter table t add column x int; comment on column t.x is '@pggit:ignore'; commit; select pggit.settle()",
    ],
    &[
        "create schema elsewhere; create table elsewhere.t1 (id int primary key); create table t2 (id int, x int references elsewhere.t1)",
        "drop table t2",
        "create table t2 (id int, x int references elsewhere.t1)",
        "drop table elsewhere.t1 cascade",
    ],
    &[
        "create table t (id int, x int)",
        "begin isolation level repeatable read; alter table t add column y int; drop table t; create table t (id int, x int, y int); commit; select pggit.settle()",
    ],
];

#[test]
fn what_is_made_again_is_recorded_as_it_is() {
    on_each(|db| {
        for looks in [true, false] {
            for script in SCRIPTS {
                let mut db = db.installed_beside();
                for (place, step) in script.iter().enumerate() {
                    db.session.run(step);
                    if looks && place == 0 {
                        db.session.run("select pggit.settle()");
                    }
                    db.assert_no_drift(step);
                }
                let faults = db.session.column("select details from pggit.verify_consistency() where status <> 'ok'");
                assert_eq!(faults, Vec::<String>::new(), "{script:#?}");
                db.assert_no_drift("a look at the history");
            }
        }
    });
}
