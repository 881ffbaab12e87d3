//! What a SERIALIZABLE transaction records, though it must not read beside the rows of others.

use pggit_tests::on_each;

/// How many staged changes have a statement with them.
const KEPT: &str = "select count(*) from pggit.staged_changes where (sent).session_user_name is not null";

/// The statement is kept with its first command: with each of them, a script would take the square of its length.
#[test]
fn a_long_statement_is_kept_once() {
    on_each(|db| {
        db.session.run("create table public.before (a int); select pggit.settle()");
        db.session.run("set default_transaction_isolation = 'serializable'");
        let script: Vec<_> =
            (0..30).map(|n| format!("create table t{n} (a int); comment on table t{n} is 'of {n}'; drop table if exists d{n}")).collect();
        db.session.run(&script.join("; "));
        assert_eq!(db.session.value(KEPT), "1");
        // Half a minute where each command looks at all of the block, as long as it is.
        db.session.run("set statement_timeout = '6s'");
        let long = "-- it's a \"note\" of $1 / 2 * 3\n".repeat(4000);
        db.session.run(&format!(
            "do $$ begin {long} for n in 1..200 loop execute format('create function f%s() returns int language sql as ''select 1''', n); end loop; end $$"
        ));
        assert_eq!(db.session.value(KEPT), "2");
        db.session.run("set default_transaction_isolation = 'read committed'");
        db.assert_no_drift_once_folded("the script and the block");
        assert_eq!(
            db.session.column(
                "select left(statement, 20) || ' ' || (length(statement) > 1000) from pggit.statements order by statement_id desc limit 2"
            ),
            ["do ''***'' false".replace("''", "'"), "create table t0 (a i true".into()]
        );
    });
}

#[test]
fn a_statement_is_kept_with_a_command_that_stays() {
    on_each(|db| {
        db.session.run("set default_transaction_isolation = 'serializable'");
        db.session.run(
            "begin; savepoint s; create table gone (a int); rollback to s; create table here (a int); create table there (a int); commit",
        );
        assert_eq!(db.session.value(KEPT), "1");
        db.session.run("do $$ begin begin create table gone (a int); raise division_by_zero; exception when division_by_zero then create table kept (a int); end; end $$");
        db.session.run("drop table kept");
        db.session.run("set default_transaction_isolation = 'read committed'");
        db.assert_no_drift_once_folded("what stayed");
        let statements = db.session.column("select left(statement, 10) from pggit.statements order by statement_id");
        assert_eq!(statements, ["begin; sav", "do '***'", "drop table"]);
    });
}

/// The place of what is kept is a setting: it is looked at, not believed.
#[test]
fn a_forged_place_hides_no_statement() {
    on_each(|db| {
        db.session.run("create table public.first (a int)");
        db.session.run("create table public.other (a int)");
        let place = db.session.value("select min(ctid) from pggit.staged_changes where (sent).session_user_name is not null");
        for (n, forged) in [place.as_str(), "(0,1)", "(999999999,9999)", "(99999999999,1)", "(0,99999)", "١", "", "x"].iter().enumerate() {
            db.session.run("begin isolation level serializable");
            db.session.run(&format!("set local pggit.kept_statement = '{forged}'"));
            db.session.run(&format!("create table mine{n} (a int)"));
            assert_eq!(
                db.session.value("select count(*) from pg_locks where mode = 'SIReadLock' and pid = pg_backend_pid() and relation = 'pggit.staged_changes'::regclass and page is null"),
                "0",
                "{forged}"
            );
            db.session.run("commit");
            assert_eq!(
                db.session.value(&format!("select count(*) from pggit.statements where statement like '%mine{n} %'")),
                "1",
                "{forged}"
            );
        }
        assert_eq!(db.session.value("select count(*) from pggit.system_events where event_type = 'capture_failed'"), "0");
    });
}

#[test]
fn looking_for_what_is_kept_reads_no_row_of_others() {
    on_each(|db| {
        db.session.run("create table public.other (a int)");
        db.session.run("set enable_tidscan = off; begin isolation level serializable");
        db.session.run(
            "create table a (a int); create table b (a int); drop table a; create function f() returns int language sql as 'select 1'",
        );
        assert_eq!(
            db.session.value("select count(*) from pg_locks where mode = 'SIReadLock' and pid = pg_backend_pid() and relation in (select oid from pg_class where relname like 'staged_changes%')"),
            "0"
        );
        db.session.run("commit");
    });
}
