//! A user's hour: many sessions of mixed DDL and calls of pgGit at once. Ten seconds of it; five minutes where `PGGIT_TEST_LONG` is
//! set (`cargo xtask test --long`).

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pggit_tests::{Session, on_each};

/// How many sessions there are.
const SESSIONS: u64 = 24;

fn duration() -> Duration {
    Duration::from_secs(if std::env::var_os("PGGIT_TEST_LONG").is_some() { 300 } else { 10 })
}

/// What a session does, in its own schema `s` and with its own number `n`, which it counts up.
const STEPS: &[&str] = &[
    "create table s.t_n (id int primary key, a text)",
    "alter table s.t_m add b_n int",
    "begin; alter table s.t_m alter a set not null; create index on s.t_m (a); comment on table s.t_m is 'it''s n'; commit",
    "select count(*) from pggit.log()",
    "create function s.f_n(int) returns int language sql as 'select n'",
    "begin; create view s.v_n as select id from s.t_m; drop view s.v_n; rollback",
    "create unique index concurrently on s.t_m (id)",
    "select count(*) from pggit.show('HEAD')",
    "select pggit.commit('by hand n')",
    "begin isolation level repeatable read; create table s.r_n (id int); commit",
    "select count(*) from pggit.diff('HEAD~1', 'HEAD')",
    "begin; create type s.e_n as enum ('a'); savepoint x; create table s.gone (id int); rollback to x; alter type s.e_n add value 'b'; commit",
    "select count(*) from pggit.blame('s.t_m')",
    "alter table s.t_m rename to t_m_old; alter table s.t_m_old rename to t_m",
    "select pggit.tag('s-n')",
    "grant select on all tables in schema s to public",
    "select count(*) from pggit.history('s.t_m')",
    "begin; select pggit.create_branch('s/n'); select pggit.delete_branch('s/n'); commit",
    "select pggit.create_branch('s/n')",
    "select pggit.get_version('s.t_m')",
    "begin; create table s.c_n (id int); select pggit.commit('in the middle n'); alter table s.c_n add x int; commit",
    "select count(*) from pggit.export_ddl('HEAD', array['s'])",
    "begin; select pggit.resolve_conflict(pggit.register_conflict('merge', 'table', 's.t_m', '{}'), 'custom', 'n', '{\"sql\": \"comment on table s.t_m is null\"}'); commit",
    "drop table if exists s.r_n, s.t_m cascade; create table s.t_m (id int primary key, a text)",
    "do $$ begin create table s.d_n (id int); begin create table s.d_n (id int); exception when duplicate_table then null; end; end $$",
    "select * from pggit.status()",
];

/// Steps that change how pgGit is for all, taken by few sessions only.
const RARE: &[&str] = &[
    "select pggit.begin_deployment('d n', true)",
    "select pggit.end_deployment('end of d')",
    "select pggit.pause_tracking('1 second')",
    "select pggit.resume_tracking()",
    "select * from pggit.verify_consistency()",
    "select pggit.purge_history('1 hour', dry_run => false)",
    "select pggit.reconcile()",
    "select * from pggit.performance_report()",
];

/// What is the user's own doing, or says plainly that it is to be tried again.
const USERS: &[&str] = &[
    "is under way",
    "no deployment is under way",
    "an ended deployment wait for a commit",
    "HEAD is held by another transaction",
    "tracking is not paused",
    // while a deployment or somebody who folds keeps the newest changes from being commits
    "in the history",
    "at HEAD",
];

#[test]
fn a_users_hour() {
    on_each(|db| {
        let made = AtomicU64::new(0);
        let end = Instant::now() + duration();
        let wrong: Vec<String> = thread::scope(|scope| {
            let workers: Vec<_> = (0..SESSIONS)
                .map(|worker| {
                    let (session, made) = (db.connect(), &made);
                    scope.spawn(move || work(session, worker, end, made))
                })
                .collect();
            workers.into_iter().flat_map(|w| w.join().expect("a session")).collect()
        });
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(made.load(Ordering::Relaxed) > SESSIONS * 5, "the sessions did {} steps", made.load(Ordering::Relaxed));
        let ended = db.session.attempt("select pggit.end_deployment('the last')");
        assert!(ended.is_ok() || ended.is_err_and(|e| e.contains("no deployment")), "the deployment ends");
        db.session.run("select pggit.resume_tracking()");
        db.session.run("select count(*) from pggit.log(); select pggit.reconcile()");
        let faults = db.session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
        assert!(faults.is_empty(), "{faults:#?}");
        assert_eq!(db.session.value("select count(*) from pggit.staged_changes"), "0");
        let failures = db.session.column("select event_data::text from pggit.system_events where event_type = 'capture_failed'");
        let wrong: Vec<_> = failures.iter().filter(|f| !f.contains("55P03")).collect();
        assert!(wrong.is_empty(), "capture failed: {wrong:#?}");
    });
}

/// Works until the end; gives what went wrong.
fn work(mut session: Session, worker: u64, end: Instant, made: &AtomicU64) -> Vec<String> {
    let schema = format!("w{worker}");
    let mut wrong = Vec::new();
    session.run("set statement_timeout = '60s'; set lock_timeout = '30s'");
    session.run(&format!("create schema {schema}; create table {schema}.t_0 (id int primary key, a text)"));
    for n in 1.. {
        if Instant::now() > end || wrong.len() > 3 {
            break;
        }
        let pick = usize::try_from(n * 7 + worker * 5).unwrap_or_default();
        let step = if worker.is_multiple_of(8) && n % 5 == 0 { RARE[pick % RARE.len()] } else { STEPS[pick % STEPS.len()] };
        let step = step.replace("s.", &format!("{schema}.")).replace("'s-", &format!("'{schema}-")).replace("'s/", &format!("'{schema}/"));
        let step = step.replace("schema s ", &format!("schema {schema} ")).replace("['s']", &format!("['{schema}']"));
        let step = step
            .replace("_n", &format!("_{n}"))
            .replace("-n'", &format!("-{n}'"))
            .replace("/n'", &format!("/{n}'"))
            .replace(" n'", &format!(" {n}'"));
        let step = step.replace("t_m", "t_0").replace("select n'", &format!("select {n}'"));
        if let Err(error) = session.attempt(&step) {
            let _ = session.attempt("rollback");
            if !USERS.iter().any(|u| error.contains(u)) {
                wrong.push(format!("{step}: {error}"));
            }
        }
        made.fetch_add(1, Ordering::Relaxed);
    }
    wrong
}
