//! What a role holds with the locks of its own transactions, for as long as it likes: nothing of pgGit's, and nobody's record.

use pggit_tests::{Database, Session, on_each};

/// A role that owns a schema and nothing else, with a view over two tables; two sessions of it.
fn attacker(db: &mut Database) -> (String, Session, Session) {
    let role = db.role("attacker");
    db.session.run(&format!("create schema lair authorization {role}"));
    let mut session = db.connect_as(&role);
    session.run(
        "create table lair.a (id int); create table lair.b (id int); create view lair.v as select a.id, b.id as other from lair.a, lair.b",
    );
    db.session.run("select count(*) from pggit.log()");
    let other = db.connect_as(&role);
    (role, session, other)
}

/// The message and the author of the newest commit, as whoever looks sees it.
fn newest(db: &mut Database) -> String {
    // a hang would be for ever
    db.session.run("set statement_timeout = '100s'");
    db.session
        .value("select message || ' by ' || case author when 'postgres' then author else 'attacker' end from pggit.log(max_count => 1)")
}

/// Nothing of the schema has changed for a while.
fn be_quiet(db: &mut Database) {
    db.session.run("select count(*) from pggit.log(); update pggit.statement_records set executed_at = executed_at - interval '5 minutes'");
}

#[test]
fn who_was_not_let_in_holds_no_head() {
    on_each(|db| {
        let (role, mut session, _) = attacker(db);
        let held = "select count(*) from pg_locks where relation = 'pggit.head'::regclass and database = (select oid from pg_database where datname = current_database())";
        be_quiet(db);
        session.run("begin; create table lair.held (id int); set constraints all immediate");
        assert_eq!(db.session.value(held), "0", "an open transaction");
        db.session.run("create table t (id int); select pggit.commit('not held', array['v1'])");
        session.run("rollback");
        be_quiet(db);
        session.run("begin; create table lair.held (id int); prepare transaction 'held'");
        assert_eq!(db.session.value(held), "0", "a prepared transaction");
        db.session.run("create table u (id int); select pggit.commit('not held', array['v2'])");
        session.run("commit prepared 'held'");
        assert_eq!(newest(db), "CREATE TABLE lair.held by attacker");
        // Whoever was let in folds as he commits.
        db.session.run(&format!("select pggit.grant_access('{role}', 'read')"));
        be_quiet(db);
        let mut session = db.connect_as(&role);
        session.run("create table lair.folded (id int)");
        assert_eq!(db.session.value("select count(*) from pggit.staged_changes"), "0");
        db.assert_no_drift("all that");
    });
}

#[test]
fn a_locked_table_under_a_view_keeps_nobody_from_the_history() {
    on_each(|db| {
        let (_, mut session, mut other) = attacker(db);
        other.run("begin; lock table lair.b in access exclusive mode");
        // What capture could not read makes every look reconcile, which cannot read it either.
        session.run("alter table lair.a rename id to renamed");
        db.session.run("create table t (id int)");
        assert_eq!(newest(db), "CREATE TABLE public.t by postgres");
        let status = db.session.value("select details from pggit.status() where component = 'Drift'");
        assert!(status.contains("lair.b by the process"), "{status}");
        assert!(db.session.fail("select * from pggit.drift()").contains("has locked what a view is made of"));
        db.session.run("create table u (id int); select pggit.tag('v1')");
        other.run("rollback");
        assert_eq!(newest(db), "Record changes made while nothing was captured by postgres");
        assert_eq!(db.session.value("select count(*) from pggit.drift()"), "0", "the lock");
    });
}

/// A transaction waits for locks once, whatever it does after that.
#[test]
fn a_transaction_of_many_commands_waits_once() {
    on_each(|db| {
        let (role, _, mut other) = attacker(db);
        let mut views = "create table public.t (a int); create table public.u (a int);".to_owned();
        for number in 1..=100 {
            views += &format!("create view public.v{number} as select t.a, u.a as b from public.t, public.u;");
        }
        db.session.run(&format!("{views} grant all on t to {role}; grant usage on schema public to {role}"));
        db.session.run("select count(*) from pggit.log()");
        other.run("begin; lock table public.t in access exclusive mode");
        let grants = format!("for i in 1..100 loop execute format('grant select on v%s to {role}', i); end loop;");
        db.session.run("set statement_timeout = '4s'");
        db.session.run(&format!("do $$ begin {grants} create table made (a int); alter table made add b int; end $$"));
        // Who says that he has waited has no less on record.
        let mut liar = db.connect();
        liar.run("set pggit.has_waited = 'no number'; create table lied (a int)");
        liar.run("begin; select set_config('pggit.has_waited', pg_current_xact_id()::text, true); create table lied_too (a int); create view lie as select * from lied; commit");
        let made = "select object_identity from pggit.changes where object_type in ('table', 'view') and commit_id is not null and object_identity ~ 'made|lie' order by 1";
        assert_eq!(db.session.column(made), ["public.lie", "public.lied", "public.lied_too", "public.made"]);
        other.run("rollback");
        newest(db);
        assert_eq!(db.session.value("select count(*) from pggit.drift()"), "0", "the lock");
        let granted = "select count(*) from pggit.elements where object_identity like 'public.v%' and definition_id in (select definition_id from pggit.blobs where definition::text like '%attacker%')";
        assert_eq!(db.session.value(granted), "100");
    });
}

#[test]
fn a_transaction_that_cannot_be_read_again_keeps_none_back_that_came_later() {
    on_each(|db| {
        let (_, mut session, mut other) = attacker(db);
        session.run("begin isolation level repeatable read; create or replace view lair.v as select a.id, b.id as other, 1 as more from lair.a, lair.b; commit");
        other.run("begin; lock table lair.b in access exclusive mode");
        db.session.run("create table t (id int)");
        assert_eq!(newest(db), "CREATE TABLE public.t by postgres");
        let earlier = "select message from pggit.log() offset 1 limit 1";
        assert_eq!(db.session.value(earlier), "CREATE VIEW lair.v");
        other.run("rollback");
        db.session.run("select count(*) from pggit.log()");
        assert_eq!(db.session.value("select count(*) from pggit.drift()"), "0", "the lock");
    });
}

#[test]
fn what_others_let_nobody_read_takes_nothing_from_a_commit() {
    on_each(|db| {
        let (role, mut session, mut other) = attacker(db);
        db.session.run(&format!("create table t (id int, name text); grant select on t to {role}; grant usage on schema public to {role}"));
        session.run("create view lair.spy as select t.*, b.id as other from public.t, lair.b");
        db.session.run("select count(*) from pggit.log()");
        other.run("begin; lock table lair.b in access exclusive mode");
        db.session.run("alter table t rename name to title");
        db.session.run("alter table t add column more int");
        let made = "select operation || ' ' || object_identity || ' ' || s.statement from pggit.changes as c join pggit.statements as s using (statement_id) where object_identity like 'public.t.%' and commit_id is not null order by statement_id desc, sequence limit 2";
        assert_eq!(
            db.session.column(made),
            ["create public.t.more alter table t add column more int", "rename public.t.title alter table t rename name to title"]
        );
        let unread = "select distinct event_data ->> 'context' from pggit.system_events where event_type = 'capture_failed'";
        assert_eq!(db.session.column(unread), ["view lair.spy"]);
        db.session.run("alter table t drop column more; drop table t cascade");
        other.run("rollback");
        db.session.run("select count(*) from pggit.log()");
        assert_eq!(db.session.value("select count(*) from pggit.drift()"), "0", "the lock");
    });
}

#[test]
fn a_pause_ends_whatever_is_locked() {
    on_each(|db| {
        let (_, mut session, mut other) = attacker(db);
        db.session.run("select pggit.pause_tracking()");
        session.run("create table lair.paused (id int)");
        other.run("begin; lock table lair.b in access exclusive mode");
        db.session.run("select pggit.resume_tracking()");
        db.session.run("create table t (id int)");
        db.session.run("create table u (id int)");
        assert_eq!(newest(db), "CREATE TABLE public.u by postgres");
        assert_eq!(db.session.value("select count(*) from pggit.system_events where event_type = 'capture_failed'"), "1");
        other.run("rollback");
        assert_eq!(newest(db), "Record changes made while nothing was captured by postgres");
        assert_eq!(db.session.value("select count(*) from pggit.drift()"), "0", "the pause");
    });
}

#[test]
fn nobody_keeps_others_from_switching_off() {
    on_each(|db| {
        let (_, mut session, _) = attacker(db);
        db.session.run("select pggit.pause_tracking()");
        session.run("create table lair.paused (id int)");
        db.session.run("update pggit.repository set paused_until = now() - interval '1 second'");
        session.run("begin; create table lair.later (id int); create view lair.over as select 1 as one");
        db.session.run("set lock_timeout = '30s'; select pggit.emergency_disable(); select pggit.emergency_enable(); select pggit.begin_deployment('d')");
        session.run("commit");
        db.session.run("select pggit.end_deployment('done')");
        assert_eq!(newest(db), "done by postgres");
        db.assert_no_drift("all that");
    });
}

#[test]
fn nobody_waits_for_the_table_of_a_migration_tool() {
    on_each(|db| {
        let (_, mut session, mut other) = attacker(db);
        db.session.run("select pggit.integrate_flyway('lair')");
        let columns = "installed_rank int, version text, description text, script text, checksum int, installed_by text, installed_on timestamp, execution_time int, success boolean";
        session.run(&format!("create table lair.flyway_schema_history ({columns})"));
        session.run("drop trigger pggit_flyway on lair.flyway_schema_history");
        other.run("begin; lock table lair.flyway_schema_history in access exclusive mode");
        db.session.run("create table t (id int); alter table t add column more int");
        assert_eq!(db.session.value("select count(*) from pggit.system_events where event_type = 'migration_not_recorded'"), "0");
        other.run("rollback");
        db.session.run("create table u (id int)");
        let listens = "select count(*) from pg_trigger where tgname = 'pggit_flyway' and tgrelid = 'lair.flyway_schema_history'::regclass";
        assert_eq!(db.session.value(listens), "1");
    });
}

/// Whoever makes capture fail on purpose leaves his name and his statement.
#[test]
fn what_could_not_be_captured_is_on_record_with_its_statement() {
    on_each(|db| {
        let (role, mut session, mut other) = attacker(db);
        other.run("begin; lock table lair.b in access exclusive mode");
        session.run("comment on view lair.v is 'mine'");
        let failed =
            "select created_by || ': ' || (event_data ->> 'statement') from pggit.system_events where event_type = 'capture_failed'";
        assert_eq!(db.session.column(failed), [format!("{role}: comment on view lair.v is 'mine'")]);
        other.run("rollback");
        db.session.run("select count(*) from pggit.log()");
        // As deep in calls as a command can be, where there is no room to record it.
        session.run(
            "create function lair.deep(levels int, what text) returns text language plpgsql as $$
             begin
                 if levels > 0 then
                     return lair.deep(levels - 1, what);
                 end if;
                 begin
                     execute what;
                     return 'done';
                 exception when statement_too_complex then
                     return 'too deep';
                 end;
             exception when statement_too_complex then
                 return 'too deep';
             end $$",
        );
        let mut number = 0;
        let mut try_at = |db: &mut Database, levels: u32| {
            number += 1;
            let mut fresh = db.connect_as(&role);
            let noted = "select (select count(*) from pggit.staged_changes) + (select count(*) from pggit.system_events where event_type = 'capture_failed')";
            let before = db.session.value(noted);
            let outcome = fresh.value(&format!("select lair.deep({levels}, 'comment on table lair.a is ''{number}''')"));
            let is_done = db.session.value("select obj_description('lair.a'::regclass)") == number.to_string();
            assert_eq!(outcome == "done", is_done, "{levels}");
            assert!(!is_done || db.session.value(noted) != before, "{levels} levels deep nothing is on record");
            is_done
        };
        let (mut lowest, mut highest) = (1, 5000);
        while highest - lowest > 1 {
            let middle = (lowest + highest) / 2;
            if try_at(db, middle) {
                lowest = middle;
            } else {
                highest = middle;
            }
        }
        for levels in lowest.saturating_sub(40)..lowest + 2 {
            try_at(db, levels);
        }
        db.session.run("select count(*) from pggit.log()");
        assert_eq!(db.session.value("select count(*) from pggit.drift()"), "0", "the depths");
    });
}

/// What such a transaction renamed stays what it was, though all that depends on it can be read again only after the lock.
#[test]
fn what_an_old_snapshot_renamed_is_renamed_whatever_is_locked_then() {
    on_each(|db| {
        let mut other = db.connect();
        for level in ["repeatable read", "serializable"] {
            for rename in ["alter table lair.a rename to c", "alter view lair.v rename to w", "alter schema lair rename to den"] {
                let what = format!("{rename} in {level}");
                db.session.run("drop schema if exists lair, den cascade");
                db.session.run("create schema lair; create table lair.a (id int); create table lair.b (id int)");
                db.session.run("create view lair.v as select a.id, b.id as other from lair.a, lair.b");
                db.session.run("select count(*) from pggit.log()");
                let before = db.session.value("select max(commit_number) from pggit.commit_records");
                let table = db.session.value("select 'lair.b'::regclass::oid");
                db.session.run(&format!("begin isolation level {level}; {rename}; commit"));
                let table = other.value(&format!("select {table}::regclass"));
                other.run(&format!("begin; lock table {table}"));
                db.session.run("select count(*) from pggit.log()");
                other.run("rollback");
                db.session.run("select count(*) from pggit.log()");
                assert_eq!(db.session.value("select count(*) from pggit.drift()"), "0", "{what}");
                let told = db.session.column(&format!(
                    "select distinct operation from pggit.commit_changes where commit_number > {before} and not (operation = 'alter' and object_identity = 'lair.v')"
                ));
                assert_eq!(told, ["rename"], "{what}");
            }
        }
    });
}
