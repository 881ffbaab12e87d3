//! What is dropped and made again under the same name: at another address, often alike.

use pggit_tests::on_each;

/// Scripts after each step of which the index is a snapshot and the history is in order. `settle` looks at the history in between.
const SCRIPTS: [&[&str]; 12] = [
    // a column that is as it was, at another place
    &["create table t (id int primary key, x int)", "alter table t drop column id, add column id int primary key"],
    // a table whose columns changed places
    &["create table t (a int, b text, c int)", "begin; drop table t; create table t (c int, b text, a int); commit"],
    // what is as it was only in the second half of a transaction
    &[
        "create table t (id int, x int); create index i on t (x)",
        "begin; alter table t drop column id; drop index i; select pggit.commit('half'); alter table t add column id int; create index i on t (x); commit",
    ],
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
        "comment on column t.x is 'said of what is not followed'",
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
    &[
        "create extension citext; create function joins() returns int language sql return 1; create table stays (id int)",
        "begin isolation level repeatable read; alter extension citext add function joins(); create table beside (id int); commit; select pggit.settle()",
        "begin isolation level serializable; alter extension citext drop function joins(); alter extension citext add table stays; commit; select pggit.settle()",
        "alter extension citext drop table stays",
    ],
    // constraints of the same names, made twice and gone in the end
    &[
        "create table a (x int unique); create table b (x int)",
        "begin isolation level repeatable read; alter table b add constraint k foreign key (x) references a (x), add constraint e exclude (x with =);
         alter table b drop constraint k, drop constraint e; alter table b add constraint k foreign key (x) references a (x), add constraint e exclude (x with =);
         alter table b drop column x, add column x int; commit; select pggit.settle()",
    ],
    &[
        "create table a (x int unique); create table b (x int, constraint k foreign key (x) references a (x))",
        "begin isolation level serializable; alter table b drop constraint k; alter table b add constraint k foreign key (x) references a (x); drop table a cascade; commit; select pggit.settle()",
    ],
];

/// Names that are exchanged.
const EXCHANGES: [&str; 7] = [
    "alter table a.t1 rename to t; alter table a.t2 rename to t1; alter table a.t rename to t2",
    "alter table a.t1 rename column id to t; alter table a.t1 rename column x to id; alter table a.t1 rename column t to x",
    "alter index a.i1 rename to i; alter index a.i2 rename to i1; alter index a.i rename to i2",
    "alter schema a rename to c; alter schema b rename to a; alter schema c rename to b",
    "alter function a.f rename to h; alter function a.g rename to f; alter function a.h rename to g",
    "alter type a.y1 rename to y; alter type a.y2 rename to y1; alter type a.y rename to y2",
    "alter table a.t1 rename to t; create table a.t1 (id int, x int); drop table a.t1; create table a.t1 (x int)",
];

#[test]
fn names_that_are_exchanged_are_recorded_as_they_are() {
    on_each(|db| {
        for exchange in EXCHANGES {
            for level in ["read committed", "repeatable read", "serializable"] {
                let mut db = db.installed_beside();
                db.session.run(
                    "create schema a; create schema b; create table a.t1 (id int primary key, x int); create table a.t2 (id int, x int references a.t1);
                     create index i1 on a.t1 (x); create index i2 on a.t2 (x); create view a.v as select id, x from a.t1; create sequence a.q owned by a.t1.x;
                     create function a.f(int) returns int language sql immutable as 'select 1'; create function a.g(int) returns int language sql as 'select 2';
                     create type a.y1 as (p int); create type a.y2 as enum ('a'); create table b.u (c a.y1, d a.y2, e int default a.g(3), check (a.f(e) > 0))",
                );
                db.session.run(&format!("begin isolation level {level}; {exchange}; commit"));
                db.assert_no_drift_once_folded(&format!("{level}: {exchange}"));
                let faults = db.session.column("select details from pggit.verify_consistency() where status <> 'ok'");
                assert_eq!(faults, Vec::<String>::new(), "{level}: {exchange}");
            }
        }
    });
}

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

/// PostgreSQL does not say whose a dropped index was, and there it can be asked for no more.
#[test]
fn an_index_that_a_transaction_with_an_old_snapshot_drops_is_recorded() {
    on_each(|db| {
        db.session.run("create table t (id int, x int); create index k on t (x); create index l on t (x); create index m on t (id); select pggit.settle()");
        for (level, index) in [("repeatable read", "k"), ("serializable", "l")] {
            db.session.run(&format!("begin isolation level {level}; drop index {index}; commit; select pggit.settle()"));
            let shown = db.session.column("select operation || ' ' || object_type || ' ' || object_identity from pggit.show('HEAD')");
            assert_eq!(shown, [format!("drop index public.{index}")]);
            db.assert_no_drift(level);
        }
    });
}
