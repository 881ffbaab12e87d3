//! What the commands do.

use std::process::Command;

use pggit_tests::{on_each, on_each_empty};
use serde_json::Value;

use crate::{accepts, json, pggit, rejects, texts};

#[test]
fn from_install_to_uninstall() {
    on_each_empty(|database| {
        assert!(rejects(&database.url(), &["log"]).contains("pggit install"));
        assert!(accepts(database, &["install"]).contains("first commit"));
        assert!(accepts(database, &["install"]).contains("history is as it was"));
        accepts(database, &["upgrade"]);
        accepts(database, &["exec", "-c", "create table t (id int primary key)"]);
        assert_eq!(json(database, &["log"])[0]["message"], "CREATE TABLE public.t");
        assert!(rejects(&database.url(), &["uninstall"]).contains("--yes"));
        accepts(database, &["uninstall", "--yes"]);
        assert_eq!(database.session.value("select count(*)::text from pg_namespace where nspname = 'pggit'"), "0");
    });
}

#[test]
fn the_history_in_text_and_json() {
    on_each(|database| {
        database.session.run("create table t (id int primary key)");
        database.session.run("alter table t add column name text");
        let log = json(database, &["log", "-n", "1"]);
        let id = log[0]["commit_id"].as_str().expect("an id").to_owned();
        assert!(accepts(database, &["log", "--oneline"]).starts_with(&id[..12]));
        assert!(accepts(database, &["log"]).contains("Author: postgres"));
        assert!(accepts(database, &["show", &id[..8]]).contains("+ create table column public.t.name"));
        assert_eq!(json(database, &["show"])["commit_id"], id.as_str());
        assert_eq!(json(database, &["diff", "HEAD~1", "HEAD"])[0]["object_identity"], "public.t.name");
        assert_eq!(json(database, &["diff"]), Value::Array(Vec::new()));
        assert_eq!(json(database, &["blame", "public.t"]).as_array().map(Vec::len), Some(4));
        assert_eq!(json(database, &["history", "public.t"]).as_array().map(Vec::len), Some(4));
        assert!(accepts(database, &["version", "public.t"]).contains("1.1.0"));
        assert!(json(database, &["definition", "public.t", "HEAD~1"])["elements"].as_array().is_some());
        accepts(database, &["tag", "v1"]);
        assert!(accepts(database, &["log", "v1", "--oneline"]).contains("ALTER TABLE"));
        assert!(json(database, &["status"]).as_array().is_some_and(|lines| lines.len() > 4));
    });
}

#[test]
fn a_noted_commit_proves_that_nothing_was_rewritten() {
    on_each(|database| {
        database.session.run("create table t (id int)");
        let id = database.session.value("select pggit.resolve_revision('HEAD')");
        database.session.run("alter table t add column name text");
        assert!(accepts(database, &["verify", "--since", &id]).contains("goes back to"));
        let checks = json(database, &["verify"]);
        assert!(checks.as_array().is_some_and(|c| !c.is_empty() && c.iter().all(|c| c["status"] == "ok")), "{checks}");
        let forged = id.replace(['0', '1'], "2");
        let output = pggit(&database.url(), &["verify", "--since", &forged]);
        assert_eq!(output.status.code(), Some(1));
        assert!(texts(&output).0.contains("it was rewritten"));
    });
}

#[test]
fn the_configuration_as_a_file() {
    on_each(|database| {
        let file = std::env::temp_dir().join(format!("pggit-config-{}-{}.toml", std::process::id(), database.version()));
        let path = file.to_str().expect("a path in UTF-8");
        std::fs::write(&file, "ignore_schemas = ['monitoring']\nignore_patterns = ['CREATE UNLOGGED TABLE %']\n").expect("written");
        accepts(database, &["config", "apply", path]);
        let shown = accepts(database, &["config", "show"]);
        std::fs::write(&file, &shown).expect("written");
        accepts(database, &["config", "apply", path]);
        assert_eq!(json(database, &["config", "show"])["ignore_schemas"][0], "monitoring");
        std::fs::write(&file, "ignore_schema = ['monitoring']").expect("written");
        assert!(rejects(&database.url(), &["config", "apply", path]).contains("ignore_schema"));
        std::fs::remove_file(&file).expect("removed");
    });
}

#[test]
fn deployments_and_pauses() {
    on_each(|database| {
        accepts(database, &["deploy", "begin", "Release"]);
        database.session.run("create table t (id int)");
        assert!(accepts(database, &["deploy", "status"]).contains("Release"));
        accepts(database, &["deploy", "end", "-m", "Release it", "-t", "r1"]);
        assert_eq!(json(database, &["log", "-n", "1"])[0]["message"], "Release it");
        accepts(database, &["pause", "10 minutes"]);
        database.session.run("create table u (id int)");
        accepts(database, &["resume"]);
        assert_eq!(json(database, &["show"])["kind"], "out_of_band");
        accepts(database, &["emergency", "disable", "10 minutes"]);
        accepts(database, &["emergency", "enable"]);
    });
}

#[test]
fn a_server_for_people_without_one() {
    let directory = std::env::temp_dir().join(format!("pggit-dev-{}", std::process::id()));
    let dev = |action: &str, more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_pggit"))
            .args(["dev", action])
            .args(more)
            .env("XDG_DATA_HOME", &directory)
            .output()
            .expect("pggit runs");
        let (stdout, stderr) = texts(&output);
        assert!(output.status.success(), "pggit dev {action}\n{stdout}\n{stderr}");
        stdout
    };
    let url = dev("start", &[]).lines().find(|l| l.starts_with("postgresql://")).expect("the URL is printed").to_owned();
    assert!(dev("start", &[]).contains(&url), "it finds the running one");
    let output = pggit(&url, &["log", "--oneline"]);
    assert!(output.status.success(), "{}", texts(&output).1);
    assert!(dev("status", &[]).contains(&url));
    dev("stop", &[]);
    assert!(!dev("status", &[]).contains(&url));
    dev("reset", &["--yes"]);
    let _ = std::fs::remove_dir_all(&directory);
}

#[test]
fn branches_conflicts_and_maintenance() {
    on_each(|db| {
        db.session.run("create table a (id int)");
        accepts(db, &["branch", "create", "before"]);
        db.session.run("create table b (id int)");
        assert!(accepts(db, &["branch", "list"]).contains("* main"));
        assert!(accepts(db, &["compare", "before", "main"]).contains("public.b"));
        assert_eq!(accepts(db, &["compare", "main"]), "No differences.\n");
        let other = db.installed_beside();
        let differences = json(db, &["compare", "HEAD", "--with", &other.url()]);
        assert!(differences.as_array().expect("a list").iter().any(|d| d["object_name"] == "public.b" && d["env2_status"] == "missing"));

        let id = db.session.value("select pggit.register_conflict('merge', 'table', 'public.a')");
        assert!(accepts(db, &["conflicts"]).contains(&id));
        assert!(accepts(db, &["conflicts", &id]).contains("Type: merge"));
        assert!(rejects(&db.url(), &["resolve", &id, "use_tracked"]).contains("public.a"));
        accepts(db, &["resolve", &id, "custom", "--sql", "alter table a add n int", "--reason", "needed"]);
        assert_eq!(accepts(db, &["conflicts"]), "No conflicts.\n");

        db.session.run("comment on column a.n is 'ours'");
        let data = r#"jsonb_build_object('base', d.d - 'comment', 'incoming', d.d || '{"comment": "theirs", "default": "7"}')"#;
        let id = db.session.value(&format!(
            "select pggit.register_conflict('merge', 'table column', 'public.a.n', {data}) from (select pggit.object_definition('public.a.n') -> 'definition' as d) as d"
        ));
        let output = pggit(&db.url(), &["resolve", &id, "merge"]);
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(1), "{stdout}{stderr}");
        assert!(stdout.contains("merged, but for\n  comment: both sides changed it") && stderr.contains("stays open"), "{stdout}{stderr}");
        assert_eq!(
            db.session.value("select column_default from information_schema.columns where table_name = 'a' and column_name = 'n'"),
            "7"
        );
        let resolved = json(db, &["resolve", &id, "use_current"]);
        assert_eq!((&resolved["resolved"], &resolved["unmerged"]), (&Value::Bool(true), &Value::Array(Vec::new())));

        assert!(texts(&pggit(&db.url(), &["gc"])).1.contains("--yes does it"));
        accepts(db, &["branch", "delete", "before"]);
        let purged = json(db, &["gc", "--older-than", "0 seconds", "--yes"]);
        assert!(purged[0]["count"].as_i64().expect("a count") > 0, "{purged}");
        assert!(accepts(db, &["verify"]).contains("ok"));
        assert!(accepts(db, &["report", "--days", "1"]).contains("DDL operations tracked"));
        assert!(accepts(db, &["metrics"]).contains("# TYPE pggit_commits_total counter\npggit_commits_total{"));
        assert!(accepts(db, &["events"]).contains("history_purged"));
    });
}

#[test]
fn migrations_of_other_tools() {
    on_each(|db| {
        db.session.run("select pggit.begin_migration(1, 'custom', 'a'); create table a (id int); select pggit.end_migration(1)");
        assert!(accepts(db, &["migrate", "status"]).contains("transaction"));
        assert_eq!(accepts(db, &["migrate", "validate"]), "Nothing is wrong.\n");
        assert!(accepts(db, &["migrate", "impact", "1"]).contains("public.a"));
        db.session.run("select pggit.link_migration(3, 'c', 'custom')");
        let output = pggit(&db.url(), &["migrate", "validate", "--tool", "custom"]);
        let (found, refused) = texts(&output);
        assert!(!output.status.success() && found.contains("migration 2 is missing") && refused.contains("1 fault"), "{found}{refused}");
        assert!(rejects(&db.url(), &["migrate", "impact", "9"]).contains("there is no migration 9"));
    });
}

#[test]
fn functions_and_their_versions() {
    on_each(|db| {
        db.session.run("create function pay(a numeric) returns int language sql as 'select 1'");
        db.session.run("create or replace function pay(a numeric) returns int language sql as 'select 2'");
        db.session
            .run("create function old() returns int language sql as 'select 0'; comment on function old() is '@pggit-deprecated: use pay'");
        assert!(accepts(db, &["function", "list", "public"]).contains("public.pay(numeric)"));
        let log = json(db, &["function", "log", "public.pay(decimal)"]);
        assert_eq!((&log[0]["version"], &log[1]["version"]), (&"1.0.1".into(), &"1.0.0".into()), "{log}");
        assert_eq!(accepts(db, &["function", "show", "public.pay(numeric)", "--version", "1.0.0"]), "select 1\n");
        let diff = accepts(db, &["function", "diff", "public.pay(numeric)"]);
        assert!(diff.contains("- select [-1-]") && diff.contains("+ select {+2+}"), "{diff}");
        assert!(accepts(db, &["function", "track", "public.pay(numeric)", "--version", "3.0.0"]).contains("3.0.0"));
        assert!(accepts(db, &["function", "restore", "public.pay(decimal)", "1.0.0"]).contains("3.0.1"));
        db.session.run("create or replace function pay(a numeric) returns int language sql as 'SELECT   1'");
        assert_eq!(json(db, &["function", "diff", "public.pay(decimal)"])["same_meaning"], true);
        assert!(accepts(db, &["function", "diff", "public.pay(numeric)"]).contains("Both mean the same"));
        db.session.run(
            "create view paid as select old() as n; create function more() returns int language plpgsql as 'begin return (select n from paid); end';
             create function any_of(name text) returns void language plpgsql as 'begin execute name; end'",
        );
        let deprecated = accepts(db, &["function", "deprecated"]);
        for line in [
            "public.old() 1.0.0: deprecated: use pay",
            "needed by view public.paid\n",
            "needed by function public.more() by way of public.paid",
            "public.any_of(pg_catalog.text) could need any of them",
        ] {
            assert!(deprecated.contains(line), "{line}\n{deprecated}");
        }
        assert_eq!(json(db, &["function", "deprecated"])["deprecated"][0]["callers"][1]["path"][2], "public.old()");
        assert!(rejects(&db.url(), &["function", "log", "public.nowhere()"]).contains("nowhere"));
        assert!(rejects(&db.url(), &["function", "show", "public.pay(numeric)", "--version", "9.0.0"]).contains("9.0.0"));
    });
}

#[test]
fn files_of_flyway_against_its_table() {
    on_each(|db| {
        let directory = tempfile::tempdir().expect("a directory");
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).expect("a file");
        write("V1__one.sql", "SELECT 1;\r\n");
        write("V2__two.sql", "CREATE TABLE t (id int);");
        write("beforeMigrate.sql", "select 1");
        let dir = directory.path().to_string_lossy().into_owned();
        let arguments = ["migrate", "validate", "--tool", "flyway", "--dir", &dir];
        assert!(texts(&pggit(&db.url(), &arguments)).1.contains("no table flyway_schema_history"), "everything is pending");
        db.session.run(
            "create table flyway_schema_history (installed_rank int, version text, description text, type text, script text, checksum int, success boolean);
             insert into flyway_schema_history values (1, '1', 'one', 'SQL', 'V1__one.sql', 78787420, true)",
        );
        let states = json(db, &arguments);
        let states = &states["migrations"];
        assert_eq!((&states[0]["state"], &states[1]["state"]), (&"Success".into(), &"Pending".into()), "{states}");
        write("V1__one.sql", "SELECT 2;");
        let output = pggit(&db.url(), &arguments);
        let (found, refused) = texts(&output);
        assert!(
            !output.status.success() && found.contains("V1__one.sql:1: the checksum") && refused.contains("1 fault"),
            "{found}{refused}"
        );
    });
}

#[test]
fn an_export_in_files_makes_the_schema_again() {
    on_each(|db| {
        db.session.run(
            "create schema \"Odd / Name\"; create table \"Odd / Name\".\"a b\" (id int primary key, c int);
             create table \"Odd / Name\".\"a_b\" (id int primary key references \"Odd / Name\".\"a b\");
             alter table \"Odd / Name\".\"a b\" add foreign key (c) references \"Odd / Name\".\"a_b\";
             create view v as select id from \"Odd / Name\".\"a b\"; comment on view v is 'x'",
        );
        let directory = tempfile::tempdir().expect("a directory");
        let dir = directory.path().to_string_lossy().into_owned();
        assert!(accepts(db, &["export", "--split", &dir]).contains("all.sql"));
        let copy = db.empty_beside();
        let psql = pggit_server::Binaries::find(Some(15)).expect("PostgreSQL 15").program("psql");
        let file = directory.path().join("all.sql");
        let output =
            Command::new(psql).args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"]).arg(file).arg(copy.url()).output().expect("psql runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        accepts(&copy, &["install"]);
        assert_eq!(accepts(db, &["compare", "HEAD", "--with", &copy.url()]), "No differences.\n");
    });
}

#[test]
fn an_export_into_files_leaves_none_of_an_earlier_one() {
    on_each(|db| {
        db.session.run("create schema s; create table s.kept (id int); create table s.gone (id int)");
        let directory = tempfile::tempdir().expect("a directory");
        let (inside, outside) = (directory.path().join("export"), directory.path().join("outside.sql"));
        let dir = inside.to_string_lossy().into_owned();
        accepts(db, &["export", "--split", &dir]);
        let gone = inside.join("s/table/s.gone.sql");
        assert!(gone.exists());
        // what others have put there, and where no export writes
        std::fs::write(inside.join("s/table/own.sql"), "select 1").expect("written");
        std::fs::write(&outside, "select 1").expect("written");
        let all = std::fs::read_to_string(inside.join("all.sql")).expect("readable");
        std::fs::write(inside.join("all.sql"), format!("{all}\\ir ../outside.sql\n\\ir {}\n", outside.display())).expect("written");
        db.session.run("drop table s.gone");
        accepts(db, &["export", "--split", &dir]);
        assert!(!gone.exists());
        assert!(outside.exists() && inside.join("s/table/own.sql").exists() && inside.join("s/table/s.kept.sql").exists());
        // an all.sql of somebody's own names nothing of ours
        std::fs::write(inside.join("all.sql"), "\\ir s/table/own.sql\n").expect("written");
        accepts(db, &["export", "--split", &dir]);
        assert!(inside.join("s/table/own.sql").exists());
    });
}

/// Installed by a role that may create no event triggers.
#[test]
fn watching_commits_what_no_trigger_saw() {
    on_each_empty(|db| {
        let role = db.role("owner");
        let database = db.session.value("select current_database()");
        db.session.run(&format!("alter database {database} owner to {role}"));
        let run = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_pggit"));
            command.args(["--database-url", &db.url_as(&role)]).args(arguments).stdout(std::process::Stdio::null());
            command.spawn().expect("pggit runs")
        };
        assert!(run(&["install"]).wait().expect("it ends").success());
        let mut owner = db.connect_as(&role);
        assert_eq!(owner.value("select status from pggit.status() where component = 'Tracking'"), "snapshot");
        owner.run("create schema app; create table app.unseen (id int)");
        let mut watch = run(&["watch", "--interval", "1"]);
        let mut seen = |name: &str| {
            (0..100).any(|_| {
                std::thread::sleep(std::time::Duration::from_millis(100));
                let committed =
                    format!("select count(*) from pggit.changes where commit_id is not null and object_identity = 'app.{name}'");
                owner.value(&committed) == "1"
            })
        };
        let first = seen("unseen");
        db.connect_as(&role).run("create table app.later (id int)");
        let second = seen("later");
        watch.kill().expect("it was running");
        watch.wait().expect("it ends");
        assert!(first && second, "{first} {second}");
        assert_eq!(owner.column("select object_identity from pggit.drift()"), [""; 0]);
    });
}

/// Nobody is to believe that it still looks.
#[test]
fn a_watch_ends_with_its_connection() {
    on_each(|db| {
        let mut watch = Command::new(env!("CARGO_BIN_EXE_pggit"))
            .args(["--database-url", &db.url(), "watch", "--interval", "1"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("pggit runs");
        let ended = (0..200).find_map(|_| {
            db.session.run("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%reconcile%' and pid <> pg_backend_pid()");
            std::thread::sleep(std::time::Duration::from_millis(100));
            watch.try_wait().expect("it can be asked")
        });
        let _ = watch.kill();
        let said = watch.wait_with_output().expect("what it said").stderr;
        let said = String::from_utf8_lossy(&said);
        assert!(ended.is_some_and(|status| !status.success()), "{said}");
        assert!(said.contains("the connection to the server was lost"), "{said}");
    });
}

#[test]
fn changesets_over_two_sides() {
    on_each(|database| {
        database.session.run("create schema command; create schema query; create table command.orders (id int primary key, total int)");
        database.session.run("create view query.totals as select total from command.orders");
        let directory = tempfile::tempdir().expect("a directory");
        let write = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).expect("a file is written");
            path.display().to_string()
        };
        let toml = write(
            "priority.toml",
            "description = \"Add order priority\"\nversion = \"2.1.0\"\ncommand_operations = [\"alter table command.orders add column priority text\"]\nquery_operations = [\"create view query.priorities as select priority from command.orders\"]\n",
        );
        assert!(accepts(database, &["cqrs", "apply", &toml]).contains("Add order priority"));
        assert_eq!(json(database, &["log", "-n", "1"])[0]["message"], "Add order priority (2.1.0)");
        let script = write("wider.sql", "-- a script\nalter table command.orders alter column total type bigint;\n");
        assert!(rejects(&database.url(), &["cqrs", "apply", &script]).contains("operation 1"));
        accepts(database, &["cqrs", "apply", &script, "--restore-dependants", "-m", "Wider totals"]);
        let failed =
            json(database, &["cqrs", "status"])["changesets"][0]["changeset_id"].as_str().expect("the failure is on record").to_owned();
        assert!(rejects(&database.url(), &["cqrs", "retry", "00000000-0000-0000-0000-000000000000"]).contains("there is no changeset"));
        assert!(rejects(&database.url(), &["cqrs", "retry", &failed]).contains("operation 1"));
        assert_eq!(json(database, &["cqrs", "history"]).as_array().map(Vec::len), Some(3));
        let stray = write("stray.sql", "create table elsewhere (id int);");
        assert!(rejects(&database.url(), &["cqrs", "apply", &stray]).contains("is no changeset"));
        assert!(accepts(database, &["--format", "dot", "cqrs", "deps"]).contains("\"query.totals\" -> \"command.orders\""));
        assert!(accepts(database, &["cqrs", "deps"]).contains("query.priorities > command.orders"));
        assert!(rejects(&database.url(), &["--format", "svg", "log"]).contains("no drawing"));
    });
}
