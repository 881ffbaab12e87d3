//! `pggit migrate` as a user runs it, over a directory of Flyway's and a table that is written as Flyway writes it.

use std::path::Path;
use std::process::Command;

use pggit_tests::{Database, on_each};
use serde_json::Value;

const HISTORY: &str =
    "create table public.flyway_schema_history (installed_rank int primary key, version varchar(50), description varchar(200) not null,
    type varchar(20) not null, script varchar(1000) not null, checksum int, installed_by varchar(100) not null,
    installed_on timestamp not null default now(), execution_time int not null, success boolean not null)";

/// A project in a directory and its database.
struct Project<'a> {
    directory: tempfile::TempDir,
    database: &'a mut Database,
    ran: u32,
}

impl<'a> Project<'a> {
    fn new(database: &'a mut Database) -> Self {
        database.session.run(HISTORY);
        database.session.run("select pggit.integrate_flyway()");
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(directory.path().join("sql")).expect("a directory");
        Self { directory, database, ran: 0 }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join("sql").join(name), text).expect("a file");
    }

    /// Writes a file and runs it as Flyway does: each statement by itself, then the row.
    fn migrate(&mut self, name: &str, text: &str) {
        self.write(name, text);
        self.ran += 1;
        let (rank, checksum) = (self.ran, pggit_migrate::flyway_checksum(text));
        let (version, description) = name.trim_end_matches(".sql").split_once("__").expect("a name of Flyway's");
        let version = version.trim_start_matches(['V', 'R']);
        self.database.session.run("begin");
        text.split_inclusive(';').for_each(|statement| self.database.session.run(statement));
        self.database.session.run(&format!(
            "insert into flyway_schema_history values ({rank}, nullif('{version}', ''), '{description}', 'SQL', '{name}', {checksum}, 'flyway', now(), 5, true)"
        ));
        self.database.session.run("commit");
    }

    /// Exit code, standard output and standard error.
    fn pggit(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pggit"));
        command.env("DATABASE_URL", self.database.url()).env("NO_COLOR", "1").current_dir(self.path()).arg("migrate").args(arguments);
        let output = command.output().expect("pggit runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.extend(["--format", "json"]);
        let (_, stdout, stderr) = self.pggit(&all);
        serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{all:?}: {e}\n{stdout}\n{stderr}"))
    }
}

const FILES: [&str; 4] = ["--tool", "flyway", "--dir", "sql"];

fn with<'a>(command: &[&'a str]) -> Vec<&'a str> {
    command.iter().copied().chain(FILES).collect()
}

/// A project with something of everything.
fn full(database: &mut Database) -> Project<'_> {
    let mut project = Project::new(database);
    project.migrate("V1__orders.sql", "create schema command; create table command.orders (id int, total varchar(10), note text);");
    project.migrate("V2__views.sql", "create schema query; create view query.totals as select total from command.orders;");
    project.migrate("V3__twice.sql", "create index on command.orders (id);");
    project.migrate("R__grants.sql", "grant usage on schema query to public;");
    let mut stranger = project.database.connect();
    stranger.run("set application_name = 'hotfix'; alter table command.orders add column quick int");
    project.write(
        "V1__orders.sql",
        "-- a comment\ncreate schema command;\ncreate table command.orders (id int, total varchar(10), note text);",
    );
    project.write("V2__views.sql", "create schema query; create view query.totals as select id from command.orders;");
    project.write("V03__twice.sql", "select 1");
    project.write("R__grants.sql", "grant usage on schema command to public;");
    project.write("V4__change.sql", "-- goes\nalter table command.orders drop column note;\nrefresh materialized view query.gone;\n");
    project.write("V5__bad.sql", "select 1;\n\nselect 'x");
    project
}

#[test]
fn status_and_validate_say_how_everything_stands() {
    on_each(|database| {
        let project = full(database);
        let report = project.json(&with(&["validate"]));
        let lines: Vec<_> = report["migrations"]
            .as_array()
            .expect("migrations")
            .iter()
            .map(|m| format!("{} {} {} {}", m["id"], m["state"], m["problem"]["fault"], m["link"]).replace('"', ""))
            .collect();
        let expected = [
            "1 Success edited transaction",
            "2 Success edited transaction",
            "3 Success edited transaction",
            "3 Pending duplicate null",
            "4 Pending null null",
            "5 Pending null null",
            "R:grants Outdated null transaction",
            "R:grants Pending null null",
        ];
        assert_eq!(lines, expected);
        let edit =
            |id: &str| report["migrations"].as_array().expect("migrations").iter().find(|m| m["id"] == id).expect("it")["edit"].clone();
        assert_eq!(edit("1")["verdict"], "blanks_and_comments");
        assert_eq!(edit("2")["verdict"], "statements");
        assert_eq!(edit("2")["removed"][0], "create view query.totals as select total from command.orders");
        assert_eq!(edit("R:grants")["added"][0], "grant usage on schema command to public");
        let drift = &report["drift"];
        assert_eq!(
            (drift.as_array().map(Vec::len), &drift[0]["object_identity"], &drift[0]["application_name"]),
            (Some(1), &"command.orders.quick".into(), &"hotfix".into())
        );

        let (code, stdout, stderr) = project.pggit(&with(&["validate"]));
        assert_eq!((code, stderr.as_str()), (1, "error: the migrations have 4 faults\n"), "{stdout}");
        assert!(stdout.contains("sql/V1__orders.sql:1: ") && stdout.contains("only blanks and comments differ"), "{stdout}");
        assert!(stdout.contains("changed by no migration:"), "{stdout}");
        let (code, text, _) = project.pggit(&with(&["status"]));
        assert_eq!((code, text), (0, stdout));
        let (code, stdout, _) = project.pggit(&["status", "--tool", "flyway"]);
        assert!(code == 0 && stdout.contains("R__grants.sql") && !stdout.contains("V4"), "{stdout}");
        assert_eq!(project.pggit(&["validate", "--tool", "flyway", "--fail-on-drift"]).0, 1);
    });
}

#[test]
fn a_log_in_sarif_names_rule_file_line_and_level() {
    on_each(|database| {
        let project = full(database);
        for (command, rule, level) in
            [("validate", "migration-edited", "error"), ("explain", "drops_column", "error"), ("impact", "locks_table", "warning")]
        {
            let mut arguments = with(&[command]);
            arguments.extend(["--format", "sarif"]);
            let (_, stdout, stderr) = project.pggit(&arguments);
            let log: Value = serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}\n{stdout}\n{stderr}"));
            assert_eq!(log["version"], "2.1.0");
            let run = &log["runs"][0];
            let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
            let results = run["results"].as_array().expect("results");
            for result in results {
                let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
                assert_eq!(result["ruleId"], rules[index]["id"]);
                assert!(result["message"]["text"].as_str().is_some_and(|t| !t.is_empty()));
                assert!(["note", "warning", "error"].contains(&result["level"].as_str().expect("a level")));
                if let Some(place) = result["locations"][0].get("physicalLocation") {
                    assert!(place["region"]["startLine"].as_u64().is_some_and(|l| l >= 1));
                    assert!(project.path().join(place["artifactLocation"]["uri"].as_str().expect("a uri")).exists());
                }
            }
            let found = results.iter().find(|r| r["ruleId"] == rule).unwrap_or_else(|| panic!("{command}: {stdout}"));
            assert_eq!(found["level"], level);
            if command == "explain" {
                assert_eq!(found["locations"][0]["physicalLocation"]["region"]["startLine"], 2);
                assert!(
                    results
                        .iter()
                        .any(|r| r["ruleId"] == "not_understood" && r["locations"][0]["physicalLocation"]["region"]["startLine"] == 3)
                );
            }
        }
        let (code, _, stderr) = project.pggit(&["status", "--format", "sarif"]);
        assert!(code == 1 && stderr.contains("SARIF"), "{stderr}");
    });
}

#[test]
fn pending_migrations_are_explained_before_they_run() {
    on_each(|database| {
        let project = full(database);
        let explained = project.json(&with(&["explain", "4"]));
        let statement = &explained[0]["statements"][0];
        assert_eq!((&statement["line"], &statement["sides"][0]), (&2.into(), &"command".into()));
        assert_eq!(statement["dependants"][0]["identity"], "query.totals");
        assert!(statement["findings"].as_array().expect("findings").iter().any(|f| f["rule"] == "drops_column"));
        let impact = project.json(&with(&["impact"]));
        let lines: Vec<_> = impact
            .as_array()
            .expect("changes")
            .iter()
            .map(|c| {
                format!("{} {} {} {} {}", c["migration"], c["operation"], c["object_name"], c["side"], c["impact_level"]).replace('"', "")
            })
            .collect();
        assert!(lines.contains(&"4 alter command.orders command high".to_owned()), "{lines:?}");
        assert!(lines.contains(&"R:grants alter command command low".to_owned()), "{lines:?}");
        // Names without a schema are those of Flyway's own, wherever its table is.
        project.write("V6__own.sql", "alter table orders drop column total");
        let explained = project.json(&with(&["explain", "6", "--schema", "public", "--set", "flyway.defaultSchema=command"]));
        let statement = &explained[0]["statements"][0];
        assert_eq!((&statement["dependants"][0]["identity"], &statement["sides"][0]), (&"query.totals".into(), &"command".into()));
        let (code, stdout, _) = project.pggit(&with(&["explain", "sql/V5__bad.sql"]));
        assert!(code == 0 && stdout.contains("line 3: not understood"), "{stdout}");
        let (code, _, stderr) = project.pggit(&with(&["explain", "99"]));
        assert!(code == 1 && stderr.contains("99"), "{stderr}");
        let applied = project.json(&["impact", "2"]);
        assert_eq!(applied[1]["object_name"], "query.totals");
    });
}

#[test]
fn migrations_are_linked_and_baselined() {
    on_each(|database| {
        database.session.run(HISTORY);
        database
            .session
            .run("insert into flyway_schema_history values (1, '1', 'old', 'SQL', 'V1__old.sql', 7, 'ann', '2020-01-01', 5, true)");
        let directory = tempfile::tempdir().expect("a directory");
        let project = Project { directory, database, ran: 0 };
        let (code, stdout, _) = project.pggit(&["baseline", "--tool", "flyway"]);
        assert!(code == 0 && stdout.contains("1 migration"), "{stdout}");
        let recorded = project.json(&["status"]);
        assert_eq!((&recorded[0]["migration_key"], &recorded[0]["link"]), (&"1".into(), &"explicit".into()));
        project.database.connect().run("create table t (id int)");
        let linked = project.json(&["link", "1", "--tool", "flyway", "--revision", "HEAD"]);
        assert_ne!(linked["commit_id"], recorded[0]["commit_id"]);
        assert_eq!(project.json(&["link", "7", "--tool", "own", "--description", "by hand"])["migration_id"], 7);
        for (arguments, said) in [
            (&["link", "x", "--tool", "own"][..], "x"),
            (&["baseline"], "--tool"),
            (&["status", "--tool", "unheard-of", "--dir", "."], "unheard-of"),
            (&["status", "--tool", "flyway", "--dir", "nowhere"], "nowhere:1: "),
            (&["status", "--tool", "flyway", "--dir", ".", "--set", "nonsense"], "nonsense"),
            (&["explain"], "--dir"),
            (&["impact"], "--dir"),
        ] {
            let (code, stdout, stderr) = project.pggit(arguments);
            assert!(code == 1 && stdout.is_empty() && stderr.contains(said), "{arguments:?} {stdout} {stderr}");
        }
    });
}

#[test]
fn flyways_own_locations_are_looked_through() {
    on_each(|db| {
        let mut project = Project::new(db);
        project.migrate("V1__a.sql", "create table a (id int);");
        for (directory, name) in
            [("modules/one/sql", "V2__b.sql"), ("src/main/resources/db/migration", "V3__c.sql"), ("modules/two/other", "V4__d.sql")]
        {
            std::fs::create_dir_all(project.path().join(directory)).expect("a directory");
            std::fs::write(project.path().join(directory).join(name), "create table b (id int);").expect("a file");
        }
        let toml = "[flyway]\nlocations = ['filesystem:sql', 'filesystem:modules/**/sql', 'classpath:db/migration']\n";
        std::fs::write(project.path().join("flyway.toml"), toml).expect("a file");
        std::fs::write(project.path().join("flyway.conf"), "flyway.locations=filesystem:sql,\\\n  filesystem:modules/*/sql,db/migration\n")
            .expect("a file");
        for config in ["flyway.toml", "flyway.conf"] {
            let (code, found, error) = project.pggit(&["status", "--tool", "flyway", "--config", config, "--format", "json"]);
            let found: Value = serde_json::from_str(&found).unwrap_or_else(|e| panic!("{e}: {found}{error}"));
            let states: Vec<_> = found["migrations"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|m| {
                    format!("{} {} {}", m["id"].as_str().unwrap_or(""), m["state"].as_str().unwrap_or(""), m["path"].as_str().unwrap_or(""))
                })
                .collect();
            assert_eq!(
                states,
                ["1 Success sql/V1__a.sql", "2 Pending modules/one/sql/V2__b.sql", "3 Pending src/main/resources/db/migration/V3__c.sql"],
                "{code}"
            );
        }
        let (code, _, error) = project.pggit(&["status", "--tool", "flyway", "--set", "flyway.locations=s3:bucket"]);
        assert!(code == 1 && error.contains("s3:bucket") && error.contains("filesystem:"), "{code} {error}");
    });
}
