//! What the analysis of statements says of the locks that statements take which cannot run in a transaction, against what the server
//! does: others stand in their way, one after another, and each time that they wait it is seen what they hold and ask for.

use std::collections::BTreeMap;

use pggit_sql::analysis::analyze;
use pggit_tests::{Database, on_each_empty};

const SCHEMA: &str = "
create table t (id int primary key, a int);
create index t_a on t (a);
insert into t select n, n from generate_series(1, 50) as n;
create table p (id int, n int) partition by list (n);
create table p1 partition of p for values in (1);
";

/// Statements, and who stands in their way: lock after lock, each given up once the statement waits.
const CASES: &[(&str, &[&str])] = &[
    ("create index concurrently x on t (a)", &["t in row exclusive mode"]),
    ("create unique index concurrently x on t (id, a)", &["t in row exclusive mode"]),
    ("drop index concurrently t_a", &["t in access share mode"]),
    ("reindex table concurrently t", &["t in row exclusive mode"]),
    ("reindex index concurrently t_a", &["t in row exclusive mode"]),
    ("reindex (concurrently) table t", &["t in row exclusive mode"]),
    ("vacuum (full) t", &["t in access share mode"]),
    ("vacuum full t", &["t in access share mode"]),
    ("vacuum t", &["t in share mode"]),
    ("vacuum (analyze) t", &["t in share mode"]),
    ("analyze t", &["t in share mode"]),
    ("alter table p detach partition p1 concurrently", &["p in access share mode", "p1 in access share mode"]),
];

const STRENGTHS: [&str; 5] = ["SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"];

/// The strongest lock on each table that others notice, held or asked for.
fn locks_of(db: &mut Database, process: &str, into: &mut BTreeMap<String, usize>) {
    let held = db.session.column(&format!(
        "select c.relname || ' ' || l.mode from pg_locks as l join pg_class as c on c.oid = l.relation
         where l.pid = {process} and c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'm')"
    ));
    for lock in held {
        let (name, mode) = lock.split_once(' ').expect("a name and a mode");
        let is_it = |strength: &&str| mode.eq_ignore_ascii_case(&format!("{}Lock", strength.replace(' ', "")));
        if let Some(strength) = STRENGTHS.iter().position(is_it) {
            let known = into.entry(name.to_owned()).or_insert(strength);
            *known = strength.max(*known);
        }
    }
}

/// Runs a statement while others hold locks.
fn run(db: &mut Database, statement: &str, ways: &[&str]) -> BTreeMap<String, usize> {
    let mut blockers: Vec<_> = ways.iter().map(|_| db.connect()).collect();
    for (blocker, way) in blockers.iter_mut().zip(ways) {
        blocker.run(&format!("begin; lock table {way}"));
    }
    let mut session = db.connect();
    let process = session.value("select pg_backend_pid()");
    let mut locks = BTreeMap::new();
    std::thread::scope(|scope| {
        let ran = scope.spawn(|| session.run(statement));
        for mut blocker in blockers {
            let own = blocker.value("select pg_backend_pid()");
            let waits = format!("select {own} = any (pg_blocking_pids({process}))");
            while !ran.is_finished() && db.session.value(&waits) != "true" {
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            locks_of(db, &process, &mut locks);
            blocker.run("rollback");
        }
        ran.join().expect("the statement runs");
    });
    locks
}

#[test]
fn locks_of_what_runs_outside_transactions_are_what_the_server_takes() {
    on_each_empty(|db| {
        let mut wrong = Vec::new();
        for (statement, ways) in CASES {
            db.session.run("drop schema public cascade; create schema public");
            db.session.run(SCHEMA);
            let taken: Vec<_> = run(db, statement, ways).into_iter().map(|(name, s)| format!("{name} {}", STRENGTHS[s])).collect();
            let analyses = analyze(statement).expect("SQL");
            let findings = analyses.iter().flat_map(|a| &a.findings).filter(|f| f.rule == "locks_table");
            let mut told: Vec<_> = findings
                .map(|f| {
                    format!(
                        "{} {}",
                        f.object.as_ref().map(|o| o.name.clone()).unwrap_or_default(),
                        f.message.split(':').next().unwrap_or_default()
                    )
                })
                .collect();
            // The text does not tell the table that an index belongs to.
            for lock in told.iter_mut().filter(|lock| lock.starts_with("t_a ")) {
                *lock = lock.replacen("t_a", "t", 1);
            }
            told.sort();
            if told != taken {
                wrong.push(format!("PostgreSQL {}: {statement}: told {told:?}, taken {taken:?}", db.version()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}
