//! Commits that a transaction makes in passing, of what others have left: so few that it does not pay for their work.

use pggit_tests::{Database, on_each};

use crate::laws::messages;

/// Changes the schema as the first for a minute.
fn after_a_quiet_minute(db: &mut Database, statement: &str) {
    db.session.run(
        "update pggit.statement_records set executed_at = executed_at - interval '1 hour';
         update pggit.staged_changes set statement_at = statement_at - interval '1 hour';
         set pggit.recorded_minute = ''",
    );
    db.session.run(statement);
}

fn waiting(db: &mut Database) -> String {
    db.session.value("select count(distinct transaction_id) from pggit.staged_changes")
}

#[test]
fn a_large_transaction_waits_for_a_look_with_all_that_came_after_it() {
    on_each(|db| {
        db.session.run("create table public.first (a int); select pggit.settle()");
        let mut other = db.connect();
        other.run("create table before (a int)");
        other.run(
            "do $$ begin for t in 1..3 loop
                 execute format('create table large%s (%s)', t, (select string_agg(format('c%s int', n), ', ') from generate_series(1, 1500) as n));
             end loop; end $$",
        );
        other.run("create table after (a int)");
        after_a_quiet_minute(db, "create table innocent (a int)");
        assert_eq!(waiting(db), "3");
        assert_eq!(
            db.session.value("select message from pggit.commit_records order by commit_number desc limit 1"),
            "CREATE TABLE public.before"
        );
        let log = messages(&mut db.session);
        assert_eq!(log.len(), 5);
        assert_eq!(
            (&*log[1], &*log[3], &*log[4]),
            ("CREATE TABLE public.before", "CREATE TABLE public.after", "CREATE TABLE public.innocent")
        );
        assert_eq!(waiting(db), "0");
        db.assert_no_drift("all of them");
    });
}

/// What is to be read again costs more than what is only to be written, and it may be few rows that say it.
#[test]
fn a_transaction_that_is_to_be_read_again_waits_for_a_look_sooner() {
    on_each(|db| {
        db.session.run("do $$ begin for n in 1..400 loop execute format('create function f%s() returns int language sql as ''select 1''', n); end loop; end $$");
        db.session.run("create table public.first (a int); select pggit.settle()");
        let role = db.role("granted");
        let mut other = db.connect();
        other.run("set default_transaction_isolation = 'serializable'");
        other.run("create table few (a int)");
        after_a_quiet_minute(db, "create table second (a int)");
        assert_eq!(waiting(db), "0");
        other.run(&format!("grant execute on all functions in schema public to {role}"));
        after_a_quiet_minute(db, "create table third (a int)");
        assert_eq!(waiting(db), "2");
        db.assert_no_drift_once_folded("all of them");
    });
}
