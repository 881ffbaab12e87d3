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
