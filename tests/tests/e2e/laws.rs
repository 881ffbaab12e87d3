//! The laws of capture: it never harms, never waits, loses nothing, and records nothing that was rolled back.

use pggit_tests::{Session, on_each};

/// The commits since the first one, oldest first.
pub(crate) fn messages(session: &mut Session) -> Vec<String> {
    session.run("select pggit.settle()");
    session.column("select message from pggit.commits where kind <> 'initial' order by commit_number")
}

#[test]
fn an_unprivileged_role_can_work_as_ever() {
    on_each(|db| {
        let role = db.role("worker");
        db.session.run(&format!("create schema own authorization {role}"));
        let mut worker = db.connect_as(&role);
        worker.run("create table own.t (a int primary key)");
        worker.run("alter table own.t add b text; create view own.v as select * from own.t; drop view own.v");
        assert!(worker.fail("select * from pggit.commits").contains("permission denied"));
        db.assert_no_drift("the worker's changes");
        assert_eq!(db.session.value("select author from pggit.log(null, 1)"), role);
        let statement =
            db.session.value("select session_user_name || ' ' || statement from pggit.statements order by statement_id desc limit 1");
        assert!(statement.starts_with(&format!("{role} alter table own.t")), "{statement}");
    });
}

#[test]
fn the_role_that_was_set_is_on_record() {
    on_each(|db| {
        let role = db.role("acting");
        db.session.run(&format!("grant create on schema public to {role}"));
        db.session.run(&format!("set role {role}"));
        db.session.run("create table public.t (a int)");
        db.session.run("reset role");
        assert_eq!(
            db.session.value("select session_user_name || ' as ' || role_name from pggit.statements order by statement_id desc limit 1"),
            format!("postgres as {role}")
        );
    });
}

/// A command that somebody's trigger answers with another is two events, and each keeps the statement; psql sends the semicolon too.
#[test]
fn a_statement_of_one_command_is_on_record_once() {
    on_each(|db| {
        db.session.run("create function public.follow() returns event_trigger language plpgsql as $$ begin if tg_tag = 'CREATE SCHEMA' then create table public.followed (a int); end if; end $$");
        db.session.run("create event trigger follow on ddl_command_end execute function public.follow()");
        db.session.run("select pggit.reconcile()");
        db.session.run("create schema led;");
        let kept = "select count(*) from pggit.staged_changes where (sent).statement = 'create schema led;'";
        assert_eq!(db.session.value(kept), "2");
        assert_eq!(db.session.value("select count(*) from pggit.statements where statement = 'create schema led;'"), "1");
        let of_changes = "select c.object_identity from pggit.changes as c join pggit.statements as s using (statement_id) where s.statement = 'create schema led;' order by 1";
        assert_eq!(db.session.column(of_changes), ["led", "public.followed", "public.followed.a"]);
        db.assert_no_drift("a statement of two events");
    });
}

#[test]
fn odd_names_are_recorded_exactly() {
    on_each(|db| {
        let long = "x".repeat(63);
        let names = ["Mixed Case", "quo\"te", "täble", "表", "tab\there", "new\nline", "back\\slash", "select", &long, "a.b", "%s $1 ' --"];
        for name in names {
            let quoted = format!("\"{}\"", name.replace('"', "\"\""));
            db.session.run(&format!("create schema {quoted}"));
            db.session
                .run(&format!("create table {quoted}.{quoted} ({quoted} int primary key, b text default '{}')", name.replace('\'', "''")));
            db.session.run(&format!("create index on {quoted}.{quoted} (b); comment on table {quoted}.{quoted} is 'odd'"));
            db.session.run(&format!("alter table {quoted}.{quoted} rename column {quoted} to plain"));
            db.assert_no_drift(name);
            db.session.run(&format!("drop schema {quoted} cascade"));
            db.assert_no_drift(name);
        }
    });
}

#[test]
fn what_rolls_back_leaves_no_trace() {
    on_each(|db| {
        db.session
            .run("begin; create table public.gone (a int); create function public.f() returns int language sql as 'select 1'; rollback");
        assert_eq!(db.session.value("select count(*) from pggit.commits where kind <> 'initial'"), "0");
        assert_eq!(db.session.value("select count(*) from pggit.statements"), "0");
        assert_eq!(db.session.value("select count(*) from pggit.staged_changes"), "0");
        db.session.run("begin; create table public.kept (a int); savepoint s; create table public.undone (a int); alter table public.kept add b int; rollback to s; alter table public.kept add c int; commit");
        assert_eq!(
            db.session.column("select object_identity from pggit.show('HEAD') order by sequence"),
            ["public.kept", "public.kept.a", "public.kept.c"]
        );
        db.assert_no_drift("the savepoint");
        db.session.run("do $$ begin create table public.inside (a int); begin create table public.failed (a int); perform 1 / 0; exception when division_by_zero then null; end; end $$");
        assert_eq!(db.session.column("select object_identity from pggit.show('HEAD') where object_type = 'table'"), ["public.inside"]);
        db.assert_no_drift("the DO block");
    });
}

#[test]
fn one_transaction_is_one_commit() {
    on_each(|db| {
        db.session.run("begin; create table public.a (i int); create table public.b (i int); alter table public.a add j int; drop table public.b; commit");
        assert_eq!(messages(&mut db.session), ["CREATE TABLE public.a"]);
        assert_eq!(
            db.session.column("select operation || ' ' || object_identity from pggit.show('HEAD')"),
            ["create public.a", "create public.a.i", "create public.a.j"]
        );
        db.session.run("begin; create table public.c (i int); drop table public.c; commit");
        assert_eq!(messages(&mut db.session).len(), 1, "what is gone in the end is no commit");
        db.session.run("create procedure public.p() language plpgsql as $$ begin create table public.p1 (i int); commit; create table public.p2 (i int); rollback; create table public.p3 (i int); end $$");
        db.session.run("call public.p()");
        assert_eq!(messages(&mut db.session)[2..], ["CREATE TABLE public.p1", "CREATE TABLE public.p3"]);
        db.assert_no_drift("the procedure");
    });
}

#[test]
fn constraints_set_immediate_still_make_one_commit() {
    on_each(|db| {
        db.session.run("begin; create table public.a (i int); set constraints all immediate; alter table public.a add j int; create table public.b (i int); alter table public.a rename to z; drop table public.b; commit");
        assert_eq!(messages(&mut db.session).len(), 1);
        assert_eq!(
            db.session.column("select operation || ' ' || object_identity from pggit.show('HEAD') order by object_identity"),
            ["create public.z", "create public.z.i", "create public.z.j"]
        );
        db.assert_no_drift("the transaction");
        verify_hashes(&mut db.session);
    });
}

#[test]
fn a_message_given_inside_the_transaction_is_the_commits() {
    on_each(|db| {
        db.session
            .run("begin; create table public.a (i int); select pggit.commit('Add a', array['v1']); alter table public.a add j int; commit");
        assert_eq!(messages(&mut db.session), ["Add a"]);
        assert_eq!(db.session.value("select count(*) from pggit.show('HEAD')"), "3");
        assert_eq!(db.session.value("select commit_id = pggit.resolve_revision('HEAD') from pggit.tags where tag_name = 'v1'"), "true");
        verify_hashes(&mut db.session);
    });
}

/// Recomputes every hash in the database.
pub(crate) fn verify_hashes(session: &mut Session) {
    let wrong = session.column("select commit_id from pggit.commit_records as c where commit_id <> pggit.commit_hash(parent_ids, tree_id, kind, message, author, authored_at, changes_id, notes_id)
        or changes_id <> (select pggit.sha256_hex(coalesce(string_agg(pggit.change_line(operation, object_type, object_identity, previous_identity, old_definition_id, new_definition_id), '' order by sequence), ''))
                          from pggit.commit_changes as g where g.commit_number = c.commit_number)
        or changes_count <> (select count(*) from pggit.commit_changes as g where g.commit_number = c.commit_number)");
    assert!(wrong.is_empty(), "{wrong:?}");
    let wrong = session.column("select definition_id from pggit.blobs where definition_id <> pggit.sha256_hex(definition::text)");
    assert!(wrong.is_empty(), "{wrong:?}");
    let wrong = session.column("select definition_id from pggit.elements except select definition_id from pggit.blobs");
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn an_index_that_failed_half_way_is_recorded_at_the_next_look() {
    on_each(|db| {
        db.session.run("create table t (id int); insert into t values (0), (0)");
        for statement in ["create unique index concurrently t_id on t (id)", "create index concurrently t_one on t ((1 / id))"] {
            db.session.fail(statement);
        }
        let broken = "select object_identity from pggit.tracked_objects as t join pggit.blobs using (definition_id) where definition ? 'invalid' order by 1";
        db.session.run("select pggit.settle()");
        assert_eq!(db.session.column(broken), ["public.t_id", "public.t_one"]);
        assert_eq!(db.session.value("select kind from pggit.commits order by commit_number desc limit 1"), "out_of_band");
        db.assert_no_drift("two failures");
        db.session.run("update t set id = id + 1; delete from t; insert into t values (1)");
        db.session.run("reindex index concurrently t_id");
        db.session.run("select pggit.settle()");
        assert_eq!(db.session.column(broken), ["public.t_one"]);
        db.assert_no_drift("a repair");
        let commits = db.session.value("select count(*) from pggit.commits");
        db.session.run("select pggit.settle(); select pggit.settle()");
        assert_eq!(db.session.value("select count(*) from pggit.commits"), commits, "looking again makes no commit");
    });
}

#[test]
fn a_rename_is_a_rename() {
    on_each(|db| {
        db.session.run("create table public.a (x int primary key); create view public.v as select x from public.a");
        db.session.run("alter table public.a rename to b");
        let steps = db.session.column("select operation || ' ' || object_type || ' ' || coalesce(previous_identity, '-') || ' ' || object_identity from pggit.show('HEAD') order by object_type");
        assert_eq!(steps[0], "rename table public.a public.b");
        assert!(steps.contains(&"rename table column public.a.x public.b.x".to_owned()), "{steps:?}");
        assert!(steps.contains(&"alter view - public.v".to_owned()), "{steps:?}");
        db.session.run("begin; alter table public.b rename column x to y; alter table public.b rename column y to z; commit");
        let steps = db.session.column("select operation || ' ' || coalesce(previous_identity, '-') || ' ' || object_identity from pggit.show('HEAD') where object_type = 'table column'");
        assert_eq!(steps, ["rename public.b.x public.b.z"]);
        db.session.run("create table public.l (i int); create table public.r (j int)");
        db.session
            .run("begin; alter table public.l rename to tmp; alter table public.r rename to l; alter table public.tmp rename to r; commit");
        db.assert_no_drift("swapped names");
    });
}

/// REINDEX CONCURRENTLY gives an index another oid, before 17 without an event trigger.
#[test]
fn an_index_that_was_made_anew_is_the_same_index() {
    on_each(|db| {
        db.session.run("create table public.a (i int); create index b on public.a (i); select pggit.settle()");
        db.session.run("reindex index concurrently public.b");
        assert_eq!(db.session.column("select details from pggit.verify_consistency() where status <> 'ok'"), [""; 0]);
        assert_eq!(db.session.column("select details from pggit.status() where component = 'Addresses'"), [""; 0]);
        db.session.run("alter index public.b rename to c");
        assert_eq!(
            db.session.column("select operation || ' ' || previous_identity || ' ' || object_identity from pggit.show('HEAD')"),
            ["rename public.b public.c"]
        );
        db.assert_no_drift("both");
    });
}

#[test]
fn passwords_reach_no_table() {
    on_each(|db| {
        let role = db.role("secretive");
        let texts = [
            format!("create table public.p1 (a int); alter role {role} password 'hunter2secret'"),
            format!("alter role {role} PassWord E'hunter2secret'; create table public.p2 (a int)"),
            format!("create table public.p3 (a text default 'it''s'); alter role {role} password $x$hunter2secret$x$"),
            "create extension if not exists postgres_fdw; create server s foreign data wrapper postgres_fdw; create user mapping for current_user server s options (user 'u', \"password\" 'hunter2secret'); create table public.p4 (a int)".into(),
            "create table public.p5 as select 'host=h password=hunter2secret' as c".into(),
            "create table public.p6 as select 'postgresql://u:hunter2secret@h/d' as c".into(),
            format!("create table public.p7 (a text default 'back\\'); alter role {role} password 'hunter2secret'"),
        ];
        for text in &texts {
            db.session.run(text);
        }
        let tables =
            db.session.column("select c.oid::regclass from pg_class as c where relnamespace = 'pggit'::regnamespace and relkind = 'r'");
        for table in tables {
            assert_eq!(
                db.session.value(&format!("select count(*) from {table} as t where t::text like '%hunter2secret%'")),
                "0",
                "{table} holds a password"
            );
        }
        assert_eq!(db.session.value("select count(*) from pggit.statements where statement like '%***%'"), texts.len().to_string());
    });
}

#[test]
fn a_role_without_rights_can_call_and_change_nothing() {
    on_each(|db| {
        let role = db.role("nobody");
        let open = db.session.column(&format!("select p.oid::regprocedure from pg_proc as p where pronamespace = 'pggit'::regnamespace and has_function_privilege('{role}', p.oid, 'execute')"));
        assert!(open.is_empty(), "anyone may call {open:?}");
        let open = db.session.column(&format!("select c.oid::regclass from pg_class as c where relnamespace = 'pggit'::regnamespace and relkind in ('r', 'v', 'S') and has_table_privilege('{role}', c.oid, 'select, insert, update, delete')"));
        assert!(open.is_empty(), "anyone may touch {open:?}");
        assert_eq!(db.session.value("select count(*) from pg_proc as p where pronamespace = 'pggit'::regnamespace and prosecdef and not coalesce(proconfig::text like '%search_path=pg_catalog, pg_temp%', false)"), "0");
        let mut nobody = db.connect_as(&role);
        assert!(nobody.fail("select pggit.pause_tracking()").contains("permission denied"));
        assert!(nobody.fail("drop event trigger pggit_sql_drop").contains("must be owner"));
        assert!(nobody.attempt("set event_triggers = off").is_err());
    });
}

#[test]
fn an_error_in_capture_is_on_record_and_mended() {
    on_each(|db| {
        db.session.run("alter table pggit.staged_changes add constraint sabotage check (object_identity not like '%unlucky%')");
        db.session.run("create table public.unlucky (a int)");
        assert_eq!(db.session.value("select count(*) from pggit.system_events where event_type = 'capture_failed'"), "1");
        db.session.run("alter table pggit.staged_changes drop constraint sabotage");
        assert_eq!(db.session.value("select message from pggit.log(max_count => 1)"), "Record changes made while nothing was captured");
        db.session.run("delete from pggit.system_events");
        db.assert_no_drift("the reconciliation");
        assert_eq!(db.session.value("select kind from pggit.commits order by commit_number desc limit 1"), "out_of_band");
    });
}

#[test]
fn a_transaction_that_cannot_become_a_commit_keeps_nobody_from_the_history() {
    on_each(|db| {
        db.session
            .run("alter table pggit.commit_records add constraint sabotage check (kind <> 'transaction' or message not like '%unlucky%')");
        db.session.run("create table public.before (a int)");
        db.session.run("create table public.unlucky (a int)");
        db.session.run("create table public.lucky (a int)");
        db.session.run("alter table public.unlucky add b int");
        assert_eq!(
            messages(&mut db.session),
            ["CREATE TABLE public.before", "CREATE TABLE public.lucky", "Record changes made while nothing was captured"]
        );
        assert_eq!(
            db.session.column(
                "select event_data ->> 'statements' from pggit.system_events where event_type = 'transaction_set_aside' order by event_id"
            ),
            ["[\"create table public.unlucky (a int)\"]", "[\"alter table public.unlucky add b int\"]"]
        );
        assert_eq!(db.session.value("select count(*) from pggit.verify_consistency() where status <> 'ok'"), "0");
        db.session.run("delete from pggit.system_events");
        db.assert_no_drift("what was set aside");
    });
}

/// What cannot be recorded at all is named, and tried again at each look until it can.
#[test]
fn what_cannot_be_recorded_at_all_is_named_and_waits() {
    on_each(|db| {
        db.session.run("alter table pggit.commit_changes add constraint sabotage check (object_identity not like '%unlucky%')");
        db.session.run("create table public.unlucky (a int)");
        db.session.run("create table public.lucky (a int)");
        for _ in 0..3 {
            assert!(messages(&mut db.session).is_empty());
        }
        assert!(db.session.fail("select pggit.reconcile()").contains("sabotage"));
        assert_eq!(
            db.session.value(
                "select count(*) from pggit.system_events where event_type = 'capture_failed' and event_data ->> 'in' like 'fold of %'"
            ),
            "1"
        );
        assert!(db.session.value("select details from pggit.status() where component = 'Errors'").contains("sabotage"));
        db.session.run("alter table pggit.commit_changes drop constraint sabotage");
        assert_eq!(messages(&mut db.session), ["CREATE TABLE public.unlucky", "CREATE TABLE public.lucky"]);
        db.session.run("delete from pggit.system_events");
        db.assert_no_drift("the sabotage");
    });
}

#[test]
fn strict_mode_fails_the_command_instead() {
    on_each(|db| {
        db.session.run("update pggit.repository set is_strict = true");
        db.session.run("alter table pggit.staged_changes add constraint sabotage check (object_identity not like '%unlucky%')");
        assert!(db.session.fail("create table public.unlucky (a int)").contains("sabotage"));
        assert_eq!(db.session.value("select to_regclass('public.unlucky') is null"), "true");
    });
}

#[test]
fn replicating_sessions_are_captured() {
    on_each(|db| {
        db.session.run("set session_replication_role = replica; create table public.replicated (a int); reset session_replication_role");
        assert_eq!(messages(&mut db.session), ["CREATE TABLE public.replicated"]);
        db.assert_no_drift("replica");
    });
}

#[test]
fn what_fires_no_trigger_is_drift_and_can_be_recorded() {
    on_each(|db| {
        let (old, new) = (db.role("old"), db.role("new"));
        db.session.run(&format!("create table public.owned (a int); alter table public.owned owner to {old}"));
        db.session.run(&format!("reassign owned by {old} to {new}"));
        assert_eq!(db.session.column("select object_identity from pggit.drift()"), ["public.owned"]);
        assert_eq!(db.session.value("select status from pggit.status() where component = 'Drift'"), "1 elements");
        db.session.run("select pggit.commit('Hand the tables over')");
        db.assert_no_drift("the commit");
        assert_eq!(
            db.session.value("select kind || ': ' || message from pggit.commits order by commit_number desc limit 1"),
            "out_of_band: Hand the tables over"
        );
        db.session.run(&format!("drop owned by {new}"));
        db.assert_no_drift("drop owned");
    });
}
