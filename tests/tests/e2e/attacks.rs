//! What a role without rights can do to the history of others: nothing. It neither stops nor bends what pgGit records.

use pggit_core::{Error, Repository};
use pggit_tests::{Database, Session, on_each, on_each_empty};

/// A role that owns a schema and nothing else; its session.
fn attacker(db: &mut Database) -> (String, Session) {
    let role = db.role("attacker");
    db.session.run(&format!("create schema lair authorization {role}"));
    let session = db.connect_as(&role);
    (role, session)
}

/// Fails unless what was done lately is in the history, and the history is whole.
fn assert_recorded(db: &mut Database, message: &str) {
    let newest = "select message from pggit.log(max_count => 1)";
    assert_eq!(db.session.value(newest), message);
    assert_eq!(db.session.value("select count(*) from pggit.staged_changes"), "0", "{message}");
    db.assert_no_drift(message);
    let faults = db.session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
    assert!(faults.is_empty(), "{message}: {faults:#?}");
}

/// A function's identity holds the names of all its arguments' types: 100 of them come to 14,000 bytes, which no tree has room for.
#[test]
fn an_identity_of_any_length_is_recorded() {
    on_each(|db| {
        let (_, mut session) = attacker(db);
        let names: Vec<String> =
            (0..100).map(|i| format!("{:x>3}{}", i, db.session.value(&format!("select left(md5('{i}') || md5('b{i}'), 60)")))).collect();
        for name in &names {
            session.run(&format!("create domain lair.{name} as int"));
        }
        let types = names.iter().map(|name| format!("lair.{name}")).collect::<Vec<_>>().join(", ");
        session.run(&format!("create function lair.f({types}) returns int language sql return 1"));
        session.run(&format!("create procedure lair.p({types}) language sql as ''"));
        session.run(&format!("create function lair.s(int, {}) returns int language sql return 1", &types[names[0].len() + 7..]));
        session.run(&format!("create aggregate lair.a({}) (sfunc = lair.s, stype = int)", &types[names[0].len() + 7..]));
        session.run(&format!("create or replace function lair.f({types}) returns int language sql return 2"));
        session.run("comment on function lair.f is 'long'; alter function lair.f rename to g");
        db.session.run("alter schema lair rename to den");
        session.run("create table den.later (id int)");
        assert_recorded(db, "CREATE TABLE den.later");
        let versions = "select count(*) from pggit.function_versions as v join pggit.function_signatures as s using (signature_id) where length(s.signature) > 6000";
        assert!(db.session.value(versions).parse::<i64>().expect("a number") >= 5);
        session.run("drop function den.g");
        db.session.run("drop schema den cascade");
        db.session.run("create table last (id int)");
        assert_recorded(db, "CREATE TABLE public.last");
    });
}

#[test]
fn nobody_can_keep_head_from_others() {
    on_each(|db| {
        let (_, mut session) = attacker(db);
        session.run("begin");
        for key in ["hashtext('pggit'), hashtext('HEAD')", "hashtext('pggit'), hashtext('install')"] {
            session.run(&format!("select pg_advisory_lock({key})"));
        }
        session.run("savepoint s");
        for mode in ["access share", "row exclusive", "share row exclusive", "access exclusive"] {
            assert!(session.fail(&format!("lock table pggit.head in {mode} mode")).contains("permission denied"), "{mode}");
            session.run("rollback to s");
        }
        db.session.run("create table t (id int)");
        assert_recorded(db, "CREATE TABLE public.t");
        // Who may read may not hold it either.
        let reader = db.role("reader");
        db.session.run(&format!("select pggit.grant_access('{reader}', 'read')"));
        let mut reading = db.connect_as(&reader);
        assert!(reading.fail("select pggit.try_hold_head()").contains("permission denied"));
        reading.run("begin; lock table pggit.head, pggit.staged_changes, pggit.elements, pggit.repository in access share mode");
        assert!(reading.fail("lock table pggit.head in row share mode").contains("permission denied"));
        reading.run("rollback; begin; lock table pggit.head, pggit.staged_changes, pggit.elements, pggit.repository in access share mode");
        db.session.run("create table u (id int)");
        assert_recorded(db, "CREATE TABLE public.u");
    });
}

/// What one object is in the way of keeps nobody from the history.
#[test]
fn what_is_too_large_to_be_recorded_is_named_and_stops_nothing_else() {
    on_each(|db| {
        let (_, mut session) = attacker(db);
        session.run("set check_function_bodies = off; create function lair.hog() returns text language sql as 'select 1'");
        // JSON has no room for it; written as a superuser, for a client would have to send it.
        db.session.run("alter event trigger pggit_ddl_command_end disable");
        db.session.run("set check_function_bodies = off; do $$ begin execute format('create or replace function lair.hog() returns text language sql as %L', repeat('x', 270000000)); end $$");
        db.session.run("alter event trigger pggit_ddl_command_end enable always");
        db.session.run("create table t (id int)");
        assert_eq!(db.session.value("select message from pggit.log(max_count => 1)"), "CREATE TABLE public.t");
        let error = db.session.fail("select * from pggit.drift()");
        assert!(error.contains("more in the schema than a definition has room for"), "{error}");
        let status = db.session.value("select details from pggit.status() where component = 'Drift'");
        assert!(status.contains("lair.hog()"), "{status}");
        session.run("drop function lair.hog()");
        db.session.run("create table u (id int)");
        assert_recorded(db, "CREATE TABLE public.u");
    });
}

/// What PostgreSQL takes, and cannot print again within its stack.
#[test]
fn what_postgresql_cannot_print_is_named_and_stops_nothing_else() {
    on_each(|db| {
        db.session.run("create table shared (a int, b int); grant select on shared to public");
        let (role, mut session) = attacker(db);
        // Some versions take it with the stack that there is by default; more stack makes it sure on all.
        let mut deep = db.connect();
        let sum = vec!["a"; 9000].join("+");
        deep.run(&format!("set max_stack_depth = '6MB'; set role {role}; create view lair.v as select {sum} as x from public.shared"));
        assert!(session.fail("select pg_get_viewdef('lair.v'::regclass)").contains("stack depth"));
        db.session.run("create table t (id int)");
        db.session.run("alter table shared add c int");
        db.session.run("alter table shared rename b to d");
        let newest = db.session.column("select message from pggit.log(max_count => 3)");
        assert_eq!(newest, ["ALTER TABLE public.shared", "ALTER TABLE public.shared", "CREATE TABLE public.t"]);
        let status = db.session.value("select status || ' ' || details from pggit.status() where component = 'Drift'");
        assert!(status.starts_with("unknown ") && status.contains("view lair.v") && status.contains("drop it"), "{status}");
        for call in ["pggit.drift()", "pggit.diff()", "pggit.commit('all')", "pggit.verify_consistency()", "pggit.reconcile()"] {
            let error = db.session.fail(&format!("select * from {call}"));
            assert!(error.contains("view lair.v"), "{call}: {error}");
        }
        db.session.run("select pggit.pause_tracking(); select pggit.resume_tracking(); select pggit.emergency_disable(); select pggit.emergency_enable()");
        // nor where something was left to whoever is next
        db.session.run("select pggit.pause_tracking(); create table unseen (id int); update pggit.repository set paused_until = now()");
        db.session.run("alter table shared add e int");
        assert_eq!(db.session.value("select message from pggit.log(max_count => 1)"), "ALTER TABLE public.shared");
        let mut old = db.connect();
        old.run("begin isolation level repeatable read; alter table shared add f int; commit");
        assert_eq!(db.session.value("select message from pggit.log(max_count => 1)"), "ALTER TABLE public.shared");
        assert_eq!(db.session.value("select count(*) from pggit.staged_changes"), "0");
        assert_eq!(db.session.value("select count(*) from pggit.blame('public.shared.f')"), "1");
        deep.run("drop view lair.v");
        // what nobody could record meanwhile is recorded now
        assert_eq!(db.session.value("select kind from pggit.log(max_count => 1) join pggit.commits using (commit_id)"), "out_of_band");
        assert_eq!(db.session.value("select count(*) from pggit.blame('public.unseen.id')"), "1");
        let unnamed =
            "select event_data from pggit.system_events where event_type = 'capture_failed' and event_data::text not like '%view lair.v%'";
        assert_eq!(db.session.column(unnamed), [""; 0]);
        db.session.run("delete from pggit.system_events where event_type = 'capture_failed'");
        db.session.run("create table u (id int)");
        assert_recorded(db, "CREATE TABLE public.u");
    });
}

/// PostgreSQL prints each cast of an array that nests, and pgGit gives these one text; one role's view must not be everybody's burden.
#[test]
fn arrays_in_any_number_of_dimensions_are_recorded() {
    on_each(|db| {
        let (_, mut session) = attacker(db);
        let nested = |levels: usize| {
            (0..levels).fold("'a'::text".to_owned(), |sql, level| format!("array[{sql}]::{}[]", ["varchar", "text"][level % 2]))
        };
        for levels in [6, 7, 60, 300] {
            session.run(&format!("create view lair.nested_{levels} as select {} as a", nested(levels)));
        }
    });
}

/// Whoever may create a schema could make one that looks like pgGit before it is there.
#[test]
fn a_superuser_runs_no_pggit_that_is_not_his() {
    on_each_empty(|db| {
        let role = db.role("attacker");
        db.session.run(&format!("grant create on database {} to {role}", db.name()));
        let mut session = db.connect_as(&role);
        session.run("create schema pggit; create table pggit.repository (id int); create table pggit.staged_changes (id int); create table pggit.elements (id int)");
        session.run("create table pggit.__diesel_schema_migrations (version varchar(50) primary key, run_on timestamp default now())");
        session.run(&format!("create function pggit.trap() returns trigger language plpgsql as $$ begin execute 'alter role {role} superuser'; return new; end $$"));
        session.run("create trigger t before insert on pggit.__diesel_schema_migrations for each row execute function pggit.trap()");
        let mut repository = Repository::connect(&db.url()).expect("connect");
        let expected = |error: Error| {
            assert!(matches!(&error, Error::Untrusted { owner, .. } if *owner == role), "{error}");
            assert!(error.hint().expect("a hint").contains(&role));
        };
        expected(repository.install(&mut |_| {}).expect_err("it is not pgGit"));
        expected(repository.uninstall().expect_err("it is not pgGit"));
        let Err(error) = Repository::open(&db.url()) else { panic!("it is not pgGit") };
        expected(error);
        session.run("alter schema pggit rename to pggit_legacy; create table pggit_legacy.pggit_adoption (state jsonb)");
        expected(repository.restore(true).expect_err("it is not pgGit"));
        assert_eq!(db.session.value(&format!("select rolsuper from pg_roles where rolname = '{role}'")), "false");
        session.run("drop schema pggit_legacy cascade; create schema pggit");
        assert!(matches!(repository.install(&mut |_| {}), Err(Error::ForeignSchema { .. })));
        db.session.run(&format!("drop owned by {role} cascade"));
        repository.install(&mut |_| {}).expect("install");
    });
}

/// The planner computes what is constant in the expressions of a table's indexes and statistics, with the rights of whoever queries it.
#[test]
fn the_planner_runs_nothing_of_a_migration_tools_table() {
    on_each(|db| {
        let (role, mut session) = attacker(db);
        db.session.run("select pggit.integrate_flyway('lair')");
        session.run("create function lair.trap(int) returns int language sql immutable return $1");
        let columns = "installed_rank int, version text, description text, script text, checksum int, installed_by text, installed_on timestamp, execution_time int, success boolean";
        let mut traps = vec![
            "create index on lair.flyway_schema_history ((lair.trap(1)))",
            "create index on lair.flyway_schema_history (version) where lair.trap(1) = 2",
            "create statistics lair.s on (lair.trap(1) + installed_rank), version from lair.flyway_schema_history",
            "alter table lair.flyway_schema_history add check (installed_rank > 0 and lair.trap(1) < 5)",
        ];
        if db.version() >= 18 {
            traps.push(
                "alter table lair.flyway_schema_history add v int generated always as (lair.trap(installed_rank) + installed_rank) virtual",
            );
        }
        session.run("set constraint_exclusion = on");
        for trap in traps {
            session.run("create or replace function lair.trap(int) returns int language sql immutable return $1");
            session.run(&format!("drop table if exists lair.flyway_schema_history; create table lair.flyway_schema_history ({columns})"));
            session.run("insert into lair.flyway_schema_history values (1, '1', 'x', 'x', 1, 'x', now(), 1, true)");
            session.attempt("drop trigger pggit_flyway on lair.flyway_schema_history").expect("his table");
            // What it is worth is seen at the next command, in which pgGit listens to the table again.
            if session.attempt(trap).is_err() {
                assert!(trap.contains("virtual"), "{trap}");
                continue;
            }
            session.attempt("drop trigger if exists pggit_flyway on lair.flyway_schema_history").expect("his table");
            session.run(&format!(
                "create or replace function lair.spring() returns int language plpgsql as $$
                 begin
                     begin execute 'alter role {role} superuser'; exception when insufficient_privilege then null; end;
                     return 1;
                 end $$;
                 create or replace function lair.trap(int) returns int language plpgsql immutable as 'begin return lair.spring(); end'"
            ));
            session.run("create table lair.bait (id int); drop table lair.bait");
            db.session.attempt("select pggit.integrate_flyway('lair')").ok();
            let is_super = db.session.value(&format!("select rolsuper from pg_roles where rolname = '{role}'"));
            assert_eq!(is_super, "false", "{trap}");
        }
    });
}

/// Anyone may set what pgGit sets in a session: it is a hint, and nothing is believed for it.
#[test]
fn a_forged_setting_bends_no_order() {
    on_each(|db| {
        let (_, mut session) = attacker(db);
        session.run("create table lair.t (id int)");
        db.session.run("select count(*) from pggit.log()");
        session.run("alter table lair.t add a int");
        session.run("alter table lair.t add b int");
        let own = "pg_current_xact_id()::text, true";
        session.run(&format!(
            "begin; select set_config('pggit.folded_transaction', {own}), set_config('pggit.told', 'yes', true), set_config('pggit.head', {own}), set_config('pggit.repository', {own});
             alter table lair.t drop column a; alter table lair.t add c int; commit"
        ));
        let added = db.session.column("select operation || ' ' || object_identity from pggit.changes where object_identity like 'lair.t._' and commit_id is not null order by object_identity, operation");
        assert_eq!(added, ["create lair.t.a", "drop lair.t.a", "create lair.t.b", "create lair.t.c"]);
        assert_recorded(db, "ALTER TABLE lair.t");
    });
}

/// Whoever may register a conflict writes the definition that somebody with more rights applies.
#[test]
fn a_registered_definition_runs_nothing_but_definitions() {
    on_each(|db| {
        let (role, mut session) = attacker(db);
        db.session.run(&format!(
            "select pggit.grant_access('{role}', 'write'); create sequence ran;
             create table u (b text, c int, d int, e int); insert into u values ('1', 2, 3); create index i on u (c)"
        ));
        let made = std::env::temp_dir().join(format!("{}_ran", db.name()));
        let copy = format!("copy (select 1) to program 'touch {}'", made.display());
        let own = "create or replace function pggit.live_element(in_object_type text, in_object_identity text, out definition jsonb, out parent_type text, out parent_identity text, out parent_definition jsonb, out others jsonb) language sql as $$ select conflict_data -> 'incoming', null::text, null::text, null::jsonb, '{}'::jsonb from pggit.conflict_registry $$";
        let column = "table column";
        // what the definition of each has in it, and what stays as it is beside that
        let cases: &[(&str, &str, &str, String, bool)] = &[
            (column, "public.u.c", "default", format!("1; {copy}"), true),
            (column, "public.u.c", "default", format!("1; {copy} --"), true),
            (column, "public.u.c", "default", format!("'a\\';{copy};--'"), true),
            (column, "public.u.c", "default", format!("$a$;$a$; {copy}; select $a$;$a$"), true),
            (column, "public.u.new", "default", format!("1; {copy}"), true),
            (column, "public.u.b", "type", "integer using (nextval('public.ran')::int)".into(), true),
            (column, "public.u.b", "type", "integer/**/using(nextval('public.ran')::int)".into(), true),
            (column, "public.u.b", "collation", "\"C\" using (nextval('public.ran')::text)".into(), true),
            (column, "public.u.c", "type", format!("bigint from u); {copy} --"), false),
            (column, "public.u.c", "type", "bigint from public.u), (select nextval('public.ran') --".into(), false),
            (column, "public.u.c", "type", "bigint, drop column d".into(), false),
            (column, "public.u.c", "comment", "'; drop table u; --".into(), false),
            ("index", "public.i", "definition", copy.clone(), true),
            ("index", "public.i", "definition", format!("do $$ begin {copy}; end $$"), true),
            ("index", "public.i", "definition", "select nextval('public.ran')".into(), true),
            ("index", "public.i", "definition", "create table made as select nextval('public.ran')".into(), true),
            ("index", "public.i", "definition", own.into(), false),
            ("rule", "r on public.u", "definition", "select nextval('public.ran')".into(), true),
        ];
        let picture = "select string_agg(e.object_identity || e.definition::text, ' ' order by e.object_identity, e.object_type) || (select count(*) from u) from pggit.read_all() as e";
        let before = db.session.value(picture);
        for (object_type, identity, property, text, is_told) in cases {
            let there = db.session.value(&format!(
                "select coalesce((select definition from pggit.live_element('{object_type}', '{identity}')), '{{\"type\": \"integer\"}}') || jsonb_build_object('{property}', '{}')",
                text.replace('\'', "''")
            ));
            session.run("begin");
            let conflict = session.value(&format!(
                "select pggit.register_conflict('merge', '{object_type}', '{identity}', jsonb_build_object('incoming', '{}'::jsonb))",
                there.replace('\'', "''")
            ));
            session.run("commit");
            for resolution in ["use_tracked", "merge"] {
                let done = db.session.attempt(&format!("select pggit.resolve_conflict('{conflict}', '{resolution}')"));
                assert!(!made.exists(), "{text}: it has run");
                assert_eq!(db.session.value("select is_called from ran"), "false", "{text}: it has run");
                if *property == "comment" {
                    done.expect("a comment may say anything");
                    db.session.run("comment on column u.c is null");
                    break;
                }
                let error = done.expect_err(text);
                if *is_told && *resolution == *"use_tracked" {
                    assert!(error.contains(identity) && error.contains("is more than a definition"), "{text}: {error}");
                }
                assert_eq!(db.session.value(picture), before, "{text}: something was changed");
            }
            db.session.run(&format!("delete from pggit.conflict_registry where conflict_id = '{conflict}'"));
        }
        db.assert_no_drift("refusing");
    });
}
