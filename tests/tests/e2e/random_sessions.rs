//! Laws 2 and 3 as a property: whatever eight sessions do at once, nobody fails because of pgGit, and each transaction that commits with changes
//! is one commit.

use std::thread;

use pggit_tests::random_ddl::{Block, blocks, home_of};
use pggit_tests::{Database, Session, on_each, said};
use proptest::strategy::{Strategy as _, ValueTree as _};

use crate::random::{DRIFT, end, prepare, runner, seeds};

const SESSIONS: usize = 8;

/// What came of statements: nothing, or the message of the error without numbers that differ from run to run.
type Outcomes = Vec<(String, Option<String>)>;

fn attempt(session: &mut Session, statement: &str, outcomes: &mut Outcomes) -> bool {
    let outcome = session.attempt(statement).err();
    let failed = outcome.is_some();
    outcomes.push((statement.to_owned(), outcome.map(|message| message.chars().filter(|c| !c.is_ascii_digit()).collect())));
    !failed
}

/// Does what a block says. Each transaction leaves a function that nothing else touches.
fn run(session: &mut Session, block: &Block, marker: &str) -> Outcomes {
    let mut outcomes = Vec::new();
    let Some(begin) = block.begin else {
        for statement in &block.statements {
            attempt(session, statement, &mut outcomes);
        }
        return outcomes;
    };
    session.run(begin);
    session.run(&format!("create function markers.{marker}() returns int language sql as 'select 1'"));
    let mut undone = "";
    for (place, statement) in block.statements.iter().enumerate() {
        if block.undone_from == Some(place) {
            session.attempt("savepoint undone").ok();
            undone = "rollback to savepoint undone";
        }
        if block.has_savepoints {
            session.run("savepoint each");
        }
        let succeeded = attempt(session, statement, &mut outcomes);
        match (succeeded, block.has_savepoints) {
            (true, true) => session.run("release savepoint each"),
            (false, true) => session.run("rollback to savepoint each"),
            // nothing but an end helps
            (false, false) => break,
            (true, false) => {}
        }
    }
    session.attempt(undone).ok();
    if block.commits {
        attempt(session, "commit", &mut outcomes);
    } else {
        session.run("rollback");
    }
    // a COMMIT that fails has ended it, and so has one of an aborted transaction
    outcomes
}

fn marker(session: usize, place: usize) -> String {
    format!("m_{session}_{place}")
}

fn settings(session: &mut Session, number: usize) {
    session.run(&format!("set lock_timeout = '20s'; set deadlock_timeout = '200ms'; set search_path = s{number}"));
}

/// Every session's blocks at once: what came of each.
fn at_once(db: &mut Database, scripts: &[Vec<Block>]) -> Vec<Vec<Outcomes>> {
    let sessions: Vec<_> = scripts.iter().map(|_| db.connect()).collect();
    let ended: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = sessions
            .into_iter()
            .zip(scripts)
            .enumerate()
            .map(|(number, (mut session, blocks))| {
                scope.spawn(move || {
                    settings(&mut session, number + 1);
                    let outcomes: Vec<_> =
                        blocks.iter().enumerate().map(|(place, block)| run(&mut session, block, &marker(number + 1, place))).collect();
                    (session, outcomes)
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().expect("a session's thread")).collect()
    });
    ended
        .into_iter()
        .map(|(mut session, outcomes)| {
            let backend = session.value("select pg_backend_pid()");
            end(session, &mut db.session, &backend);
            outcomes
        })
        .collect()
}

/// What came of a session's own blocks without pgGit and without anybody beside it.
fn alone(db: &mut Database, number: usize, blocks: &[Block]) -> Vec<Outcomes> {
    let mut session = db.connect();
    settings(&mut session, number);
    let outcomes = blocks
        .iter()
        .enumerate()
        .map(|(place, block)| if block.is_own { run(&mut session, block, &marker(number, place)) } else { Vec::new() });
    outcomes.collect()
}

fn make_homes(session: &mut Session) {
    session.run("create schema markers");
    for statement in (0..=SESSIONS).flat_map(home_of) {
        session.run(&statement);
    }
}

/// What is wrong after the sessions; `left` are the markers whose transactions have committed.
fn faults(session: &mut Session) -> Vec<String> {
    // reading a view of another's open transaction is given up at once, on record, and mended by the next look
    let given_up = session
        .value("select count(*) from pggit.system_events where event_type = 'capture_failed' and event_data ->> 'sqlstate' = '55P03'");
    if given_up != "0" {
        said(&format!("{given_up} times given up waiting"));
        session.run("select pggit.reconcile(); delete from pggit.system_events where event_type = 'capture_failed' and event_data ->> 'sqlstate' = '55P03'");
    }
    session.run("select pggit.settle()");
    let mut found = session.column(DRIFT);
    found.extend(session.column("select check_name || ': ' || details from pggit.verify_consistency() where status = 'error'"));
    found.extend(session.column(
        "select format('transactions have become one, %s: %s', commit_id, string_agg(object_identity, ', '))
         from pggit.changes join pggit.commits using (commit_id)
         where object_identity like 'markers.%' and kind <> 'out_of_band' and operation = 'create'
         group by commit_id having count(*) > 1",
    ));
    found.extend(session.column(
        "select format('%s is there %s, and in %s commits', coalesce(l.name, c.name), l.name is not null, coalesce(c.times, 0))
         from (select 'markers.' || proname || '()' as name from pg_proc where pronamespace = 'markers'::regnamespace) as l
         full join (select object_identity as name, count(*) as times from pggit.changes where object_identity like 'markers.%' group by 1) as c using (name)
         where l.name is null or c.times is distinct from 1",
    ));
    found.extend(session.column(
        "select format('transaction %s has made %s commits', transaction_id, count(*)) from pggit.commits where kind <> 'out_of_band' and transaction_id is not null
         group by transaction_id having count(*) > 1",
    ));
    found
}

/// One round: what is wrong with it.
fn round(with: &mut Database, seed: u64, long: usize) -> Vec<String> {
    let mut runner = runner(seed);
    let scripts: Vec<Vec<Block>> = (1..=SESSIONS).map(|n| blocks(n, long).new_tree(&mut runner).expect("blocks").current()).collect();
    let mut with = with.installed_beside();
    let mut without = with.empty_beside();
    make_homes(&mut with.session);
    make_homes(&mut without.session);
    let together = at_once(&mut with, &scripts);
    let mut found = faults(&mut with.session);
    for (number, (blocks, outcomes)) in scripts.iter().zip(&together).enumerate() {
        let expected = alone(&mut without, number + 1, blocks);
        for ((block, outcome), expected) in blocks.iter().zip(outcomes).zip(&expected) {
            if block.is_own && outcome != expected {
                found.push(format!("session {}: {block:#?}\nwith pgGit: {outcome:#?}\nwithout: {expected:#?}", number + 1));
            }
            found.extend(outcome.iter().filter(|(_, e)| e.as_ref().is_some_and(|e| e.contains("pggit"))).map(|o| format!("{o:?}")));
        }
    }
    found
}

#[test]
fn sessions_at_once_meet_no_error_of_ours_and_lose_nothing() {
    on_each(|db| {
        prepare(db);
        let mut failures = Vec::new();
        let seeds = seeds(32);
        said(&format!("sessions of the seeds {seeds:?}"));
        for seed in seeds.step_by(SESSIONS) {
            let found = round(db, seed, 12);
            if !found.is_empty() {
                failures.push(format!("PGGIT_SEED={seed} PGGIT_SCRIPTS={SESSIONS} runs it again: {}", found.join("\n")));
                said(&failures[failures.len() - 1]);
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    });
}
