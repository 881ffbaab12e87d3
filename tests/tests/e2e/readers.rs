//! What who reads the history sees: the newest commits, also while others fold, or a word about why not.

use std::process::Command;
use std::thread;
use std::time::Duration;

use pggit_tests::clients::Clients;
use pggit_tests::{Database, on_each};

const HEAD: &str = "pggit.try_hold_head()";

/// What psql says beside the results of statements, each sent by itself, where a database has a setting.
fn notices(clients: &Clients, db: &Database, setting: &str, statements: &[&str]) -> String {
    let mut command = Command::new(clients.program("psql"));
    command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1"]).env("PGOPTIONS", setting);
    for statement in statements {
        command.args(["-c", statement]);
    }
    let output = command.arg(db.url()).output().expect("psql runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn a_reader_waits_for_who_is_folding() {
    on_each(|db| {
        for (n, query) in [
            "select count(*) from pggit.commits where message = 'CREATE TABLE public.t0'",
            "select count(*) from pggit.log() where message = 'CREATE TABLE public.t1'",
            "select count(*) from pggit.changes where commit_id is not null and object_identity = 'public.t2'",
        ]
        .iter()
        .enumerate()
        {
            let mut other = db.connect();
            other.run(&format!("begin; select {HEAD}"));
            db.session.run(&format!("create table t{n} (id int)"));
            let holding = thread::spawn(move || {
                thread::sleep(Duration::from_millis(200));
                other.run("commit");
            });
            assert_eq!(db.session.value(query), "1", "{query}");
            holding.join().expect("the other session");
        }
    });
}

/// A query's snapshot is older than what another session folds while it runs.
#[test]
fn a_reader_sees_what_others_fold_meanwhile() {
    on_each(|db| {
        for (n, view) in [
            "pggit.commits as c where c.message = 'CREATE TABLE public.t0'",
            "pggit.changes as c where c.commit_id is not null and c.object_identity = 'public.t1'",
        ]
        .iter()
        .enumerate()
        {
            db.session.run(&format!("create table t{n} (id int)"));
            let mut other = db.connect();
            let folding = thread::spawn(move || {
                thread::sleep(Duration::from_millis(200));
                other.run("select pggit.settle()");
            });
            db.session.run("begin; set local enable_hashjoin = off; set local enable_mergejoin = off; set local join_collapse_limit = 1");
            let seen = db.session.value(&format!(
                "select count(*) from (select 1 from pg_sleep(0.6) offset 0) as w cross join lateral (select c.commit_id from {view}) as v"
            ));
            db.session.run("commit");
            folding.join().expect("the other session");
            assert_eq!(seen, "1", "{view}");
        }
    });
}

#[test]
fn a_name_is_never_that_of_an_older_commit() {
    on_each(|db| {
        db.session.run("create table t (id int); select count(*) from pggit.log()");
        let mut other = db.connect();
        other.run(&format!("begin; select {HEAD}"));
        db.session.run("create table u (id int)");
        db.session.run("set statement_timeout = '2s'");
        for call in ["tag('v1')", "create_branch('side')"] {
            let error = db.session.fail(&format!("select pggit.{call}"));
            assert!(error.contains("statement timeout"), "{call} waits for HEAD: {error}");
        }
        db.session.run("set statement_timeout = 0");
        other.run("commit");
        let tagged = db.session.value("select pggit.tag('v1')");
        assert_eq!(db.session.value(&format!("select message from pggit.commits where commit_id = '{tagged}'")), "CREATE TABLE public.u");
    });
}

/// Who can make no commits is told that some may be missing; where nothing can be missing, nothing is said.
#[test]
fn where_no_commit_can_be_made_that_is_said() {
    on_each(|db| {
        let Some(clients) = Clients::of(db.version()) else { return };
        let look = "select message from pggit.commits";
        for setting in ["-c default_transaction_isolation=repeatable\\ read", "-c default_transaction_read_only=on"] {
            assert_eq!(notices(&clients, db, setting, &[look]), "", "{setting}: nothing is staged");
        }
        for setting in [
            "-c default_transaction_isolation=serializable",
            "-c default_transaction_isolation=repeatable\\ read",
            "-c default_transaction_read_only=on",
        ] {
            db.session.run("create table if not exists t (id int); drop table t");
            let said = notices(&clients, db, setting, &[look, "begin", look, "select count(*) from pggit.log()", "commit"]);
            assert_eq!(
                said.matches("NOTICE:  what was recorded and is in no commit yet").count(),
                2,
                "{setting}, once in a transaction: {said}"
            );
            assert!(said.contains("BEGIN ISOLATION LEVEL READ COMMITTED"), "{setting}: {said}");
            let readable = ["begin isolation level read committed read write", look, "commit"];
            assert_eq!(notices(&clients, db, setting, &readable), "", "{setting}");
            assert_eq!(db.session.value("select count(*) from pggit.staged_changes"), "0", "{setting}");
        }
    });
}

/// With a limit to its time a look makes as many commits as it can, and the next one goes on from there.
#[test]
fn a_limit_to_the_time_of_a_look_keeps_what_was_made() {
    on_each(|db| {
        let mut writer = db.connect();
        writer.run("select pggit.settle(); create table first (id int); select pggit.settle()");
        for n in 0..400 {
            writer.run(&format!("create table t{n} (id int)"));
        }
        let mut looks = 0;
        loop {
            looks += 1;
            assert!(looks < 400, "looking does not get on");
            db.session.run("set statement_timeout = '400ms'");
            let done = db.session.attempt("select pggit.settle()");
            db.session.run("set statement_timeout = 0");
            assert_eq!(done, Ok(()));
            if db.session.value("select count(*) from pggit.staged_changes") == "0" {
                break;
            }
        }
        assert!(looks > 1, "it was done at once: the test is too small");
        assert_eq!(db.session.value("select count(*) from pggit.commits where message like 'CREATE TABLE public.t%'"), "400");
        db.assert_no_drift("looking in parts");
    });
}
