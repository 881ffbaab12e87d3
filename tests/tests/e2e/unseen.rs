//! What fires no event trigger is drift: it is found, and recorded as it is.

use pggit_tests::{Database, on_each};

/// What reconciliation has to find for each of these, with how it records it.
const UNSEEN: &[(&str, &[&str])] = &[
    // commands on event triggers fire none
    ("create event trigger e on ddl_command_end execute function heard()", &["create event trigger e"]),
    ("alter event trigger e disable", &["alter event trigger e"]),
    ("alter event trigger e enable replica", &["alter event trigger e"]),
    ("comment on event trigger e is 'one'", &["alter event trigger e"]),
    ("alter event trigger e rename to f", &["rename event trigger f"]),
    ("alter event trigger f owner to OWNER", &["alter event trigger f"]),
    (
        "drop event trigger f; create event trigger f on sql_drop when tag in ('DROP TABLE') execute function heard()",
        &["alter event trigger f"],
    ),
    ("drop event trigger f", &["drop event trigger f"]),
];

/// The same for commands while event triggers are switched off.
const SWITCHED_OFF: &[(&str, &[&str])] = &[
    ("create policy p on t using (id > 0)", &["create policy p on public.t"]),
    ("alter policy p on t to OWNER using (id > 1) with check (true)", &["alter policy p on public.t"]),
    ("comment on policy p on t is 'one'", &["alter policy p on public.t"]),
    ("alter policy p on t rename to q", &["rename policy q on public.t"]),
    ("drop policy q on t; create policy q on t as restrictive using (id > 1)", &["alter policy q on public.t"]),
    ("create event trigger e on ddl_command_end execute function heard()", &["create event trigger e"]),
    ("alter function heard() rename to listened", &["alter event trigger e", "rename function public.listened()"]),
    ("alter table t rename id to number", &["alter policy q on public.t", "rename table column public.t.number"]),
    ("drop event trigger e", &["drop event trigger e"]),
    ("drop policy q on t", &["drop policy q on public.t"]),
    ("reassign owned by OWNER to postgres", &[]),
    ("alter table t owner to OWNER", &["alter table public.t"]),
    ("reassign owned by OWNER to postgres", &["alter table public.t"]),
];

fn assert_found(db: &mut Database, owner: &str, script: &[(&str, &[&str])]) {
    for (statement, changes) in script {
        let statement = statement.replace("OWNER", owner);
        db.session.run(&statement);
        let found = db.session.column("select operation || ' ' || object_type || ' ' || object_identity from pggit.drift() order by 1");
        assert_eq!(found, *changes, "the drift after {statement}");
        let commit = db.session.value("select coalesce(pggit.reconcile('seen'), 'none')");
        assert_eq!(commit == "none", changes.is_empty(), "{statement}");
        if !changes.is_empty() {
            let recorded =
                db.session.column("select operation || ' ' || object_type || ' ' || object_identity from pggit.show('HEAD') order by 1");
            assert_eq!(recorded, *changes, "the commit after {statement}");
            assert_eq!(db.session.value("select kind from pggit.commits where commit_id = pggit.resolve_revision('HEAD')"), "out_of_band");
        }
        db.assert_no_drift(&statement);
    }
    let faults = db.session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
    assert_eq!(faults, [""; 0]);
}

#[test]
fn reconciliation_records_what_fires_no_event_trigger() {
    on_each(|db| {
        // owners of event triggers have to be superusers
        let owner = db.role("owner");
        db.session.run(&format!("alter role {owner} superuser"));
        db.session.run("create table t (id int); create function heard() returns event_trigger language plpgsql as 'begin end'");
        assert_found(db, &owner, UNSEEN);
        // before 17 nothing switches event triggers off for a session but their own being disabled
        if db.version() >= 17 {
            db.session.run("set event_triggers = off");
        } else {
            db.session.run("alter event trigger pggit_ddl_command_end disable; alter event trigger pggit_sql_drop disable");
        }
        assert_found(db, &owner, SWITCHED_OFF);
        db.session.run(&format!("drop owned by {owner}"));
    });
}

#[test]
fn what_goes_with_another_is_seen() {
    on_each(|db| {
        for drop in [
            "drop function s.heard() cascade",
            "drop schema s cascade",
            "do $$ begin drop schema s cascade; end $$",
            "drop owned by OWNER cascade",
        ] {
            let owner = db.role("owner");
            db.session.run(&format!("create schema s; create function s.heard() returns event_trigger language plpgsql as 'begin end'; alter schema s owner to {owner}"));
            db.session.run("create event trigger e on ddl_command_end execute function s.heard(); select pggit.reconcile()");
            let drop = drop.replace("OWNER", &owner);
            db.session.run(&drop);
            db.assert_no_drift(&drop);
            let gone = db
                .session
                .column("select object_identity from pggit.show('HEAD') where object_type = 'event trigger' and operation = 'drop'");
            assert_eq!(gone, ["e"], "{drop}");
            db.session.run(&format!("drop schema if exists s; drop owned by {owner}; drop role {owner}"));
        }
    });
}

/// Whoever hears of a drop before pgGit may make the thing again: it is recorded after the drop, though it was seen before.
#[test]
fn what_an_event_trigger_puts_in_the_place_of_what_was_dropped_is_recorded() {
    const MAKES: &str = "create function back() returns event_trigger language plpgsql as $$ declare r record; begin
        for r in select * from pg_event_trigger_dropped_objects() where object_type in ('table', 'view', 'function', 'type', 'schema') and object_name is distinct from '_k'
                 order by object_type <> 'schema' loop
            execute case
                when r.object_type = 'table' and to_regclass('shadow') is not null then 'alter table shadow rename to k'
                when r.object_type = 'table' then format('create table %s (back int, primary key (back))', r.object_identity)
                when r.object_type = 'view' then format('create view %s as select 2 as back', r.object_identity)
                when r.object_type = 'function' then format('create function %s returns int language sql as $f$ select 2 $f$', r.object_identity)
                when r.object_type = 'type' and r.object_identity = 'public.e' then 'create type public.e as enum (''back'')'
                when r.object_type = 'schema' then format('create schema %s', r.object_identity)
                else 'select 1'
            end;
        end loop; end $$;
        create event trigger keep_all on sql_drop execute function back()";
    const CASES: [(&str, &str); 7] = [
        ("create table k (a int, b int primary key)", "drop table k"),
        ("create table \"K k\" (a int)", "drop table \"K k\""),
        ("create view v as select 1 as a", "drop view v"),
        ("create function f(a int) returns int language sql as 'select 1'", "drop function f"),
        ("create type e as enum ('a')", "drop type e"),
        ("create schema s; create table s.t (a int); create table s.u (a int, b text)", "drop schema s cascade"),
        ("create table k (a int, b int); create table shadow (c int primary key)", "drop table k"),
    ];
    on_each(|db| {
        for (before, drop) in CASES {
            for way in [
                "DROP",
                "begin; DROP; commit",
                "BEFORE; DROP",
                "do $d$ begin DROP; end $d$",
                "DROP; DROP",
                "begin isolation level repeatable read; DROP; commit",
                "begin isolation level serializable; DROP; commit",
            ] {
                let mut db = db.installed_beside();
                if way.contains("BEFORE") {
                    db.session.run(MAKES);
                    db.session.run("select pggit.reconcile()");
                } else {
                    db.session.run(before);
                    db.session.run(MAKES);
                    db.session.run("select pggit.reconcile()");
                }
                let statement = way.replace("BEFORE", before).replace("DROP", drop);
                db.session.run(&statement);
                db.assert_no_drift_once_folded(&statement);
                let faults = db.session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
                assert_eq!(faults, [""; 0], "{statement}");
            }
        }
    });
}
