//! Where nothing may be written: a hot standby, a read-only session, a role that may only read. What reads works there.

use std::time::{Duration, Instant};

use pggit_core::Repository;
use pggit_server::{Binaries, PrivateServer};
use pggit_tests::{Session, on_each, servers, skipped};

const HISTORY: &[&str] = &[
    "create table a (id int primary key, b text)",
    "alter table a add c int",
    "create function f() returns int language sql as 'select 1'",
    "create view v as select id from a",
    "select pggit.tag('v1')",
    "select pggit.create_branch('side', 'HEAD~1')",
    "select pggit.register_conflict('merge', 'table', 'public.a', '{}')",
    "alter table a rename to z",
    "select count(*) from pggit.log()",
];

/// What reads the history; each gives at least one row.
const READS: &[&str] = &[
    "select * from pggit.log()",
    "select * from pggit.show('HEAD')",
    "select * from pggit.diff('v1', 'HEAD')",
    "select * from pggit.status()",
    "select * from pggit.blame('public.z')",
    "select * from pggit.history('public.z')",
    "select pggit.object_definition('public.z', 'HEAD')",
    "select pggit.get_version('public.z')",
    "select pggit.export_schema_snapshot()",
    "select * from pggit.export_ddl('v1')",
    "select * from pggit.list_branches()",
    "select * from pggit.list_tags()",
    "select * from pggit.list_conflicts()",
    "select d.* from pggit.list_conflicts() as c, pggit.show_conflict_details(c.conflict_id) as d",
    "select pggit.resolve_revision('HEAD~2')",
    "select pggit.current_branch()",
    "select * from pggit.compare_environments('side', 'HEAD')",
    "select * from pggit.performance_report()",
    "select * from pggit.metrics()",
    "select * from pggit.list_function_overloads('public', 'f')",
    "select * from pggit.get_function_version('public.f()')",
    "select * from pggit.explain_tracking('public', 'TABLE', 'CREATE TABLE')",
    "select * from pggit.commits",
    "select * from pggit.changes",
    "select * from pggit.tracked_objects",
];

/// What gives nothing where all is well.
const QUIET: &[&str] = &["select * from pggit.diff()", "select * from pggit.drift()", "select * from pggit.validate_migrations()"];

fn reads_work(session: &mut Session, place: &str) {
    for read in READS {
        let rows = session
            .attempt(&format!("do $$ begin perform q.* from ({read}) as q; if not found then raise 'it gives nothing'; end if; end $$"));
        assert!(rows.is_ok(), "{place}: {read}: {rows:?}");
    }
    for read in QUIET {
        let rows = session.value(&format!("select count(*) from ({read}) as q"));
        assert_eq!(rows, "0", "{place}: {read}");
    }
}

#[test]
fn a_session_that_may_not_write_can_read() {
    on_each(|db| {
        HISTORY.iter().for_each(|step| db.session.run(step));
        // something that a session which may write would fold first
        db.connect().run("begin isolation level repeatable read; create table staged (id int); commit");
        db.session.run("drop table staged");
        db.session.run("select count(*) from pggit.log()");
        let mut reader = db.connect();
        reader.run("set default_transaction_read_only = on");
        reads_work(&mut reader, "a read-only session");
        for write in ["select pggit.commit('no')", "select pggit.tag('no')", "select pggit.reconcile()", "select pggit.pause_tracking()"] {
            let error = reader.fail(write);
            assert!(error.contains("read-only transaction"), "{write}: {error}");
        }
        let role = db.role("onlooker");
        db.session.run(&format!("select pggit.grant_access('{role}', 'read')"));
        let mut onlooker = db.connect_as(&role);
        reads_work(&mut onlooker, "a role that may read");
        onlooker.run("set default_transaction_read_only = on");
        reads_work(&mut onlooker, "a role that may read in a read-only session");
        db.session.assert_no_drift("reading");
    });
}

#[test]
fn a_hot_standby_reads_what_the_primary_writes() {
    for server in servers() {
        let Some(binaries) = Binaries::find(Some(server.version)) else {
            skipped(&format!("the programs of PostgreSQL {} are not here", server.version));
            continue;
        };
        let primary = PrivateServer::start(&binaries, &[]).expect("a primary");
        Repository::connect(&primary.url("postgres")).expect("connect").install(&mut |_| {}).expect("install");
        let standby = primary.standby(&binaries).expect("a standby");
        let mut writer = Session::connect(&primary.url("postgres"));
        HISTORY.iter().for_each(|step| writer.run(step));
        let there = writer.value("select pg_current_wal_lsn()");
        let mut reader = Session::connect(&standby.url("postgres"));
        let begun = Instant::now();
        while reader.value(&format!("select pg_last_wal_replay_lsn() >= '{there}'")) != "true" {
            assert!(begun.elapsed() < Duration::from_secs(30), "the standby does not follow");
            std::thread::sleep(Duration::from_millis(20));
        }
        reads_work(&mut reader, "a standby");
        assert_eq!(reader.value("select count(*) from pggit.log()"), writer.value("select count(*) from pggit.log()"));
        let error = reader.fail("select pggit.commit('no')");
        assert!(error.contains("read-only") || error.contains("recovery"), "{error}");
        writer.assert_no_drift("being read on a standby");
    }
}
