//! Law 1 as a property: after each statement of any script, the index equals a full snapshot.

use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

use pggit_tests::random_ddl::{Script, scripts};
use pggit_tests::{Database, Session, on_each, said};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// The seeds of the scripts that run on each server, one a script: the usual ones, always the same; or as many others as `PGGIT_SCRIPTS` says, from
/// `PGGIT_SEED` on or from one that no run had before.
pub fn seeds(usual: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|n| n.parse().unwrap_or_else(|_| panic!("{name} is no number")));
    let Some(count) = number("PGGIT_SCRIPTS") else { return 0..usual };
    let first = number("PGGIT_SEED").unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
        u64::try_from(now.as_millis()).expect("the clock is not that far")
    });
    first..first + count
}

/// What makes one script of a seed, and smaller ones of it.
pub fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: 1, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Commands on event triggers fire none.
pub const DRIFT: &str =
    "select operation || ' ' || object_type || ' ' || object_identity || coalesce(': ' || new_definition::text, '') from pggit.drift()
     where object_type <> 'event trigger'
     union all
     select 'failed: ' || event_data::text from pggit.system_events where event_type in ('capture_failed', 'version_failed')";

/// What a script may leave behind that belongs to no schema of its own.
const LEFT: &str = "
    select format('drop %s if exists %s cascade', type, identity)
    from (
        select 'extension' as type, quote_ident(extname) as identity from pg_extension where extname <> 'plpgsql'
        union all select i.type, i.identity
        from pg_class as c
        cross join pg_identify_object('pg_class'::regclass, c.oid, 0) as i
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'S', 'p', 'f')
        union all select 'subscription', quote_ident(subname) from pg_subscription as s join pg_database as d on d.oid = s.subdbid where d.datname = current_database()
        union all select 'publication', quote_ident(pubname) from pg_publication
        union all select 'event trigger', quote_ident(evtname) from pg_event_trigger where evtname !~ '^pggit_'
        union all select 'foreign data wrapper', quote_ident(fdwname) from pg_foreign_data_wrapper
        union all select 'language', quote_ident(lanname) from pg_language where oid >= 16384
        union all select 'access method', quote_ident(amname) from pg_am where oid >= 16384
        union all select 'schema', quote_ident(nspname) from pg_namespace where nspname in ('a', 'B b', 'k1', 'K 2', 't1', 't2', 'v1', 'noise')
    ) as d";

/// Ends a session, and with it its temporary objects.
pub fn end(session: Session, observer: &mut Session, backend: &str) {
    drop(session);
    while observer.value(&format!("select count(*) from pg_stat_activity where pid = {backend}")) != "0" {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// What transactions are prepared in this database.
const PREPARED: &str = "select gid from pg_prepared_xacts where database = current_database()";

const UNDO_PREPARED: &str = "rollback prepared 'random'";

/// What is staged in a deployment is not reconciled before it ends.
const END_DEPLOYMENT: &str = "select pggit.end_deployment('done') from pggit.repository where active_deployment is not null";

/// Schemas that nothing is followed in.
const IGNORED_SCHEMAS: &str = "
    select n.oid || n.nspname
    from pg_namespace as n
    where pggit.directive_of(obj_description(n.oid, 'pg_namespace'), 'schema') is false";

/// What is visible and locked by a transaction that is prepared: views that read it cannot be printed.
const LOCKED: &str = "
    select l.relation
    from pg_locks as l
    join pg_class as c on c.oid = l.relation
    where l.pid is null and l.mode = 'AccessExclusiveLock' and l.database = (select oid from pg_database where datname = current_database())";

/// What a script has come to, as far as it matters to who looks at it.
#[derive(Default)]
struct State {
    was_isolated: bool,
    is_prepared: bool,
    ignored_schemas: Vec<String>,
}

/// The commands of a statement that are sent one by one; what is prepared does not outlive it.
fn parts(statement: &str) -> Vec<&str> {
    let mut parts: Vec<_> = statement.split(";; ").collect();
    if statement.contains("prepare transaction") {
        parts.extend(["rollback", UNDO_PREPARED]);
    }
    parts
}

/// Runs a command; how the index differs from the catalogs then.
fn found_after(session: &mut Session, command: &str, state: &mut State) -> Vec<String> {
    let failed = session.attempt(command).is_err();
    state.was_isolated |= command.contains("isolation level");
    if command.contains("set role") || command.contains("authorization") {
        session.attempt("reset session authorization; reset role").ok();
    }
    if failed && session.attempt("select 1").is_err() {
        session.run("rollback");
    } else if failed && !command.contains("concurrently") && !command.contains("commit") {
        // It has changed nothing, unless it has transactions of its own.
        return Vec::new();
    }
    if session.value("select current_setting('transaction_isolation')") != "read committed" {
        state.was_isolated = true;
        return Vec::new();
    }
    if command.contains("prepare") {
        let was_prepared = state.is_prepared;
        state.is_prepared = !session.column(PREPARED).is_empty();
        session.run(if state.is_prepared { "set lock_timeout = '100ms'" } else { "set lock_timeout = '5s'" });
        if was_prepared && !state.is_prepared {
            // what could not be read for its locks is found by a look
            session.run(END_DEPLOYMENT);
            session.run(
                "select pggit.settle(); select pggit.reconcile() from pggit.system_events where event_type = 'capture_failed' limit 1;
                 delete from pggit.system_events where event_type = 'capture_failed' and event_data ->> 'sqlstate' = '55P03'",
            );
        }
    }
    let kept = session.column(IGNORED_SCHEMAS);
    if state.ignored_schemas.iter().any(|schema| !kept.contains(schema)) {
        // what happened in a schema that is followed again is drift
        session.run(END_DEPLOYMENT);
        session.run("select pggit.reconcile()");
    }
    state.ignored_schemas = kept;
    if std::mem::take(&mut state.was_isolated) {
        session.run("select pggit.settle()");
    }
    if state.is_prepared && !session.column(LOCKED).is_empty() {
        return Vec::new();
    }
    let mut found = session.column(DRIFT);
    found.retain(|line| !line.contains("\"sqlstate\": \"55P03\""));
    found
}

/// Runs a script from an empty start; the first statement after which the index is not what the catalogs say. In a transaction with an old
/// snapshot nobody can know that before it ends.
fn first_breach(db: &mut Database, (beginning, script): &Script) -> Option<String> {
    let mut session = db.connect();
    session.run("set lock_timeout = '5s'");
    let backend = session.value("select pg_backend_pid()");
    let mut breach = None;
    let mut state = State::default();
    for statement in beginning {
        session.attempt(statement).ok();
    }
    'script: for (place, statement) in std::iter::once("select").chain(script.iter().map(String::as_str)).enumerate() {
        for part in parts(statement) {
            let found = found_after(&mut session, part, &mut state);
            if !found.is_empty() {
                breach = Some(format!("after statement {place}, {statement}, at {part}\n{found:#?}"));
                break 'script;
            }
        }
    }
    session.attempt("rollback").ok();
    session.attempt(UNDO_PREPARED).ok();
    end(session, &mut db.session, &backend);
    let session = &mut db.session;
    let found = session.column(DRIFT);
    if breach.is_none() && !found.is_empty() {
        breach = Some(format!("after the session\n{found:#?}"));
    }
    let faults = session.column("select check_name || ': ' || details from pggit.verify_consistency() where status = 'error'");
    if breach.is_none() && !faults.is_empty() {
        breach = Some(format!("at the end\n{faults:#?}"));
    }
    session.run(END_DEPLOYMENT);
    let was_ignoring = !session.column(IGNORED_SCHEMAS).is_empty();
    let left = session.column(LEFT);
    // What went with an earlier one, or is owned by a later one, fails: once more for those.
    for statement in left.iter().chain(&left) {
        session.attempt(statement).ok();
    }
    session.run("drop owned by random_role cascade");
    for statement in [
        "revoke execute on functions from random_role",
        "grant execute on functions to current_user, public",
        "grant usage on types to current_user, public",
        "revoke usage on schemas from current_user",
    ] {
        session.run(&format!("alter default privileges {statement}"));
    }
    if was_ignoring {
        session.run("select pggit.reconcile()");
    }
    let found = session.column(DRIFT);
    if breach.is_none() && !found.is_empty() {
        breach = Some(format!("after the cleaning\n{found:#?}"));
    }
    if breach.is_some() {
        session.run("delete from pggit.system_events; select pggit.reconcile(); delete from pggit.system_events");
    }
    breach
}

/// The role that the scripts speak of.
pub fn prepare(db: &mut Database) {
    db.session.run("do $$ begin create role random_role; exception when duplicate_object or unique_violation then null; end $$");
}

#[test]
fn the_index_equals_a_snapshot_after_any_script() {
    on_each(|db| {
        prepare(db);
        db.session.run("select pggit.configure_tracking(ignore_schemas => '{noise}')");
        let database = RefCell::new(&mut *db);
        let mut failures = Vec::new();
        let seeds = seeds(150);
        said(&format!("random scripts of the seeds {seeds:?}"));
        for (count, seed) in seeds.enumerate() {
            if count > 0 && count % 100 == 0 {
                said(&format!("{count} done, {} failed", failures.len()));
            }
            let outcome = runner(seed).run(&scripts(25), |script| match first_breach(&mut database.borrow_mut(), &script) {
                None => Ok(()),
                Some(breach) => Err(TestCaseError::fail(breach)),
            });
            if let Err(failure) = outcome {
                failures.push(format!("PGGIT_SEED={seed} PGGIT_SCRIPTS=1 runs it again: {failure}"));
                said(&failures[failures.len() - 1]);
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    });
}
