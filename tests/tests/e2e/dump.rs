//! `pg_dump` and restore of a database with pgGit: the history is intact, what is missing is said, and `pggit install` mends it.

use std::process::{Command, Stdio};

use pggit_core::Repository;
use pggit_tests::clients::Clients;
use pggit_tests::{Database, Server, servers};

/// A history with something of everything that a restore could lose.
const SOURCE: &str = "
    create table a (id serial primary key, b text);
    create table n (id int);
    alter table n rename to m;
    create function f() returns int language sql as 'select 1';
    create view v as select id from a;
    create materialized view mv as select count(*) as n from a;
    refresh materialized view mv;
    select pggit.tag('v1');
    select pggit.configure_tracking(ignore_schemas => '{noise}');
    create schema noise; create table noise.quiet (id int);
    select pggit.create_branch('release/1');
    create index on a (b);
    drop view v";

/// Runs a program that must succeed, its input from a string; gives what it printed.
#[track_caller]
fn piped(clients: &Clients, program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut child = Command::new(clients.program(program))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{program}: {e}"));
    let mut stdin = child.stdin.take().expect("a pipe");
    let bytes = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().expect("its output");
    // A program that reads no input has gone by then.
    let _ = writer.join();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn load(clients: &Clients, db: &Database, script: &[u8]) {
    piped(clients, "psql", &["-qXo", "/dev/null", "-v", "ON_ERROR_STOP=1", &db.url()], script);
}

/// A way from a dump into an empty database.
type Way = fn(&Clients, &Database, &Database);

const WAYS: &[(&str, Way)] = &[
    ("pg_dump | psql", |clients, from, to| load(clients, to, &piped(clients, "pg_dump", &[&from.url()], b""))),
    ("pg_dump --no-owner | psql", |clients, from, to| load(clients, to, &piped(clients, "pg_dump", &["--no-owner", &from.url()], b""))),
    ("pg_dump -Fc | pg_restore", |clients, from, to| {
        piped(clients, "pg_restore", &["-d", &to.url()], &piped(clients, "pg_dump", &["-Fc", &from.url()], b""));
    }),
    ("pg_dump -s | psql, pg_dump -a | psql", |clients, from, to| {
        load(clients, to, &piped(clients, "pg_dump", &["-s", &from.url()], b""));
        load(clients, to, &piped(clients, "pg_dump", &["-a", &from.url()], b""));
    }),
    ("pg_restore -s, pg_restore -a", |clients, from, to| {
        let dump = piped(clients, "pg_dump", &["-Fc", &from.url()], b"");
        piped(clients, "pg_restore", &["-s", "-d", &to.url()], &dump);
        piped(clients, "pg_restore", &["-a", "-d", &to.url()], &dump);
    }),
    ("pg_dump -n public, then -n pggit", |clients, from, to| {
        to.connect().run("drop schema public");
        load(clients, to, &piped(clients, "pg_dump", &["-n", "public", "-n", "noise", &from.url()], b""));
        load(clients, to, &piped(clients, "pg_dump", &["-n", "pggit", &from.url()], b""));
        // a privilege that every database begins with is in no dump
        to.connect().run("grant usage on schema public to public");
    }),
    ("create database template", |_, from, to| {
        let (source, target) = (name(from), name(to));
        let mut admin = from.beside("postgres");
        admin.run(&format!("drop database {target} with (force)"));
        admin.run(&format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{source}'"));
        admin.run(&format!("create database {target} template {source}"));
    }),
];

fn name(db: &Database) -> String {
    db.url().rsplit_once('/').expect("a URL with a database").1.to_owned()
}

/// Every commit, without its id where it was left for the copy to make: its transaction has another number there.
fn log(session: &mut pggit_tests::Session) -> Vec<String> {
    session.column("select case when message like '%late%' then '' else commit_id end || message from pggit.log(null, 1000)")
}

/// Something in the middle: a transaction with an old snapshot, whose changes whoever folds reads again.
fn leave_staged(db: &Database) {
    db.connect().run("begin isolation level repeatable read; create table late (id int); alter table a add late int; commit");
}

fn sources() -> Vec<(Database, Clients)> {
    let with_clients = |server: &Server| Clients::of(server.version).map(|clients| (Database::installed_on(server), clients));
    servers().iter().filter_map(with_clients).collect()
}

#[test]
fn a_restored_history_is_intact_and_goes_on() {
    for (mut db, clients) in sources() {
        db.session.run(SOURCE);
        db.session.run("select pggit.settle()");
        leave_staged(&db);
        for (way, restore) in WAYS {
            let to = db.empty_beside();
            restore(&clients, &db, &to);
            let mut session = to.connect();
            session.run("set statement_timeout = '60s'");
            Repository::connect(&to.url()).expect(way).install(&mut |_| {}).unwrap_or_else(|e| panic!("{way}: {e}"));
            session.assert_no_drift(way);
            db.session = db.connect();
            assert_eq!(log(&mut session), log(&mut db.session), "{way}: the log");
            let faults = session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
            assert!(faults.is_empty(), "{way}: {faults:#?}");
            assert_eq!(session.column("select tag_name from pggit.list_tags()"), ["v1"], "{way}");
            assert_eq!(session.column("select branch_name from pggit.list_branches()"), ["main", "release/1"], "{way}");
            assert_eq!(
                session.value("select count(*) from pggit.materialized_view_refreshes where objid = 'mv'::regclass"),
                "1",
                "{way}: what is known of refreshes"
            );
            session.run("begin; alter table m rename to o; alter table a rename column b to c; alter function f() rename to g; commit");
            assert_eq!(
                session.column(
                    "select object_type || ' ' || previous_identity || ' ' || object_identity from pggit.show('HEAD') where operation = 'rename' order by 1"
                ),
                [
                    "function public.f() public.g()",
                    "table column public.a.b public.a.c",
                    "table column public.m.id public.o.id",
                    "table public.m public.o"
                ],
                "{way}: renames are renames"
            );
            session.run("drop table a cascade; create table noise.more (id int)");
            assert_eq!(session.value("select message from pggit.log(null, 1)"), "DROP TABLE public.a and 1 more", "{way}");
            let wrong = session.column("select component || ' ' || status || ' ' || details from pggit.status() where component in ('Addresses', 'Drift', 'Errors', 'Tracking') and status not in ('none', 'enabled')");
            assert!(wrong.is_empty(), "{way}: {wrong:#?}");
        }
    }
}

/// With the `pg_dump` of the version that it moves to, as PostgreSQL advises, and with its own.
#[test]
fn a_history_moves_to_a_newer_version() {
    let (Some(old), Some(new)) = (servers().iter().min_by_key(|s| s.version), servers().iter().max_by_key(|s| s.version)) else { return };
    let (Some(before), Some(after)) = (Clients::of(old.version), Clients::of(new.version)) else { return };
    for dumping in [&before, &after] {
        let mut db = Database::installed_on(old);
        db.session.run(SOURCE);
        db.session.run("select pggit.settle()");
        leave_staged(&db);
        let to = Database::empty_on(new);
        load(&after, &to, &piped(dumping, "pg_dump", &[&db.url()], b""));
        let mut session = to.connect();
        Repository::connect(&to.url()).expect("connect").install(&mut |_| {}).expect("install");
        session.assert_no_drift("moving to a newer version");
        db.session = db.connect();
        assert_eq!(log(&mut session), log(&mut db.session));
        let tree = "select tree_id from pggit.commits where commit_id = pggit.resolve_revision('HEAD')";
        assert_eq!(session.value(tree), db.session.value(tree), "what is the same has the same ids");
        let faults = session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
        assert!(faults.is_empty(), "{faults:#?}");
        let [there, here] = [&mut db.session, &mut session].map(|s| {
            s.run("begin; alter table m rename to o; alter table a rename column b to c; commit");
            s.column("select operation || ' ' || object_type || ' ' || object_identity from pggit.show('HEAD') order by 1")
        });
        assert_eq!(here, there);
        assert!(here.contains(&"rename table public.o".to_owned()), "{here:#?}");
        session.assert_no_drift("going on in a newer version");
    }
}

#[test]
fn status_says_what_a_restore_has_left_out() {
    for (mut db, clients) in sources() {
        db.session.run(SOURCE);
        let to = db.empty_beside();
        to.connect().run("drop schema public");
        load(&clients, &to, &piped(&clients, "pg_dump", &["-n", "public", "-n", "noise", "-n", "pggit", &db.url()], b""));
        let mut session = to.connect();
        // in a transaction that may write nothing, so that nothing is mended on the way
        session.run("begin read only");
        let said = session.column("select component || ' ' || status || ' ' || details from pggit.status()");
        session.run("rollback");
        assert!(
            said.iter().any(|s| s.starts_with("Tracking broken") && s.contains("event triggers") && s.contains("pggit install")),
            "{said:#?}"
        );
        assert!(said.iter().any(|s| s.starts_with("Addresses foreign") && s.contains("pggit install")), "{said:#?}");
        assert_eq!(session.value("select status from pggit.status() where component = 'Addresses'"), "mended");

        let bare = db.empty_beside();
        load(&clients, &bare, &piped(&clients, "pg_dump", &["-s", &db.url()], b""));
        let mut session = bare.connect();
        session.run("create table before_the_data (id int)");
        assert_eq!(session.value("select component || ' ' || status from pggit.status()"), "HEAD empty");
        let report = Repository::connect(&bare.url()).expect("connect").install(&mut |_| {}).expect("begin anew");
        assert!(!report.upgraded && report.initial_commit.is_some(), "{report:?}");
        session.run("create table after_it (id int)");
        session.assert_no_drift("beginning anew");
        assert_eq!(session.value("select count(*) from pggit.log()"), "2");
    }
}

#[test]
fn what_happens_before_the_mending_is_found() {
    for (mut db, clients) in sources() {
        db.session.run(SOURCE);
        let to = db.empty_beside();
        load(&clients, &to, &piped(&clients, "pg_dump", &[&db.url()], b""));
        let mut session = to.connect();
        session.run("alter table m rename to o; drop table a cascade; create table z (id int)");
        session.run("select count(*) from pggit.log()");
        let drift = session.column("select operation || ' ' || object_identity from pggit.drift()");
        assert!(drift.is_empty(), "{drift:#?}");
        let faults = session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
        assert!(faults.is_empty(), "{faults:#?}");
        session.run("alter table o rename to p");
        assert_eq!(session.value("select string_agg(operation, ' ') from pggit.show('HEAD')"), "rename rename");
    }
}

#[test]
fn a_deployment_outlives_a_restore() {
    for (mut db, clients) in sources() {
        db.session.run(SOURCE);
        db.session.run("select pggit.begin_deployment('big'); create table inside (id int); drop table m; alter table a rename to aa");
        let to = db.empty_beside();
        load(&clients, &to, &piped(&clients, "pg_dump", &[&db.url()], b""));
        Repository::connect(&to.url()).expect("connect").install(&mut |_| {}).expect("install");
        let mut session = to.connect();
        session.run("alter table inside rename to within; select pggit.end_deployment('done'); select pggit.commit('done')");
        db.session.run("alter table inside rename to within; select pggit.end_deployment('done'); select pggit.commit('done')");
        let tree = "select tree_id from pggit.commits where commit_id = pggit.resolve_revision('HEAD')";
        assert_eq!(session.value(tree), db.session.value(tree));
        session.assert_no_drift("a deployment over a restore");
    }
}

/// Nobody can read them again where the dump is restored: they are what they staged.
#[test]
fn transactions_with_old_snapshots_stay_what_they_were() {
    for (mut db, clients) in sources() {
        db.session.run("create table n (a int, x int); create table t (a int); create index i on t (a); select pggit.settle()");
        let mut other = db.connect();
        for level in ["repeatable read", "serializable"] {
            let to = db.empty_beside();
            for statement in [
                "alter table n rename to m",
                "alter table m rename a to b",
                "alter table m drop x",
                "drop index i",
                "grant select on t to public",
            ] {
                other.run(&format!("begin isolation level {level}; {statement}; commit"));
            }
            load(&clients, &to, &piped(&clients, "pg_dump", &[&db.url()], b""));
            Repository::connect(&to.url()).expect("connect").install(&mut |_| {}).expect("install");
            let told = "select c.message || ': ' || g.operation || ' ' || g.object_type || ' ' || g.object_identity || coalesce(' from ' || g.previous_identity, '')
                        from pggit.commits as c join pggit.changes as g using (commit_id)
                        where c.kind <> 'initial' order by c.commit_number, g.object_type, g.object_identity";
            let mut session = to.connect();
            assert_eq!(session.column(told), other.column(told), "{level}");
            session.assert_no_drift(level);
            other.run("alter table m rename to n; alter table n rename b to a; alter table n add x int; create index i on t (a); revoke select on t from public; select pggit.settle()");
        }
    }
}

#[test]
fn what_was_made_again_alike_while_nothing_was_captured_is_found() {
    for server in servers() {
        let mut db = Database::installed_on(server);
        db.session.run("create table a (id int); select pggit.pause_tracking(); drop table a; create table a (id int)");
        db.session.run("select pggit.resume_tracking(); select pggit.reconcile()");
        db.session.run("alter table a rename to b");
        assert_eq!(db.session.value("select string_agg(operation, ' ') from pggit.show('HEAD')"), "rename rename");
        db.assert_no_drift("making it again");
    }
}
