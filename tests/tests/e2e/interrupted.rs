//! Timeouts, cancels, terminations and limits that strike in the middle of a call: nothing is half done, the history stays whole.

use std::thread;
use std::time::{Duration, Instant};

use pggit_tests::{Database, Session, on_each};

/// Every call that writes; `N` is a number that no other call has had.
const CALLS: &[&str] = &[
    "select pggit.commit('by hand N')",
    "select pggit.tag('tN')",
    "select pggit.create_branch('bN')",
    "select pggit.delete_branch('extra', true)",
    "select pggit.configure_tracking(ignore_schemas => array['sN'])",
    "select pggit.add_ignore_pattern('CREATE TABLE nN%')",
    "select pggit.reconcile()",
    "select pggit.begin_deployment('d', true)",
    "select pggit.end_deployment('ended N')",
    "select pggit.pause_tracking('1 hour')",
    "select pggit.resume_tracking()",
    "select pggit.emergency_disable('1 hour')",
    "select pggit.emergency_enable()",
    "select pggit.begin_migration(N)",
    "select pggit.end_migration(N)",
    "select pggit.link_migration(N)",
    "select pggit.track_function('app.f0(int)', 'N.0.0')",
    "select pggit.execute_cqrs_changeset(pggit.track_cqrs_change(row(array['create table app.cN (id int)'], '{}', 'd', '1')::pggit.cqrs_change))",
    "select pggit.register_conflict('merge', 'table column', 'app.t0.id', '{\"incoming\": {\"type\": \"bigint\"}}')",
    "select pggit.resolve_conflict(c.conflict_id, 'custom', 'N', '{\"sql\": \"alter table app.t1 add xN int\"}') from pggit.list_conflicts() as c limit 1",
    "select count(*) from pggit.purge_history('0', false, false)",
    "select count(*) from pggit.verify_consistency(true)",
    "select count(*) from pggit.status()",
    "select count(*) from pggit.export_ddl()",
    "select count(*) from pggit.log()",
    "select count(*) from pggit.diff('HEAD~1', 'HEAD')",
    "create table app.mN (id int primary key, a text); create index on app.mN (a)",
    "alter table app.t2 add cN int",
    "alter table app.t3 rename to u3; alter table app.u3 rename to t3",
    "drop table if exists app.t4 cascade",
    "grant select on all tables in schema app to public",
    "alter schema app rename to app2; alter schema app2 rename to app",
];

/// A schema that is large enough for calls to take a few milliseconds.
const SETUP: &str = "
    create schema app;
    do $$ begin
        for n in 0 .. 30 loop
            execute format('create table app.t%s (id int primary key, a text, b text)', n);
            execute format('create view app.v%s as select id from app.t%s', n, n);
            execute format('create function app.f%s(int) returns int language sql as ''select %s''', n, n);
        end loop;
    end $$;
    select pggit.create_branch('extra');
    select pggit.register_conflict('merge', 'table', 'app.t1', '{}')";

/// Everything that pgGit holds, but for its record of errors.
fn picture(session: &mut Session) -> String {
    let tables = session.column(
        "select c.relname from pg_class as c where c.relnamespace = 'pggit'::regnamespace and c.relkind = 'r' and c.relname <> 'ddl_grammar' order by 1",
    );
    let parts: Vec<_> =
        tables.iter().map(|t| format!("(select coalesce(sum(hashtextextended(x::text, 0)::numeric), 0) from pggit.{t} as x)")).collect();
    session.value(&format!("select concat_ws(' ', {})", parts.join(", ")))
}

#[track_caller]
fn whole(db: &mut Database, after: &str) {
    let faults = db.session.column("select check_name || ': ' || details from pggit.verify_consistency() where status = 'error'");
    assert!(faults.is_empty(), "after {after}: {faults:#?}");
}

#[test]
fn a_timeout_in_the_middle_of_a_call_leaves_nothing_half_done() {
    on_each(|db| {
        db.session.run(SETUP);
        db.session.run("create materialized view app.m as select 1 as one; select pggit.commit('all of it')");
        let mut other = db.connect();
        let long = std::env::var_os("PGGIT_TEST_LONG").is_some();
        let mut n = 0;
        for call in CALLS.iter().chain(MORE) {
            let mut milliseconds = 1;
            loop {
                n += 1;
                let call = call.replace('N', &n.to_string());
                let before = picture(&mut db.session);
                // the new limit holds for the rest of the command that sets it
                while other.attempt(&format!("set statement_timeout = '{milliseconds}ms'")).is_err() {}
                let done = other.attempt(&call);
                // with one millisecond this can be too late as well
                while other.attempt("set statement_timeout = 0").is_err() {}
                match done {
                    Err(error) if error.contains("statement timeout") => {
                        assert_eq!(picture(&mut db.session), before, "{call} after {milliseconds} ms");
                    }
                    Err(error) => {
                        // what the state does not allow
                        assert_eq!(picture(&mut db.session), before, "{call}: {error}");
                        break;
                    }
                    Ok(()) => break,
                }
                milliseconds += if long { 1 + milliseconds / 8 } else { 1 + milliseconds / 2 };
                assert!(milliseconds < 20_000, "{call} does not end");
            }
        }
        let _ = other.attempt("select pggit.emergency_enable()");
        let _ = other.attempt("select pggit.resume_tracking()");
        let _ = other.attempt("select pggit.end_deployment('the end')");
        other.run("select pggit.reconcile()");
        whole(db, "timeouts");
        db.assert_no_drift("timeouts");
    });
}

/// What only reads, and the rest of what writes.
const MORE: &[&str] = &[
    "select count(*) from pggit.show('HEAD')",
    "select count(*) from pggit.blame('app.t1')",
    "select count(*) from pggit.history('app.t1')",
    "select pggit.object_definition('app.t1', 'HEAD')",
    "select pggit.get_version('app.t1')",
    "select pggit.export_schema_snapshot()",
    "select count(*) from pggit.list_branches()",
    "select count(*) from pggit.list_conflicts(null)",
    "select count(*) from pggit.list_conflicts() as c, pggit.show_conflict_details(c.conflict_id)",
    "select count(*) from pggit.compare_environments('HEAD', 'main')",
    "select count(*) from pggit.performance_report()",
    "select count(*) from pggit.metrics()",
    "select count(*) from pggit.drift()",
    "select count(*) from pggit.purge_history()",
    "select count(*) from pggit.validate_migrations()",
    "select count(*) from pggit.analyze_cqrs_dependencies('app', 'app')",
    "select count(*) from pggit.list_function_overloads('app', 'f1')",
    "select count(*) from pggit.get_function_version('app.f1(int)')",
    "select count(*) from pggit.commits",
    "select count(*) from pggit.changes",
    "select count(*) from pggit.tracked_objects",
    "select count(*) from pggit.function_history",
    "select count(*) from pggit.cqrs_history",
    "select count(*) from pggit.migration_history",
    "select pggit.resolve_conflict(pggit.register_conflict('merge', 'table column', 'app.t6.a', jsonb_build_object('incoming', pggit.object_definition('app.t6.a') -> 'definition' || '{\"comment\": \"N\"}')), 'use_tracked')",
    "select pggit.resolve_conflict(pggit.register_conflict('merge', 'table column', 'app.t7.a', jsonb_build_object('incoming', pggit.object_definition('app.t7.a') -> 'definition' || '{\"default\": \"''N''::text\"}')), 'merge')",
    "select pggit.refresh_query_side('app.m')",
    "select pggit.restore_function('app.f2(int)', '1.0.0')",
    "select pggit.cancel_deployment('N')",
];

/// A call waits for a table of pgGit's that somebody has locked, and gives up: then nothing of it has happened.
#[test]
fn a_lock_timeout_in_the_middle_of_a_call_leaves_nothing_half_done() {
    on_each(|db| {
        db.session.run(SETUP);
        db.session.run("create materialized view app.m as select 1 as one; select pggit.commit('all of it')");
        // Who asks for the schema waits for seconds, whatever his own lock_timeout says: some hundred calls would take an hour.
        db.session.run(
            "do $$
             declare waiting regprocedure;
             begin
                 for waiting in
                     select p.oid from pg_proc as p
                     where p.pronamespace = 'pggit'::regnamespace and p.proconfig && array['lock_timeout=1s', 'lock_timeout=10s']
                 loop
                     execute format('alter routine %s set lock_timeout = ''20ms''', waiting);
                 end loop;
             end $$",
        );
        let mut holder = db.connect();
        let mut other = db.connect();
        let mut n = 1000;
        let mut gave_up = 0;
        for table in [
            "repository",
            "staged_changes",
            "commit_records",
            "elements",
            "blobs",
            "tree_objects",
            "system_events",
            "conflict_registry",
            "version_records",
        ] {
            for call in CALLS.iter().chain(MORE).filter(|c| c.contains("pggit.")) {
                n += 1;
                let call = call.replace('N', &n.to_string());
                holder.run(&format!("begin; lock table pggit.{table} in access exclusive mode"));
                let before = picture(&mut holder);
                other.run("set lock_timeout = '20ms'");
                let done = other.attempt(&call);
                if done.is_err() {
                    gave_up += 1;
                    assert_eq!(picture(&mut holder), before, "{call} while {table} was locked: {done:?}");
                }
                holder.run("rollback");
                // the state that the next call needs
                let _ = other.attempt("select pggit.emergency_enable()");
                let _ = other.attempt("select pggit.end_deployment('the end')");
            }
        }
        assert!(gave_up > 200, "only {gave_up} calls waited for a lock");
        other.run("set lock_timeout = 0; select pggit.reconcile()");
        whole(db, "locks that were not had");
        let drift = db.session.column("select object_identity from pggit.drift()");
        assert!(drift.is_empty(), "{drift:#?}");
    });
}

#[test]
fn a_lock_timeout_is_never_that_of_the_ddl() {
    on_each(|db| {
        db.session.run(SETUP);
        let mut holder = db.connect();
        let mut user = db.connect();
        let tables = db.session.column(
            "select c.relname from pg_class as c where c.relnamespace = 'pggit'::regnamespace and c.relkind = 'r' and c.relname not in ('ddl_grammar') order by 1",
        );
        for (n, table) in tables.iter().enumerate() {
            // somebody does to a table of pgGit's what nobody should: it costs the record, and not the DDL
            holder.run(&format!("begin; lock table pggit.{table} in access exclusive mode"));
            user.run("set lock_timeout = '2s'; set statement_timeout = '20s'");
            let begun = Instant::now();
            user.run(&format!("create table app.l{n} (id int)"));
            user.run(&format!("alter table app.l{n} add a int"));
            user.run(&format!("begin; drop table app.l{n}; create table app.k{n} (id int); commit"));
            assert!(begun.elapsed() < Duration::from_millis(1900), "{table}: {:?}", begun.elapsed());
            holder.run("rollback");
        }
        db.session.run("select pggit.settle()");
        db.session.run("select pggit.reconcile()");
        whole(db, "locks");
        let drift = db.session.column("select object_identity from pggit.drift()");
        assert!(drift.is_empty(), "{drift:#?}");
    });
}

#[test]
fn an_upgrade_that_takes_its_time_stops_nobody() {
    on_each(|db| {
        db.session.run(SETUP);
        let url = db.url();
        let installing = thread::spawn(move || {
            pggit_core::Repository::connect(&url).expect("connect").install(&mut |_| thread::sleep(Duration::from_millis(300)))
        });
        let mut user = db.connect();
        user.run("set statement_timeout = '5s'");
        let begun = Instant::now();
        let mut n = 0;
        while begun.elapsed() < Duration::from_millis(1500) {
            n += 1;
            user.run(&format!("create table app.g{n} (id int)"));
        }
        installing.join().expect("the installer").expect("it installs");
        db.session.run("select pggit.settle(); select pggit.reconcile()");
        whole(db, "an upgrade under way");
        let drift = db.session.column("select object_identity from pggit.drift()");
        assert!(drift.is_empty(), "{drift:#?}");
    });
}

#[test]
fn sessions_that_are_cancelled_or_ended_leave_nothing_behind() {
    on_each(|db| {
        db.session.run(SETUP);
        for round in 0..30_u64 {
            let mut victim = db.connect();
            let pid = victim.value("select pg_backend_pid()");
            let verb = if round % 2 == 0 { "cancel" } else { "terminate" };
            let working = thread::spawn(move || {
                for n in 0..200 {
                    let done = victim.attempt(&format!(
                        "begin; create table app.x{round}_{n} (id int primary key, a text); alter table app.t5 add c{round}_{n} int; alter table app.t5 drop c{round}_{n}; commit"
                    ));
                    if done.is_err() {
                        return;
                    }
                }
            });
            thread::sleep(Duration::from_millis(13 + round * 7));
            db.session.run(&format!("select pg_{verb}_backend({pid})"));
            working.join().expect("the victim");
            let half = db.session.column("select object_identity || ' ' || operation from pggit.drift()");
            assert!(half.is_empty(), "{verb} in round {round}: {half:#?}");
        }
        db.session.run("select count(*) from pggit.log()");
        whole(db, "cancels and terminations");
        db.assert_no_drift("cancels and terminations");
    });
}
