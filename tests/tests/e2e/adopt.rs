//! Taking over from the older pgGit that is written in SQL, and putting it back.

use std::collections::HashSet;

use pggit_core::install::{Mode, Presence};
use pggit_core::{Error, Repository};
use pggit_tests::clients::Clients;
use pggit_tests::{Database, OLDER_PGGIT, on_each_empty};

fn with_older(test: impl Fn(&mut Database, &mut Repository)) {
    on_each_empty(|db| {
        db.session.run(OLDER_PGGIT);
        let mut repository = Repository::connect(&db.url()).expect("connect");
        test(db, &mut repository);
    });
}

/// The whole database as an outsider sees it: pg_dump where there is one for the server, and the states of triggers, which it shows
/// for event triggers only in part.
fn outside(db: &mut Database) -> String {
    let mut seen = String::new();
    if let Some(clients) = Clients::of(db.version()) {
        seen.extend(clients.dump(&[], db).iter().flat_map(|l| [l, "\n"]));
    }
    for query in [
        "select format('%s %s %s %s', evtname, evtevent, evtenabled, obj_description(oid, 'pg_event_trigger')) from pg_event_trigger order by evtname",
        "select format('%s %s %s %s', tgrelid::regclass, tgname, tgenabled, obj_description(oid, 'pg_trigger')) from pg_trigger where not tgisinternal order by 1",
        "select format('%s %s %s', nspname, nspacl, obj_description(oid, 'pg_namespace')) from pg_namespace where nspname !~ '^pg_(toast_)?temp' order by nspname",
        "select format('%s %s %s', oid::regclass, relkind, relacl) from pg_class where oid >= 16384 and relnamespace <> 'pg_toast'::regnamespace order by oid",
        "select format('%s %s', oid::regprocedure, md5(prosrc)) from pg_proc where oid >= 16384 order by oid",
    ] {
        seen.push_str(&db.session.column(query).join("\n"));
    }
    seen
}

#[track_caller]
fn assert_outside(db: &mut Database, before: &str) {
    let now = outside(db);
    let (old_lines, lines): (HashSet<_>, HashSet<_>) = (before.lines().collect(), now.lines().collect());
    let (gone, new): (Vec<_>, Vec<_>) = (old_lines.difference(&lines).collect(), lines.difference(&old_lines).collect());
    assert!(now == before, "gone: {gone:#?}\nnew: {new:#?}");
}

#[test]
fn a_plain_install_refuses_and_says_how() {
    with_older(|db, repository| {
        let before = outside(db);
        assert_eq!(repository.presence().expect("presence"), Presence::Older);
        for error in
            [repository.install(&mut |_| {}).map(|_| ()).expect_err("install"), repository.uninstall().map(|_| ()).expect_err("uninstall")]
        {
            assert!(matches!(error, Error::OlderPggit { .. }), "{error}");
            assert!(error.hint().is_some_and(|h| h.contains("--adopt")), "{error}");
        }
        assert!(matches!(Repository::open(&db.url()), Err(Error::OlderPggit { .. })));
        assert!(matches!(repository.restore(true), Err(Error::NothingToRestore { .. })));
        assert_outside(db, &before);
    });
}

#[test]
fn adopting_imports_what_means_something() {
    with_older(|db, repository| {
        let adoption = repository.adopt(&mut |_| {}).expect("adopt");
        assert_eq!((adoption.schema.as_str(), adoption.report.mode), ("pggit_legacy", Mode::EventTrigger));
        let counts: Vec<_> = adoption.imported.iter().map(|i| (i.what.as_str(), i.imported, i.left_out)).collect();
        assert_eq!(
            counts,
            [
                ("commits", 5, 0),
                ("history", 6, 1500),
                ("objects", 0, 1503),
                ("branches", 0, 1),
                ("configuration", 5, 5),
                ("function versions", 5, 6),
                ("deployments", 2, 0),
                ("changesets", 4, 0),
                ("conflicts", 2, 2),
                ("migrations", 2, 1),
                ("system events", 0, 1),
                ("triggers", 0, 1),
                ("dependants", 0, 1),
            ],
            "{:#?}",
            adoption.imported
        );

        // The log goes back to the first of its commits, in order of time.
        let log = repository.log(None, 100).expect("log");
        let messages: Vec<_> = log.iter().rev().map(|e| e.message.as_str()).collect();
        assert_eq!(messages.last(), Some(&"The schema as it stood when pgGit was installed"));
        assert_eq!(messages.len(), 5 + 3 + 1, "{messages:?}");
        let place = |m: &str| messages.iter().position(|n| *n == m).unwrap_or_else(|| panic!("{m} is missing: {messages:?}"));
        assert!(place("Add users") < place("Add email") && place("Add email") < place("Created TABLE app.gone and 1 more"));
        let first = log.iter().find(|e| e.message == "Add users").expect("imported");
        assert_eq!((first.author.as_str(), first.authored_at.format("%Y-%m-%d").to_string().as_str()), ("ada", "2024-01-02"));
        let said =
            "select object_identity || ' ' || new_version || ' ' || new_metadata::text from pggit.imported_changes where commit_id = ";
        assert_eq!(db.session.value(&format!("{said}'{}'", first.commit_id)), r#"app.users 1 {"columns": ["id"]}"#);
        let unknown = db.session.fail(&format!("select * from pggit.diff('{}', 'HEAD')", first.commit_id));
        assert!(unknown.contains("is not known"), "{unknown}");

        // Nothing of the older pgGit is tracked, and no secret came along.
        let own = "select object_type || ' ' || object_identity from pggit.tracked_objects where object_identity ~ 'pggit'";
        assert_eq!(db.session.column(own), Vec::<String>::new());
        for table in
            db.session.column("select oid::regclass::text from pg_class where relnamespace = 'pggit'::regnamespace and relkind = 'r'")
        {
            assert_eq!(
                db.session.value(&format!("select count(*) from {table} as t where t::text ~ 'topsecret|rotate.*hidden'")),
                "0",
                "{table}"
            );
        }
        db.assert_no_drift("the adoption");
        let checks = repository.verify(false).expect("verify");
        assert!(checks.iter().all(|c| c.status == "ok"), "{checks:#?}");

        let config = repository.config().expect("config");
        assert_eq!(
            (config.track_schemas, config.ignore_schemas),
            (vec!["app".to_owned()], vec!["temp_%".to_owned(), "scratch%".to_owned()])
        );
        let versions = repository.function_versions("app.pay(numeric)").expect("versions");
        assert_eq!(versions.iter().map(|v| v.version.as_str()).collect::<Vec<_>>(), ["2.3.0", "1.1.0", "1.0.0"]);
        assert_eq!(versions[0].source.as_deref(), Some("select 1"));
        let lost = db.session.fail("select pggit.restore_function('app.pay(numeric)', '1.0.0')");
        assert!(lost.contains("is not known"), "{lost}");
        let migrations = repository.migrations().expect("migrations");
        assert_eq!(migrations[0].commit_id.as_deref(), Some(first.commit_id.as_str()), "{migrations:#?}");
        assert_eq!(
            db.session.value("select string_agg(status, ',' order by changeset_id) from pggit.cqrs_history"),
            "completed,pending,failed,failed"
        );
        assert_eq!(repository.conflicts(None).expect("conflicts").len(), 2);
    });
}

#[test]
fn after_an_adoption_only_the_new_one_records() {
    with_older(|db, repository| {
        repository.adopt(&mut |_| {}).expect("adopt");
        let before = db.session.value("select count(*) from pggit_legacy.history");
        db.session.run("alter table app.users add name text; create or replace function app.pay(amount numeric) returns int language sql as 'select 9'");
        db.session.run("insert into app.flyway_schema_history (installed_rank) values (7)");
        assert_eq!(db.session.value("select count(*) from pggit_legacy.history"), before);
        assert_eq!(repository.log(None, 1).expect("log")[0].message, "ALTER TABLE app.users and 1 more");
        assert_eq!(repository.function_versions("app.pay(numeric)").expect("versions")[0].version, "2.3.1");
        let faults = db.session.column("select details from pggit.verify_consistency() where check_name = 'functions' and status <> 'ok'");
        assert_eq!(faults, [""; 0]);
        db.assert_no_drift("changes after the adoption");
        assert!(matches!(repository.adopt(&mut |_| {}), Err(Error::NothingToAdopt { .. })));
        let report = repository.install(&mut |_| {}).expect("an upgrade");
        assert!(report.upgraded);
        db.assert_no_drift("the upgrade");
    });
}

#[test]
fn an_adoption_that_fails_leaves_everything_as_it_was() {
    with_older(|db, repository| {
        let before = outside(db);
        for tag in ["ALTER SCHEMA", "CREATE TYPE", "CREATE VIEW", "CREATE TRIGGER", "DROP FUNCTION"] {
            db.session.run(&format!(
                "create function public.forbid() returns event_trigger language plpgsql as $$ begin if tg_tag = '{tag}' then raise exception 'not on my watch'; end if; end $$;
                 create event trigger forbid on ddl_command_start execute function public.forbid()"
            ));
            let error = repository.adopt(&mut |_| {}).expect_err("it is forbidden");
            assert!(error.to_string().contains("not on my watch"), "{tag}: {error}");
            db.session.run("drop event trigger forbid; drop function public.forbid()");
        }
        // The older one has seen our own commands of this test, and nothing else has changed.
        db.session.run("delete from pggit.history where change_type ~ 'FUNCTION|EVENT' and sql_executed ~ 'forbid'; select setval('pggit.history_id_seq', (select max(id) from pggit.history))");
        assert_outside(db, &before);
    });
}

#[test]
fn restoring_brings_the_old_state_back_exactly() {
    with_older(|db, repository| {
        let before = outside(db);
        let adoption = repository.adopt(&mut |_| {}).expect("adopt");
        let restored = repository.restore(false).expect("nothing was recorded since");
        assert_eq!((restored.commits_deleted, restored.schema.as_str()), (0, adoption.schema.as_str()));
        assert_outside(db, &before);

        // With commits since it wants to hear it twice.
        repository.adopt(&mut |_| {}).expect("adopt again");
        db.session.run("create table app.since (id int)");
        let error = repository.restore(false).expect_err("a commit would be lost");
        assert!(matches!(error, Error::HistoryAtStake { commits: 1, .. }), "{error}");
        assert!(error.hint().is_some_and(|h| h.contains("--yes")));
        assert_eq!(repository.log(None, 1).expect("it is still there")[0].message, "CREATE TABLE app.since");
        assert_eq!(repository.restore(true).expect("restore").commits_deleted, 1);
        db.session.run("alter event trigger pggit_ddl_trigger disable; alter event trigger pggit_enhanced_ddl_trigger disable; alter event trigger pggit_drop_trigger disable; alter event trigger pggit_sql_drop disable");
        db.session.run("drop table app.since; alter event trigger pggit_ddl_trigger enable; alter event trigger pggit_enhanced_ddl_trigger enable always; alter event trigger pggit_drop_trigger enable; alter event trigger pggit_sql_drop enable");
        assert_outside(db, &before);
    });
}

#[test]
fn an_older_one_that_is_moved_aside_outlives_an_uninstall() {
    with_older(|db, repository| {
        let before = outside(db);
        repository.adopt(&mut |_| {}).expect("adopt");
        repository.uninstall().expect("uninstall");
        assert_eq!(repository.set_aside().expect("asked").as_deref(), Some("pggit_legacy"));
        repository.restore(false).expect("restore");
        assert_outside(db, &before);
    });
}

#[test]
fn an_empty_older_one_is_adopted_too() {
    on_each_empty(|db| {
        db.session.run(
            "create schema pggit; create table pggit.objects (object_type text, full_name text); create table pggit.history (object_id int, change_type text);
             create table pggit.commits (hash text); create schema pggit_legacy",
        );
        let mut repository = Repository::connect(&db.url()).expect("connect");
        let adoption = repository.adopt(&mut |_| {}).expect("adopt");
        assert_eq!((adoption.schema.as_str(), adoption.imported.len()), ("pggit_legacy_2", 0), "{:#?}", adoption.imported);
        assert_eq!(repository.log(None, 10).expect("log").len(), 1);
        let Err(error) = repository.adopt(&mut |_| {}) else { panic!("there is none") };
        assert!(matches!(error, Error::NothingToAdopt { .. }));
    });
}

#[test]
fn scripts_that_read_the_older_views_go_on_working() {
    with_older(|db, repository| {
        repository.adopt(&mut |_| {}).expect("adopt");
        db.session.run("select pggit.execute_cqrs_changeset('00000000-0000-0000-0000-000000000002')");
        let changesets = db.session.column(
            "select concat_ws('|', description, version, status, command_ops_count, query_ops_count, successful_ops, failed_ops, error_message, commit_message, created_by is not null,
                    created_at is not null, completed_at is not null, commit_id is not null)
             from pggit.cqrs_history order by changeset_id limit 2",
        );
        assert_eq!(changesets[0], "Orders|1.0|completed|1|1|1|0|t|t|f|f");
        assert!(changesets[1].starts_with("Later|completed|1|0|1|0|") && changesets[1].ends_with("|t|t|t|t"), "{changesets:?}");
        let migrations = db.session.column(
            "select concat_ws('|', migration_id, tool_name, migration_name, applied_by, execution_time, success, commit_message, objects_changed, applied_at is not null, commit_id is not null, tree_hash is not null)
             from pggit.migration_history order by migration_id limit 1",
        );
        assert_eq!(migrations, ["1|flyway|users|ada|00:00:02|t|Add users|0|t|t|t"]);
        let functions = db.session.column(
            "select concat_ws('|', schema_name, function_name, full_signature, argument_types[1], return_type, is_overloaded, version, metadata ->> 'author', commit_message, created_at is not null, created_by is not null, commit_id is not null)
             from pggit.function_history where function_name = 'pay' and version in ('1.0.0', '2.3.0') and full_signature = 'app.pay(numeric)' order by version",
        );
        assert_eq!(
            functions,
            [
                "app|pay|app.pay(numeric)|numeric|integer|t|1.0.0|ada|t|t|f",
                "app|pay|app.pay(numeric)|numeric|integer|t|2.3.0|The schema as it stood when pgGit was installed|t|t|t"
            ]
        );
    });
}

/// The older one kept neither path nor author of a changeset.
#[test]
fn changesets_that_were_adopted_are_not_recorded_twice() {
    with_older(|db, repository| {
        db.session.run(
            "insert into pggit.external_migrations (migration_id, tool_name, migration_name, checksum, applied_at, success) values
                (101, 'liquibase', 'add users', '9:aaaa', '2024-01-02 10:00:00', true), (102, 'Liquibase', 'two', null, '2024-01-03', true),
                (103, 'liquibase', 'unlike', '9:cccc', '2024-01-04', true);
             create table databasechangelog (id text, author text, filename text, dateexecuted timestamp, orderexecuted int, exectype text, md5sum text, description text);
             insert into databasechangelog values ('one', 'ada', 'changelog.xml', '2024-01-02 10:00:00', 1, 'EXECUTED', '9:aaaa', 'createTable'),
                ('two', 'ada', 'changelog.xml', '2024-01-03', 102, 'EXECUTED', '9:bbbb', 'addColumn'), ('three', 'ada', 'changelog.xml', '2024-01-05', 103, 'EXECUTED', '9:dddd', 'sql')",
        );
        repository.adopt(&mut |_| {}).expect("adopt");
        let listed = "select concat_ws(' ', migration_id, migration_key, migration_name, checksum) from pggit.external_migrations where tool_name = 'liquibase' order by migration_id";
        let expected = [
            "101 changelog.xml::one::ada add users 9:aaaa",
            "102 changelog.xml::two::ada two 9:bbbb",
            "103 unlike 9:cccc",
            "104 changelog.xml::three::ada sql 9:dddd",
        ];
        for round in 0..2 {
            db.session.run("select pggit.integrate_liquibase()");
            assert_eq!(db.session.column(listed), expected, "round {round}");
        }
        db.session.run("update databasechangelog set md5sum = '9:eeee' where id = 'two'");
        db.session.run("select count(*) from pggit.validate_migrations('liquibase')");
        assert_eq!(db.session.column(listed)[1], "102 changelog.xml::two::ada two 9:eeee");
    });
}
