//! What must survive: every extension, many sessions at once, and a server that is killed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use pggit_core::Repository;
use pggit_server::{Binaries, PrivateServer};
use pggit_tests::{Session, on_each, on_each_empty, servers, skipped};

#[test]
fn every_extension_can_be_created_and_dropped() {
    on_each_empty(|db| {
        Repository::connect(&db.url()).expect("connect").install(&mut |_| {}).expect("install");
        let mut created = Vec::new();
        for extension in db.session.column("select name from pg_available_extensions where name <> 'plpgsql' order by 1") {
            match db.session.attempt(&format!("create extension if not exists \"{extension}\" cascade")) {
                Ok(()) => created.push(extension),
                // The library of another language's interpreter may be missing on this machine.
                Err(error) if error.contains("could not load library") => skipped(&format!("{extension}: {error}")),
                Err(error) => panic!("{extension}: {error}"),
            }
        }
        assert!(created.len() > 20, "{created:?}");
        db.assert_no_drift("creating extensions");
        for extension in created {
            db.session.run(&format!("drop extension if exists \"{extension}\" cascade"));
        }
        db.assert_no_drift("dropping extensions");
    });
}

#[test]
fn sixteen_sessions_at_once_wait_for_nobody() {
    on_each(|db| {
        let mut lingering = db.connect();
        lingering.run("begin; create table lingering (id int)");
        thread::scope(|scope| {
            for session in 0..16 {
                let mut connection = db.connect();
                scope.spawn(move || {
                    connection.run("set lock_timeout = '10s'");
                    for n in 0..6 {
                        let name = format!("s{session}_{n}");
                        connection
                            .run(&format!("create table {name} (id int primary key, a text); insert into {name} values ({}, 'x')", n % 2));
                        connection.run(&format!("begin; alter table {name} add b int; create index on {name} (b); commit"));
                        let indexed = connection.attempt(&format!("create unique index concurrently on {name} ((1 / id))"));
                        assert_eq!(indexed.is_err(), n % 2 == 0, "{indexed:?}");
                        connection.run(&format!("create function f_{name}() returns int language sql as 'select 1'"));
                        connection.run(&format!("begin; drop table {name}; rollback"));
                    }
                });
            }
        });
        lingering.run("commit");
        assert_eq!(db.session.value("select count(*) from pggit.log(null, 1)"), "1");
        let lost = "select count(*) from generate_series(0, 15) as s, generate_series(0, 5) as n
            where not exists (select from pggit.tracked_objects where object_identity = format('public.s%s_%s.b', s, n))
               or not exists (select from pggit.tracked_objects where object_identity = format('public.f_s%s_%s()', s, n))";
        assert_eq!(db.session.value(lost), "0");
        let faults = db.session.column("select details from pggit.verify_consistency() where status <> 'ok'");
        assert!(faults.is_empty(), "{faults:#?}");
        let doubled = "select count(*) from (select transaction_id from pggit.commits where transaction_id is not null group by 1 having count(*) > 1) as d";
        assert_eq!(db.session.value(doubled), "0", "a transaction is one commit");
        db.assert_no_drift("sixteen sessions");
    });
}

/// How often the server is killed: three times, or as often as `PGGIT_CRASHES` says.
fn rounds() -> u32 {
    std::env::var("PGGIT_CRASHES").ok().and_then(|n| n.parse().ok()).unwrap_or(3)
}

#[test]
fn what_was_committed_survives_a_killed_server() {
    for version in servers().iter().map(|s| s.version) {
        let binaries = Binaries::find(Some(version)).expect("the programs of PostgreSQL");
        let server = PrivateServer::start(&binaries, &[]).expect("a server");
        let url = server.url("postgres");
        Repository::connect(&url).expect("connect").install(&mut |_| {}).expect("install");
        for round in 0..rounds() {
            let over = AtomicBool::new(false);
            let made: Vec<String> = thread::scope(|scope| {
                let start = |worker| {
                    let (url, over) = (&url, &over);
                    scope.spawn(move || work(url, round, worker, over))
                };
                let workers: Vec<_> = (0..4).map(start).collect();
                thread::sleep(Duration::from_millis(600 + u64::from(round) * 37 % 400));
                server.kill().expect("the server is killed");
                over.store(true, Ordering::Relaxed);
                workers.into_iter().flat_map(|w| w.join().expect("a worker")).collect()
            });
            server.restart(&binaries).expect("the server starts again");
            assert!(made.len() > 4, "the workers did work");
            let mut session = Session::connect(&url);
            session.run("select pggit.settle()");
            let lost = session.column(&format!(
                "select t.name from unnest(array['{}']) as t (name)
                 where (select count(*) from pggit.commit_changes as g
                        where g.object_key = 'table public.' || t.name and g.object_type = 'table' and g.operation = 'create') <> 1",
                made.join("', '")
            ));
            assert!(lost.is_empty(), "PostgreSQL {version}, round {round}: {lost:?}");
            let doubled = "select count(*) from (select transaction_id from pggit.commits where transaction_id is not null group by 1 having count(*) > 1) as d";
            assert_eq!(session.value(doubled), "0", "a transaction is one commit");
            let faults = session.column("select details from pggit.verify_consistency() where status <> 'ok'");
            assert!(faults.is_empty(), "PostgreSQL {version}, round {round}: {faults:#?}");
        }
    }
}

/// Creates tables, and drops every other one, until the server is gone; gives the names of those whose creation was committed.
fn work(url: &str, round: u32, worker: u32, over: &AtomicBool) -> Vec<String> {
    let mut made = Vec::new();
    let Ok(connection) = PgConnection::establish(url) else { return made };
    let mut session = Session(connection);
    for n in 0.. {
        let name = format!("t{round}_{worker}_{n}");
        let done = session.attempt(&format!("begin; create table {name} (id int primary key); create index on {name} (id); commit"));
        if done.is_err() || over.load(Ordering::Relaxed) {
            break;
        }
        if n % 2 == 1 && session.attempt(&format!("drop table {name}")).is_err() {
            made.push(name);
            break;
        }
        made.push(name);
    }
    made
}

#[test]
fn what_goes_while_the_catalogs_are_read_makes_nobody_fail() {
    on_each(|db| {
        for (n, call) in ["mend_addresses(false)", "reconcile()", "drift()", "status()"].iter().enumerate() {
            db.session.run(&format!("create table t{n} (id int); create view v{n} as select id from t{n}; select pggit.settle()"));
            let mut dropper = db.connect();
            dropper.run(&format!("begin; drop view v{n}"));
            let mut reader = db.connect();
            let pid = reader.value("select pg_backend_pid()");
            let reading = thread::spawn(move || reader.attempt(&format!("select count(*) from pggit.{call}")));
            // it waits for the view, of which there is nothing to read once the other has committed
            while db.session.value(&format!("select wait_event_type = 'Lock' from pg_stat_activity where pid = {pid}")) != "true" {
                assert!(!reading.is_finished(), "{call} does not read the view");
                thread::sleep(std::time::Duration::from_millis(5));
            }
            dropper.run("commit");
            assert_eq!(reading.join().expect("the reader"), Ok(()), "{call}");
        }
        db.assert_no_drift_once_folded("reading what goes");
    });
}
