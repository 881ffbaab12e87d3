//! Installing, upgrading, uninstalling.

use diesel::prelude::*;
use pggit_core::install::{Mode, Presence};
use pggit_core::{Error, Repository};
use pggit_tests::{Database, on_each, on_each_empty};

/// Everything in the catalogs that an installation could leave behind.
fn inventory(db: &mut Database) -> Vec<String> {
    db.session.column(
        "select 'class ' || oid::regclass from pg_class where oid >= 16384 and relnamespace <> 'pg_toast'::regnamespace
         union all select 'proc ' || oid::regprocedure from pg_proc where oid >= 16384
         union all select 'type ' || oid::regtype from pg_type where oid >= 16384
         union all select 'namespace ' || nspname from pg_namespace
         union all select 'event trigger ' || evtname from pg_event_trigger
         union all select 'extension ' || extname from pg_extension
         union all select 'description ' || description from pg_description where objoid >= 16384
         union all select 'acl ' || defaclacl::text from pg_default_acl
         order by 1",
    )
}

#[test]
fn the_schema_as_it_stands_is_the_first_commit() {
    on_each_empty(|db| {
        db.session.run("create schema app; create table app.t (id serial primary key, b text default 'x'); create view app.v as select * from app.t; create extension pgcrypto");
        let mut repository = Repository::connect(&db.url()).expect("connect");
        let report = repository.install(&mut |_| {}).expect("install");
        assert_eq!(report.mode, Mode::EventTrigger);
        let log = repository.log(None, 10).expect("log");
        assert_eq!((log.len(), log[0].changes_count), (1, i32::try_from(report.elements).expect("small")));
        assert!(db.session.column("select object_identity from pggit.tracked_objects").contains(&"pgcrypto".to_owned()));
        db.assert_no_drift("install");
        db.session.run("alter table app.t add c int");
        assert_eq!(repository.log(None, 10).expect("log").len(), 2);
    });
}

#[test]
fn installing_again_keeps_the_history() {
    on_each(|db| {
        db.session.run("create table public.a (i int)");
        let mut repository = db.repository();
        let before = repository.log(None, 10).expect("log");
        let report = repository.install(&mut |_| {}).expect("install again");
        assert!(report.upgraded && report.migrations.is_empty() && report.initial_commit.is_none());
        assert_eq!(repository.log(None, 10).expect("log"), before);
        db.session.run("alter table public.a add j int");
        assert_eq!(repository.log(None, 10).expect("log").len(), before.len() + 1);
        db.assert_no_drift("the upgrade");
    });
}

#[test]
fn tables_that_another_build_made_are_not_touched() {
    on_each(|db| {
        let made = db.session.value("select layout from pggit.repository");
        for otherwise in ["update pggit.repository set layout = repeat('0', 64)", "alter table pggit.repository drop layout"] {
            db.session.run(otherwise);
            let before = inventory(db);
            let error = db.repository().install(&mut |_| {}).expect_err("they are another's");
            assert!(matches!(&error, pggit_core::Error::OtherLayout { database } if *database == db.name()), "{error}");
            assert!(error.hint().is_some_and(|hint| hint.contains("pg_dump --schema=pggit")));
            assert_eq!(inventory(db), before);
        }
        db.session.run(&format!("alter table pggit.repository add layout text default '{made}'"));
        assert!(db.repository().install(&mut |_| {}).expect("its own").upgraded);
    });
}

#[test]
fn an_install_that_fails_leaves_nothing() {
    on_each_empty(|db| {
        let before = inventory(db);
        db.session.run("create function public.forbid() returns event_trigger language plpgsql as $$ begin if tg_tag = 'CREATE EVENT TRIGGER' or tg_tag = 'CREATE VIEW' then raise exception 'not on my watch'; end if; end $$; create event trigger forbid on ddl_command_start execute function public.forbid()");
        let mut repository = Repository::connect(&db.url()).expect("connect");
        assert!(repository.install(&mut |_| {}).expect_err("it is forbidden").to_string().contains("not on my watch"));
        db.session.run("drop event trigger forbid; drop function public.forbid()");
        assert_eq!(inventory(db), before);
    });
}

#[test]
fn uninstalling_leaves_nothing_behind() {
    on_each_empty(|db| {
        db.session.run("create table public.kept (i int primary key)");
        let before = inventory(db);
        let mut repository = Repository::connect(&db.url()).expect("connect");
        assert!(matches!(repository.uninstall(), Err(Error::NotInstalled { .. })));
        repository.install(&mut |_| {}).expect("install");
        db.session.run("alter table public.kept add j int; alter table public.kept drop j");
        assert_eq!(repository.uninstall().expect("uninstall"), 1);
        assert_eq!(inventory(db), before);
        assert_eq!(repository.presence().expect("presence"), Presence::Absent);
    });
}

#[test]
fn a_foreign_schema_is_not_touched() {
    on_each_empty(|db| {
        db.session.run("create schema pggit; create table pggit.objects (id int); create table pggit.commits (hash text)");
        let before = inventory(db);
        let mut repository = Repository::connect(&db.url()).expect("connect");
        for result in [repository.install(&mut |_| {}).map(|_| ()), repository.uninstall().map(|_| ())] {
            let error = result.expect_err("it is not ours");
            assert!(matches!(&error, Error::ForeignSchema { found, .. } if found.contains("commits")), "{error}");
            assert!(error.hint().is_some());
        }
        assert!(matches!(Repository::open(&db.url()), Err(Error::ForeignSchema { .. })));
        assert_eq!(inventory(db), before);
    });
}

#[test]
fn without_the_right_to_event_triggers_it_works_by_snapshots() {
    on_each_empty(|db| {
        let role = db.role("owner");
        let database = db.session.value("select current_database()");
        db.session.run(&format!("alter database {database} owner to {role}"));
        let mut repository = Repository::connect(&db.url_as(&role)).expect("connect");
        let report = repository.install(&mut |_| {}).expect("install");
        assert_eq!(report.mode, Mode::Snapshot);
        let mut owner = db.connect_as(&role);
        owner.run("create schema app; create table app.t (a int)");
        assert_eq!(repository.log(None, 10).expect("log").len(), 1);
        assert_eq!(owner.value("select status from pggit.status() where component = 'Tracking'"), "snapshot");
        assert!(repository.commit("Add t", &[]).expect("commit").is_some());
        assert_eq!(repository.log(None, 10).expect("log")[0].message, "Add t");
        assert!(repository.diff(None, None).expect("diff").is_empty());
    });
}

#[test]
fn errors_name_the_thing_and_hide_the_password() {
    on_each_empty(|db| {
        let Err(error) = Repository::open(&db.url()) else { panic!("there is no pgGit") };
        assert!(matches!(&error, Error::NotInstalled { .. }) && error.to_string().contains("test_"), "{error}");
        let wrong = db.url().replacen("postgres@", "postgres:topsecret@", 1).replace("/test_", "/missing_");
        let Err(error) = Repository::connect(&wrong) else { panic!("there is no such database") };
        assert!(!error.to_string().contains("topsecret") && error.to_string().contains("missing_"), "{error}");
    });
}

#[test]
fn objects_of_unknown_kinds_are_reported_by_name() {
    on_each(|db| {
        // A pgGit that has not learnt of text search yet.
        db.session.run(
            "do $$ declare known oid[] := pggit.known_catalogs(); begin execute format('create or replace function pggit.known_catalogs() returns oid[] language sql as %L', \
             'select ' || quote_literal(array_remove(known, 'pg_ts_config'::regclass::oid)) || '::oid[]'); end $$",
        );
        db.session.run("create text search configuration public.words (copy = english); create publication pub; select lo_create(4711)");
        let reported = db.session.column("select status || ': ' || details from pggit.status() where component = 'Not Tracked' order by 1");
        assert_eq!(reported, ["text search configuration: public.words"]);
    });
}

#[test]
fn a_pooled_connection_can_be_used() {
    on_each(|db| {
        let connection = diesel::PgConnection::establish(&db.url()).expect("connect");
        let mut repository = Repository::from_connection(connection).expect("it has pgGit");
        assert_eq!(repository.log(None, 5).expect("log").len(), 1);
    });
}

/// Whoever brings it up to date: what is there belongs to whom it belonged, and roles may what they could.
#[test]
fn an_upgrade_by_another_role_changes_neither_owner_nor_access() {
    on_each_empty(|db| {
        db.session.run("create table t (id int)");
        Repository::connect(&db.url()).expect("connect").install(&mut |_| {}).expect("install");
        let other = db.role("other");
        db.session.run(&format!("alter role {other} superuser"));
        let roles: Vec<_> = ["read", "write", "admin"].iter().map(|level| (db.role(level), *level)).collect();
        for (role, level) in &roles {
            db.session.run(&format!("select pggit.grant_access('{role}', '{level}')"));
        }
        let granted = "select p.oid::regprocedure::text || ' ' || a.grantee::regrole from pg_proc as p, aclexplode(p.proacl) as a where p.pronamespace = 'pggit'::regnamespace and a.grantee <> p.proowner
            union all select c.oid::regclass::text || ' ' || a.grantee::regrole from pg_class as c, aclexplode(c.relacl) as a where c.relnamespace = 'pggit'::regnamespace and a.grantee <> c.relowner order by 1";
        let owners = "select distinct o.owner::regrole::text from (select proowner as owner from pg_proc where pronamespace = 'pggit'::regnamespace
            union select relowner from pg_class where relnamespace = 'pggit'::regnamespace union select evtowner from pg_event_trigger) as o";
        let (had, owned) = (db.session.column(granted), db.session.column(owners));
        assert!(had.len() > 100 && owned.len() == 1, "{owned:?}");
        Repository::connect(&db.url_as(&other)).expect("connect").install(&mut |_| {}).expect("upgrade");
        assert_eq!(db.session.column(granted), had);
        assert_eq!(db.session.column(owners), owned);
        for (role, level) in &roles {
            let mut session = db.connect_as(role);
            session.run("select count(*) from pggit.log()");
            assert_eq!(session.attempt("select pggit.commit('by hand')").is_ok(), *level != "read", "{level}");
            assert_eq!(
                session.attempt("select pggit.pause_tracking(); select pggit.resume_tracking()").is_ok(),
                *level == "admin",
                "{level}"
            );
        }
        // once the other may nothing any more, everything goes on
        db.session.run(&format!("alter role {other} nosuperuser; create table u (id int)"));
        assert_eq!(db.session.value("select message from pggit.log(null, 1)"), "CREATE TABLE public.u");
        let refused = Repository::connect(&db.url_as(&other)).expect("connect").install(&mut |_| {}).expect_err("it may not");
        assert!(refused.to_string().contains("pggit") && refused.hint().is_some(), "{refused:?}");
        db.assert_no_drift("upgrades");
        db.session.run(&format!("drop owned by {}", roles.iter().map(|(r, _)| r.as_str()).collect::<Vec<_>>().join(", ")));
    });
}

#[test]
fn a_history_that_was_taken_out_begins_anew() {
    on_each_empty(|db| {
        let mut repository = Repository::connect(&db.url()).expect("connect");
        for round in 0..3 {
            let report = repository.install(&mut |_| {}).expect("install");
            assert!(!report.upgraded && report.initial_commit.is_some(), "round {round}: {report:?}");
            assert!(repository.install(&mut |_| {}).expect("again").upgraded);
            db.session.run(&format!("create table t{round} (id int)"));
            assert_eq!(repository.log(None, 10).expect("log").len(), 2, "round {round}");
            db.assert_no_drift("installing");
            assert_eq!(repository.uninstall().expect("uninstall"), 2);
            db.session.run(&format!("create table unseen{round} (id int)"));
        }
    });
}
