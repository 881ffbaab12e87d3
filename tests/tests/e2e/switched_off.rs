//! What an administrator switches off, and what sessions that replicate do: it is told, and nothing is lost in silence.

use pggit_core::Repository;
use pggit_tests::{Session, on_each, on_each_empty};

const OURS: [&str; 2] = ["pggit_ddl_command_end", "pggit_sql_drop"];

fn set_triggers(session: &mut Session, how: &str) {
    for trigger in OURS {
        session.run(&format!("alter event trigger {trigger} {how}"));
    }
}

fn tracking(session: &mut Session) -> (String, String) {
    let row = session.value("select status || '|' || details from pggit.status() where component = 'Tracking'");
    let (status, details) = row.split_once('|').expect("two columns");
    (status.to_owned(), details.to_owned())
}

#[test]
fn every_replication_role_of_a_session_is_captured() {
    on_each(|db| {
        for role in ["origin", "local", "replica"] {
            db.session
                .run(&format!("set session_replication_role = {role}; create table t_{role} (id int); alter table t_{role} add a int"));
            db.session.run(&format!("create table gone_{role} (id int); drop table gone_{role}; reset session_replication_role"));
            let commits = format!("select count(*) from pggit.commits where message like '%t_{role}%'");
            assert_ne!(db.session.value(&commits), "0", "{role}");
            db.session.assert_no_drift(role);
        }
    });
}

#[test]
fn event_triggers_that_were_off_for_a_while_are_made_good() {
    on_each(|db| {
        db.session.run("create table kept (id int); create table dropped (id int)");
        let reconciled = "select count(*) from pggit.system_events where event_type = 'reconciled'";
        for (round, (off, on)) in
            [("disable", "enable always"), ("enable replica", "enable always"), ("disable", "enable"), ("enable replica", "enable")]
                .iter()
                .enumerate()
        {
            set_triggers(&mut db.session, off);
            let (status, details) = tracking(&mut db.session);
            assert_eq!(status, "broken", "{off}: {details}");
            db.session.run(&format!("create table made_{round} (id int); alter table kept add c{round} int"));
            db.session.run(if round == 0 { "drop table dropped" } else { "select 1" });
            assert_ne!(db.session.value("select count(*) from pggit.drift()"), "0", "{off}");
            set_triggers(&mut db.session, on);
            let before = db.session.value(reconciled);
            // What comes first is a command that is captured; then somebody looks.
            db.session.run(&format!("create table later_{round} (id int)"));
            let kinds = db.session.column("select c.kind from pggit.log(max_count => 2) as l join pggit.commits as c using (commit_id)");
            assert!(kinds.contains(&"out_of_band".to_owned()), "{off}, {on}: {kinds:?}");
            let (status, details) = tracking(&mut db.session);
            assert_eq!(status, "enabled", "{on}");
            assert_eq!(details.contains("ENABLE ALWAYS"), *on == "enable", "{on}: {details}");
            db.session.assert_no_drift(off);
            let looks: i64 = db.session.value(reconciled).parse().expect("a number");
            assert_eq!(looks, before.parse::<i64>().expect("a number") + 1, "one look at everything is enough");
        }
        // Switched off and on with nothing between: no commit, and no end of looks.
        set_triggers(&mut db.session, "enable always");
        let commits = db.session.value("select count(*) from pggit.log()");
        assert_eq!(db.session.value("select count(*) from pggit.log()"), commits);
        let looks = db.session.value(reconciled);
        db.session.run("create table last (id int); select count(*) from pggit.log()");
        assert_eq!(db.session.value(reconciled), looks);
        // An upgrade makes them anew, and what was missed until then is no less due.
        set_triggers(&mut db.session, "disable");
        db.session.run("create table unseen (id int)");
        assert!(db.repository().install(&mut |_| {}).expect("upgrade").upgraded);
        assert_eq!(tracking(&mut db.session).0, "enabled");
        assert_eq!(db.session.value("select operation from pggit.history('public.unseen') where object_type = 'table'"), "create");
        db.session.assert_no_drift("an upgrade");
    });
}

/// The installer itself advises to rename a schema that is called as ours: no command fails meanwhile, and it can be named back.
#[test]
fn commands_go_on_while_pggits_own_schema_has_another_name() {
    on_each(|db| {
        db.session.run("create table kept (id int, name text); create table dropped (id int)");
        db.session.run("create table schema_migrations (version bigint primary key, dirty boolean); select pggit.integrate_migrations('golang-migrate')");
        // The first transaction for a while folds as it commits.
        db.session.run("set pggit.recorded_minute = ''; begin; create table first (id int); alter schema pggit rename to pg2; commit");
        for statement in [
            "insert into schema_migrations values (1, false)",
            "create table made (id int)",
            "alter table kept rename name to title",
            "drop table dropped",
            "create function f() returns int language sql as 'select 1'",
            "begin isolation level serializable; alter table made add more int; drop function f; commit",
        ] {
            db.session.run(statement);
        }
        db.session.run("alter schema pg2 rename to pggit");
        db.session.run("create table later (id int)");
        assert_ne!(db.session.value("select count(*) from pggit.drift()"), "0");
        db.session.run("select pggit.reconcile()");
        db.session.assert_no_drift("the other name");
    });
}

/// Those that fire in origin sessions only leave out what sessions that replicate do: that is drift, and told.
#[test]
fn what_a_replica_does_unseen_is_drift() {
    on_each(|db| {
        set_triggers(&mut db.session, "enable");
        db.session.run("select count(*) from pggit.log()");
        db.session.run("set session_replication_role = replica; create table t (id int); reset session_replication_role");
        assert!(tracking(&mut db.session).1.contains("session_replication_role"));
        assert_eq!(
            db.session.column("select operation || ' ' || object_identity from pggit.drift() where object_type = 'table'"),
            ["create public.t"]
        );
        db.session.run("select pggit.commit('What a replica did')");
        db.session.assert_no_drift("a commit");
    });
}

/// DROP OWNED names nothing of what it took rights from, and is looked for: not while nothing is captured.
#[test]
fn what_is_dropped_with_its_owner_in_a_pause_is_drift() {
    on_each(|db| {
        let role = db.role("leaver");
        db.session.run(&format!("create table t (id int); grant select on t to {role}; select pggit.settle()"));
        db.session.run(&format!("select pggit.pause_tracking('1 hour'); drop owned by {role}"));
        assert_eq!(db.session.value("select count(*) from pggit.staged_changes"), "0");
        db.session.run("select pggit.resume_tracking()");
        assert_eq!(db.session.value("select kind from pggit.commits order by authored_at desc limit 1"), "out_of_band");
        db.session.assert_no_drift("the end of the pause");
    });
}

/// Capture is switched off after what was committed before has become commits, and whoever keeps that from happening does not keep it on.
#[test]
fn what_was_committed_before_a_pause_is_told_as_it_was() {
    const FOLDED: &str = "select c.message || ': ' || string_agg(g.operation || ' ' || g.object_identity || coalesce(' ' || (b.definition ->> 'source'), ''), ', ' order by g.sequence)
        from pggit.commit_records as c join pggit.commit_changes as g using (commit_number) left join pggit.blobs as b on b.definition_id = g.new_definition_id
        where c.kind = 'transaction' group by c.commit_number, c.message order by c.commit_number";
    on_each(|db| {
        for (off, on) in [("pause_tracking('1 hour')", "resume_tracking()"), ("emergency_disable('1 hour')", "emergency_enable()")] {
            let mut db = db.installed_beside();
            db.session.run("create table t (id int); select count(*) from pggit.log()");
            db.session.run("begin isolation level repeatable read; create table n (a int); commit");
            db.session.run("begin isolation level serializable; create function fx() returns int language sql as 'select 1'; commit");
            db.session.run("begin isolation level repeatable read; alter table t add b int; commit");
            db.session.run(&format!("select pggit.{off}"));
            db.session.run("drop table n; create or replace function fx() returns int language sql as 'select 666'; alter table t drop b, add in_the_dark int");
            db.session.run(&format!("select pggit.{on}"));
            assert_eq!(
                db.session.column(FOLDED),
                [
                    "CREATE TABLE public.t: create public.t, create public.t.id",
                    "CREATE TABLE public.n: create public.n, create public.n.a",
                    "CREATE FUNCTION public.fx(): create public.fx() select 1",
                    "ALTER TABLE public.t: create public.t.b",
                ],
                "{off}"
            );
            db.session.assert_no_drift(off);

            // HEAD is another's, a transaction cannot be folded, an old snapshot: it is switched off all the same.
            db.session.run("begin isolation level repeatable read; create table held (a int); commit; set statement_timeout = '5s'");
            let mut other = db.connect();
            other.run("begin; lock table pggit.head in share row exclusive mode");
            db.session.run(&format!("select pggit.{off}"));
            other.run("rollback");
            db.session.run(&format!("select pggit.{on}"));
            db.session.run("begin isolation level repeatable read; create table bad (a int); commit");
            other.run("alter table pggit.commit_changes add constraint none check (object_identity <> 'public.bad') not valid");
            db.session.run(&format!("select pggit.{off}"));
            db.session.run(&format!("begin isolation level repeatable read; select pggit.{off}; commit"));
            other.run("alter table pggit.commit_changes drop constraint none");
            db.session.run(&format!("select pggit.{on}; select count(*) from pggit.log()"));
            assert_eq!(db.session.value("select count(*) from pggit.drift()"), "0", "{off}");
            assert_eq!(db.session.value("select operation from pggit.history('public.bad') where object_type = 'table'"), "create");
        }
    });
}

/// What turns capture off, and on again.
const SWITCHES: [(&str, &str); 3] = [
    ("select pggit.pause_tracking('1 hour')", "select pggit.resume_tracking()"),
    ("select pggit.emergency_disable('1 hour'::interval)", "select pggit.emergency_enable()"),
    (
        "alter event trigger pggit_ddl_command_end disable; alter event trigger pggit_sql_drop disable",
        "alter event trigger pggit_ddl_command_end enable always; alter event trigger pggit_sql_drop enable always",
    ),
];

#[test]
fn what_is_open_when_capture_begins_again_is_recorded_when_it_has_ended() {
    on_each(|db| {
        let [mut open, mut second, mut later, mut old] = [(); 4].map(|()| db.connect());
        for (place, (off, on)) in SWITCHES.iter().enumerate() {
            db.session.run(&format!("create table gone_{place} (a int); select pggit.settle()"));
            db.session.run(off);
            open.run(&format!("begin; create table open_{place} (a int primary key); drop table gone_{place}"));
            second.run(&format!("begin isolation level repeatable read; create view second_{place} as select 1 as one"));
            old.run("begin isolation level repeatable read; select count(*) from pg_class");
            db.session.run(on);
            // its snapshot still says that nothing is captured
            old.run(&format!("create table old_{place} (a int)"));
            // has seen the switch, and is no reason to wait
            later.run(&format!("begin; create table later_{place} (a int)"));
            db.session.run("select pggit.settle()");
            open.run("commit");
            db.session.run("select pggit.settle()");
            second.run("rollback");
            later.run("commit");
            db.session.run("select pggit.settle()");
            old.run("commit");
            db.session.run("select pggit.settle()");
            db.assert_no_drift(off);
            assert_eq!(
                db.session.value(&format!(
                    "select string_agg(object_identity, ' ' order by object_identity) from pggit.tracked_objects where object_type = 'table' and object_identity like '%_{place}'"
                )),
                format!("public.later_{place} public.old_{place} public.open_{place}"),
                "{off}"
            );
            assert_eq!(db.session.value("select coalesce(unseen_by::text, 'known') from pggit.repository"), "known", "{off}");
        }
    });
}

#[test]
fn what_is_open_during_an_install_is_recorded_when_it_has_ended() {
    on_each_empty(|db| {
        db.session.run("create table gone (a int)");
        let mut open = db.connect();
        open.run("begin; create table opened (a int primary key); drop table gone");
        Repository::connect(&db.url()).expect("connect").install(&mut |_| {}).expect("install");
        db.session.run("select pggit.settle()");
        open.run("create table seen (a int); commit");
        db.session.run("select pggit.settle()");
        db.assert_no_drift("an install");
    });
}
