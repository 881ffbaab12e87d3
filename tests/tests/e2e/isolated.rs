//! Transactions with an old snapshot are commits of their own too, each of what it did, also where nobody looks between them.

use pggit_tests::{Session, on_each};

/// Each statement is a transaction.
const SCRIPTS: &[&[&str]] = &[
    &["create table t (a int, x int)", "alter table t drop x", "alter table t rename a to b"],
    &["create table t (a int)", "grant select on t to public"],
    &["create table t (a int)", "alter table t add x int", "alter table t rename x to y"],
    &["create table t (a int)", "alter table t add x int", "alter table t drop x", "drop table t"],
    &["create table t (a int)", "alter table t add x int", "alter table t drop x"],
    &["create table t (a int)", "create index i on t (a)", "alter index i rename to j", "drop index j", "alter table t rename to u"],
    &[
        "create view v as select 1 as a",
        "create or replace view v as select 1 as a, 2 as b",
        "alter view v rename to w",
        "grant select on w to public",
        "drop view w",
    ],
    &[
        "create table t (a int)",
        "grant select on t to public",
        "alter table t add x int default 5",
        "comment on table t is 'all of it'",
        "alter table t drop x",
        "alter table t rename to u",
    ],
    &["create table t (a int, b int)", "alter table t rename a to c", "alter table t rename b to a", "alter table t rename c to b"],
    &[
        "create function f() returns int language sql return 1",
        "create or replace function f() returns int language sql return 2",
        "drop function f()",
    ],
    &["create table t (a int)", "drop table t", "create table t (b int)", "alter table t add primary key (b)", "drop table t"],
    &[
        "create type mood as enum ('sad')",
        "alter type mood add value 'happy'",
        "alter type mood rename value 'sad' to 'low'",
        "drop type mood",
    ],
    &["create sequence s", "alter sequence s increment 5", "alter sequence s rename to r", "drop sequence r"],
    &[
        "begin; create table t (a int, b int); alter table t drop b; commit",
        "begin; alter table t add c int; alter table t add d int; alter table t drop c; commit",
        "alter table t drop d",
    ],
    &[
        "create table t (a int); create table u (a int)",
        "alter table t rename to s; alter table u rename to t",
        "alter table s rename to u",
        "drop table t, u",
    ],
    &[
        "create table t (a int, b int); create index i on t (a)",
        "begin; alter table t rename a to c; alter table t rename c to a; alter table t alter b set not null; alter table t alter b drop not null; commit",
        "begin; alter table t rename to u; alter table u rename to t; drop index i; create index i on t (a); commit",
        "begin; drop table t; create table t (a int, b int); create index i on t (a); commit",
        "begin; comment on table t is 'the last'; alter table t drop b; alter table t add b int; commit",
        "alter table t add c int",
    ],
];

/// What the commits since then did, and in whose words.
fn told(session: &mut Session, since: &str) -> Vec<String> {
    session.column(&format!(
        "select dense_rank() over (order by c.commit_number) || ' ' || c.message || ': ' || g.operation || ' ' || g.object_type || ' ' || g.object_identity
                || coalesce(' from ' || g.previous_identity, '') || ' ' || coalesce(g.old_definition::text, '') || ' -> ' || coalesce(g.new_definition::text, '')
         from pggit.commits as c join pggit.changes as g using (commit_id)
         where c.commit_number > {since} order by c.commit_number, g.object_type, g.object_identity"
    ))
}

/// Runs a script that nobody looks at; gives what it came to.
fn run(session: &mut Session, script: &[&str], level: &str) -> Vec<String> {
    session.run("drop schema public cascade; create schema public");
    let since = session.value("select max(commit_number) from pggit.commits");
    session.run(&format!("set default_transaction_isolation = '{level}'"));
    for statement in script {
        session.run(statement);
    }
    session.run("set default_transaction_isolation = 'read committed'");
    assert_eq!(session.column("select object_identity from pggit.drift()"), [""; 0], "{script:?} in {level}");
    told(session, &since)
}

#[test]
fn each_is_a_commit_of_what_it_did() {
    on_each(|db| {
        for script in SCRIPTS {
            let committed = run(&mut db.session, script, "read committed");
            for level in ["repeatable read", "serializable"] {
                assert_eq!(run(&mut db.session, script, level), committed, "{script:?} in {level}");
            }
        }
        db.assert_no_drift("all of them");
    });
}

/// What an old snapshot did not show is read where it stands, whoever comes later.
#[test]
fn who_could_not_see_the_others_is_put_right() {
    on_each(|db| {
        let mut other = db.connect();
        db.session.run("create table t (a int); create table old (a int); select pggit.settle()");
        db.session.run("begin isolation level repeatable read; select 1 from old");
        other.run("alter table t add x int; alter table t drop a");
        db.session.run("alter table t add y int; commit");
        db.session.run("begin isolation level repeatable read; alter table t add z int; alter table t drop y; commit");
        other.run("alter table t add last int");
        db.assert_no_drift("three who did not all see each other");
        assert_eq!(
            db.session.column("select object_identity from pggit.elements where object_type = 'table column' and object_identity like 'public.t.%' order by 1"),
            ["public.t.last", "public.t.x", "public.t.z"]
        );
    });
}

/// What depends on the renamed has changed since, by who has not said yet what it took from there.
#[test]
fn what_follows_a_rename_is_no_part_of_it() {
    const SETUP: &str = "create domain d as int; create sequence s; create table t (id int default nextval('s'), n d); \
                         create policy p on t using (true); create index i on t (id)";
    let cases: &[(&str, &[&str])] = &[
        ("alter table t rename id to key", &["rename public.t.id -> public.t.key"]),
        ("alter table t rename to u", &["rename public.t.n -> public.u.n"]),
        ("alter table t drop id", &["drop public.t.id"]),
        ("alter policy p on t rename to q", &["rename p on public.t -> q on public.t"]),
        ("drop policy p on t", &["drop p on public.t"]),
        ("drop index i", &["drop public.i"]),
        ("alter table t rename id to key; alter table t rename key to id; drop index i; alter table t add x int", &["drop public.i"]),
    ];
    on_each(|db| {
        for level in ["repeatable read", "serializable"] {
            for (follower, expected) in cases {
                for rename in ["alter domain d rename to e", "alter sequence s rename to r", "alter table t add y int"] {
                    db.session.run(&format!("drop schema public cascade; create schema public; {SETUP}"));
                    let since = db.session.value("select max(commit_number) from pggit.commits");
                    db.session.run(&format!("set default_transaction_isolation = '{level}'"));
                    db.session.run(rename);
                    db.session.run(&format!("begin; {follower}; commit; set default_transaction_isolation = 'read committed'"));
                    let what = format!("{rename}, then {follower}, in {level}");
                    db.assert_no_drift_once_folded(&what);
                    let told = db.session.column(&format!(
                        "select c.commit_number - {since} || ' ' || g.operation || ' ' || coalesce(g.previous_identity || ' -> ', '') || g.object_identity \
                         from pggit.commits as c join pggit.changes as g using (commit_id) where c.commit_number > {since} order by 1"
                    ));
                    let first = told
                        .iter()
                        .filter(|line| line.starts_with("1 "))
                        .filter(|line| line.contains("drop") || line.contains("public.t ->") || line.contains("public.t.id ->"));
                    assert_eq!(first.count(), 0, "{what}: {told:?}");
                    for line in *expected {
                        assert!(told.contains(&format!("2 {line}")), "{what}: {told:?}");
                    }
                    assert!(!told.iter().any(|line| line.starts_with("3 ")), "{what}: {told:?}");
                }
            }
        }
    });
}

/// An old snapshot has such a row twice: as it was before the other, and as the transaction left it.
#[test]
fn what_both_changed_is_read_though_the_snapshot_has_it_twice() {
    on_each(|db| {
        let mut other = db.connect();
        for (make, rename, change) in [
            (
                "create domain s.d as text collate \"C\"; create table s.t (a s.d collate \"POSIX\"); create view s.v as select a from s.t; \
                 create materialized view s.m as select a from s.t; create type s.c as (a s.d collate \"POSIX\")",
                "alter domain s.d rename to after",
                "grant usage on domain s.after to pg_monitor; comment on view s.v is 'x'; comment on materialized view s.m is 'x'; comment on type s.c is 'x'",
            ),
            (
                "create language l handler plpgsql_call_handler; create function s.f() returns int language l as ''",
                "alter language l rename to after",
                "alter language after rename to l; alter function s.f() cost 4",
            ),
            (
                "create operator class s.oc for type int using btree as operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, \
                 function 1 btint4cmp(int, int); create type s.r as range (subtype = int, subtype_opclass = s.oc)",
                "alter operator class s.oc using btree rename to after",
                "alter operator class s.after using btree rename to oc; alter type s.r rename to q",
            ),
        ] {
            for level in ["repeatable read", "serializable"] {
                db.session.run("drop schema if exists s cascade; drop language if exists l cascade; create schema s");
                db.session.run(&format!("{make}; select pggit.settle()"));
                db.session.run(&format!("begin isolation level {level}; select 1 from pg_class limit 1"));
                other.run(rename);
                db.session.run(&format!("{change}; commit"));
                db.assert_no_drift_once_folded(&format!("{change} after {rename} in {level}"));
                let told =
                    db.session.column("select object_type || ' ' || object_identity from pggit.show('HEAD') where operation <> 'drop'");
                assert!(!told.is_empty(), "{change} after {rename} in {level}: {told:?}");
            }
        }
    });
}

/// The snapshot still has what the other dropped, and to read it fails.
#[test]
fn what_another_dropped_meanwhile_is_left_out() {
    on_each(|db| {
        let mut other = db.connect();
        for (make, drop, change) in [
            ("create table s.c () inherits (s.t)", "drop table s.c", "alter table s.t add column made int"),
            ("create table s.c (check (id > 0)) inherits (s.t)", "drop table s.c", "alter table s.t alter column z type varchar(10)"),
            ("create table s.p1 partition of s.p for values in (1)", "drop table s.p1", "alter table s.p add column made int"),
            ("create view s.v as select id from s.t", "drop view s.v", "alter table s.t rename column id to made"),
            ("create view s.v as select id from s.t", "drop view s.v", "alter table s.t add column made int"),
            ("create materialized view s.v as select id from s.t", "drop materialized view s.v", "alter table s.t rename to made"),
            ("create statistics s.st on id, z from s.t", "drop statistics s.st", "alter table s.t rename to made"),
            ("create publication pub for table s.t", "drop publication pub", "alter table s.t rename to made"),
        ] {
            for level in ["repeatable read", "serializable"] {
                let what = format!("{change} after {drop} in {level}");
                db.session.run(
                    "drop schema if exists s cascade; create schema s; create table s.t (id int primary key, z text); \
                     create table s.p (id int primary key) partition by list (id)",
                );
                db.session.run(&format!("{make}; select pggit.settle()"));
                db.session.run(&format!("begin isolation level {level}; select 1 from pg_class limit 1"));
                other.run(drop);
                db.session.run(&format!("{change}; commit"));
                db.assert_no_drift_once_folded(&what);
                let told = db.session.column("select operation || ' ' || object_identity from pggit.show('HEAD') order by 1");
                assert!(told.iter().any(|t| t.contains("made") || t.contains("s.t.z")), "{what}: {told:?}");
            }
        }
    });
}
