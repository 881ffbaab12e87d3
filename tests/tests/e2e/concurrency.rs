//! Sessions beside each other: nobody waits for pgGit, nobody fails because of it, nothing is lost.

use std::thread;
use std::time::{Duration, Instant};

use pggit_tests::on_each;

use crate::laws::{messages, verify_hashes};

#[test]
fn old_snapshots_do_not_make_ddl_fail() {
    on_each(|db| {
        for (n, level) in ["repeatable read", "serializable"].into_iter().enumerate() {
            db.session.run(&format!("create table public.t{n} (a int)"));
            let mut other = db.connect();
            db.session.run(&format!("begin isolation level {level}; select count(*) from pg_namespace"));
            other.run(&format!("create table public.other{n} (a int); alter table public.t{n} add from_other int"));
            db.session.run(&format!(
                "alter table public.t{n} add b int; create index on public.t{n} (a); create table public.u{n} (a int primary key); commit"
            ));
            db.session.run("select pggit.settle()");
            db.assert_no_drift(level);
            assert_eq!(
                db.session.value(&format!("select count(*) from pggit.commits where message like 'ALTER TABLE public.t{n} and%'")),
                "1"
            );
        }
    });
}

#[test]
fn two_serializable_transactions_do_not_conflict_over_us() {
    on_each(|db| {
        db.session.run("create table public.x (a int); create table public.y (a int)");
        let mut one = db.connect();
        let mut two = db.connect();
        for n in 0..5 {
            one.run("begin isolation level serializable");
            two.run("begin isolation level serializable");
            one.run(&format!("alter table public.x add c{n} int"));
            two.run(&format!("alter table public.y add c{n} int"));
            one.run(&format!("create table public.one{n} (a int)"));
            two.run(&format!("create table public.two{n} (a int)"));
            one.run("commit");
            two.run("commit");
        }
        db.session.run("select pggit.settle()");
        db.assert_no_drift("the transactions");
        assert_eq!(messages(&mut db.session).len(), 11);
    });
}

#[test]
fn nobody_waits_for_an_open_transaction() {
    on_each(|db| {
        db.session.run("create table public.base (a int); create view public.v as select a from public.base");
        let mut holder = db.connect();
        holder.run("begin; create table public.held (a int); alter table public.base rename column a to b; select pggit.commit('early')");
        let mut others = db.connect();
        others.run("set lock_timeout = '2s'");
        let started = Instant::now();
        others.run("create table public.free (a int); create function public.f() returns int language sql as 'select 1'; comment on view public.v is 'seen'; grant usage on schema public to public");
        others.run("begin; create table public.free2 (a int); commit");
        assert!(started.elapsed() < Duration::from_secs(2), "DDL waited");
        holder.run("commit");
        let log = messages(&mut db.session);
        assert!(log.contains(&"early".to_owned()) && log.contains(&"CREATE TABLE public.free2".to_owned()), "{log:?}");
        // The view could not be read while the table under it was being changed: that is on record, and mended.
        assert_eq!(
            db.session.value(
                "select count(*) from pggit.system_events where event_type = 'capture_failed' and event_data ->> 'sqlstate' = '55P03'"
            ),
            "1"
        );
        assert_eq!(db.session.value("select new_definition ->> 'comment' from pggit.changes where object_identity = 'public.v' and commit_id is not null order by 1 nulls last limit 1"), "seen");
        db.session.run("delete from pggit.system_events where event_type = 'capture_failed'");
        db.assert_no_drift("both");
    });
}

/// PostgreSQL locks what a view reads in order to print it, until the transaction ends.
#[test]
fn what_capture_reads_is_free_again_at_once() {
    on_each(|db| {
        let role = db.role("other");
        db.session.run(
            "create table public.t (a int, b text); create table public.u (a int, b text); create view public.v as select t.a, u.b from t, u;
             create materialized view public.m as select u.b from u;
             create function public.f() returns int begin atomic select max(a) from u; end;
             create table public.x (a int); create policy p on public.x using (a in (select a from u));
             create rule r as on insert to public.x do also delete from u; create schema s; create extension citext",
        );
        let mut other = db.connect();
        other.run("set lock_timeout = '2s'");
        for statement in [
            "comment on view public.v is 'seen'",
            "alter table public.t rename column a to aa",
            &format!("grant select on public.v to {role}"),
            &format!("alter view public.v owner to {role}"),
            "alter view public.v set schema s",
            "alter schema public rename to republic",
            "alter function public.f() cost 5",
            "comment on materialized view public.m is 'seen'",
            "alter table public.x add column c int",
            "create index on public.x (a)",
            "alter extension citext add view public.v",
            "alter extension citext set schema s",
            &format!("drop owned by {role}"),
        ] {
            for level in ["read committed", "repeatable read"] {
                db.session.run(&format!("begin isolation level {level}; {statement}"));
                if let Err(error) = other.attempt("begin; lock table u in access exclusive mode; rollback") {
                    panic!("{level}: {statement}: {error}");
                }
                db.session.run("rollback");
            }
        }
        db.session.run("begin; comment on view public.v is 'prepared'; prepare transaction 'views'");
        other.run("alter table public.u add column c int");
        db.session.run("commit prepared 'views'");
        db.assert_no_drift_once_folded("all of that");
    });
}

/// Each sees the object as it was without what the other does.
#[test]
fn transactions_beside_each_other_are_recorded_as_what_they_come_to() {
    let pairs = [
        ("comment on table t is 'seen'", "grant select on t to public"),
        ("grant insert (a) on t to public", "comment on column t.a is 'seen'"),
        ("comment on view v is 'seen'", "alter table u rename column b to c"),
        ("grant select on v to public", "alter table u rename to w"),
        ("alter function f() cost 5", "alter table u rename column a to c"),
        ("comment on schema s is 'seen'", "grant usage on schema s to public"),
        ("comment on type e is 'seen'", "alter type e rename value 'a' to 'b'"),
    ];
    on_each(|db| {
        for (one, two) in &pairs {
            // in both orders; in one of them somebody looks in between
            for (one, two, looks) in [(one, two, false), (two, one, true)] {
                for level in ["read committed", "repeatable read"] {
                    let mut db = db.installed_beside();
                    db.session.run(
                        "create table t (a int); create table u (a int, b text); create view v as select t.a, u.b from t, u;
                         create function f() returns int begin atomic select max(a) from u; end; create schema s; create type e as enum ('a');
                         select pggit.settle()",
                    );
                    let mut other = db.connect();
                    other.run("set lock_timeout = '1s'");
                    db.session.run(&format!("begin isolation level {level}; {one}"));
                    // the other may need what this one holds: then it waits as it would without pgGit
                    if other.attempt(two).is_err() {
                        db.session.run("rollback");
                        continue;
                    }
                    if looks {
                        other.run("select pggit.settle()");
                    }
                    db.session.run("commit");
                    db.session.run("select pggit.settle(); select pggit.reconcile() from pggit.system_events where event_type = 'capture_failed' limit 1");
                    db.session.run("delete from pggit.system_events where event_type = 'capture_failed'");
                    let what = format!("{level}, looks {looks}: {one} beside {two}");
                    db.assert_no_drift(&what);
                    verify_hashes(&mut db.session);
                    // what an old snapshot did is read as it is when somebody looks, with what came later
                    assert!(messages(&mut db.session).len() > usize::from(level == "read committed") + 1, "{what}");
                }
            }
        }
    });
}

#[test]
fn a_prepared_transaction_holds_nobody_up() {
    on_each(|db| {
        db.session.run("begin; create table public.prepared (a int); prepare transaction 'p1'");
        let mut other = db.connect();
        other.run("set lock_timeout = '2s'; set statement_timeout = '5s'");
        other.run("create table public.meanwhile (a int)");
        assert_eq!(other.value("select count(*) from pggit.log()"), "1", "HEAD is held, reading does not wait");
        db.session.run("commit prepared 'p1'");
        assert_eq!(messages(&mut db.session).len(), 2);
        db.assert_no_drift("commit prepared");
        db.session.run("begin; create table public.undone (a int); prepare transaction 'p2'");
        db.session.run("rollback prepared 'p2'");
        assert_eq!(messages(&mut db.session).len(), 2);
        db.assert_no_drift("rollback prepared");
    });
}

#[test]
fn eight_sessions_at_once_lose_nothing() {
    on_each(|db| {
        const EACH: usize = 12;
        thread::scope(|scope| {
            for n in 0..8 {
                let mut session = db.connect();
                scope.spawn(move || {
                    session.run("set lock_timeout = '20s'");
                    for i in 0..EACH {
                        match i % 3 {
                            0 => session.run(&format!("create table public.t{n}_{i} (a int primary key)")),
                            1 => session.run(&format!("begin; create view public.v{n}_{i} as select 1 as x; create function public.f{n}_{i}() returns int language sql as 'select 1'; commit")),
                            _ => session.run(&format!("begin; alter table public.t{n}_{} add b text; select pg_sleep(0.005); commit", i - 2)),
                        }
                    }
                });
            }
        });
        db.session.run("select pggit.settle()");
        db.assert_no_drift("eight sessions");
        assert_eq!(messages(&mut db.session).len(), 8 * EACH);
        verify_hashes(&mut db.session);
    });
}

/// After a pause a command records what it changed itself. What others may change meanwhile is left to the next look, which waits for nobody.
#[test]
fn what_a_pause_left_is_not_recorded_by_a_transaction_that_stays_open() {
    on_each(|db| {
        db.session.run("create table public.x (a int); select pggit.settle()");
        db.session.run("select pggit.pause_tracking('100 milliseconds'); alter table public.x add unseen int; select pg_sleep(0.2)");
        let mut holder = db.connect();
        holder.run("begin; create table public.held (a int)");
        db.session.run("alter table public.x alter unseen type bigint");
        db.session.run("set statement_timeout = '5s'; select count(*) from pggit.log(); set statement_timeout = 0");
        holder.run("commit");
        db.session.run("select pggit.settle()");
        db.assert_no_drift("the open transaction");
        assert!(messages(&mut db.session).contains(&"ALTER TABLE public.x".to_owned()));
    });
}

#[test]
fn who_changes_the_state_in_an_open_transaction_keeps_no_reader() {
    on_each(|db| {
        db.session.run("select pggit.pause_tracking('100 milliseconds'); create table public.unseen (a int); select pg_sleep(0.2)");
        let mut holder = db.connect();
        holder.run("begin; select pggit.configure_tracking(ignore_schemas => '{noise}')");
        db.session.run("create table public.seen (a int)");
        db.session.run("set statement_timeout = '5s'");
        assert_eq!(db.session.value("select message from pggit.log(null, 1)"), "CREATE TABLE public.seen");
        holder.run("commit");
        assert_eq!(db.session.value("select kind from pggit.commits order by commit_number desc limit 1"), "out_of_band");
        db.assert_no_drift("the pause");
    });
}

/// One renames what another's object depends on: the object is what both have made of it, whoever is first to commit or to look.
#[test]
fn what_two_open_transactions_change_is_recorded_as_both_have_made_it() {
    const CASES: [(&str, &str); 5] = [
        ("alter type public.ty rename to ty2", "comment on function public.f(public.ty) is 'seen'"),
        ("alter function public.g() rename to h", "alter table public.u alter i set default 7"),
        ("alter function public.g() rename to h", "alter table public.u alter i set default 7, add j int default 8"),
        ("alter schema public rename to other", "comment on table public.u is 'seen'"),
        ("alter table public.u rename column k to l", "comment on function public.of_rows(public.u) is 'seen'"),
    ];
    on_each(|db| {
        for (rename, change) in CASES {
            for looks in ["", "select pggit.settle()"] {
                for is_deployment in [false, true] {
                    let mut db = db.installed_beside();
                    db.session.run(
                        "create type public.ty as (i int); create function public.f(public.ty) returns int language sql as 'select 1';
                         create function public.g() returns int language sql as 'select 1'; create table public.u (i int default public.g(), k int);
                         create function public.of_rows(public.u) returns int language sql as 'select 1'; select pggit.settle()",
                    );
                    if is_deployment {
                        db.session.run("select pggit.begin_deployment('both')");
                    }
                    let mut renaming = db.connect();
                    renaming.run(&format!("begin; {rename}"));
                    db.session.run(&format!("set lock_timeout = '1s'; {change}; {looks}"));
                    renaming.run("commit");
                    if is_deployment {
                        db.session.run("select pggit.end_deployment('both')");
                    }
                    db.assert_no_drift_once_folded(&format!("{rename} beside {change} {looks}"));
                    let faults = db.session.column("select details from pggit.verify_consistency() where status <> 'ok'");
                    assert_eq!(faults, [""; 0], "{rename} beside {change} {looks}");
                }
            }
        }
    });
}

/// What a transaction with an old snapshot has changed is read by whoever looks next, whatever his session has set.
#[test]
fn who_reads_for_another_reads_by_no_setting_of_his_own() {
    on_each(|db| {
        db.session.run("begin isolation level repeatable read; create table public.t (d date default '2024-02-03', n int); create index on public.t (n) where d > '2024-02-03'; commit");
        let mut reader = db.connect();
        reader.run("set datestyle = 'SQL, DMY'; set quote_all_identifiers = on; select pggit.settle()");
        db.assert_no_drift("the reader");
    });
}
