//! `pggit migrate` as a user runs it over a changelog of Liquibase's, with a table that is written as Liquibase writes it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use pggit_migrate::{Liquibase, MigrationAdapter as _, Settings};
use pggit_tests::{Database, on_each};
use serde_json::Value;

const TABLES: &str = "create table public.databasechangelog (id varchar(255) not null, author varchar(255) not null, filename varchar(255) not null,
    dateexecuted timestamp not null, orderexecuted int not null, exectype varchar(10) not null, md5sum varchar(35), description varchar(255),
    comments varchar(255), tag varchar(255), liquibase varchar(20), contexts varchar(255), labels varchar(255), deployment_id varchar(10));
    create table public.databasechangeloglock (id int primary key, locked boolean not null, lockgranted timestamp, lockedby varchar(255));
    insert into public.databasechangeloglock values (1, false, null, null)";

const ROOT: &str = "databaseChangeLog:
- include: {file: sub/more.xml}
- changeSet: {id: edited, author: ann, changes: [{createTable: {tableName: a, columns: [{column: {name: id, type: int}}]}}]}
- changeSet: {id: marked, author: ann, changes: [{sql: select 1}]}
- changeSet: {id: rerun, author: ann, runOnChange: true, changes: [{sql: select 2}]}
- changeSet: {id: own, author: ann, changes: [{customChange: {class: com.example.Own}}]}
- changeSet: {id: given, author: ann, changes: [{sql: 'select ${who}'}]}
- changeSet: {id: old, author: ann, validCheckSum: '8:abc', changes: [{sql: select 3}]}
- changeSet: {id: skipped, author: ann, context: test, changes: [{sql: select 4}]}
- changeSet: {id: next, author: ann, changes: [{sql: select 5}]}
- changeSet: {id: Next, author: ann, changes: [{sql: select 6}]}
";

const MORE: &str =
    "<databaseChangeLog logicalFilePath='classpath:other/path.xml'>\n<changeSet id='1' author='bob'><sql>select 1</sql></changeSet>
</databaseChangeLog>";

/// A directory with the changelog, and the table after all of it ran but what is pending.
fn project(db: &mut Database) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(directory.path().join("sub")).expect("a directory");
    std::fs::write(directory.path().join("root.yaml"), ROOT).expect("a file");
    std::fs::write(directory.path().join("sub/more.xml"), MORE).expect("a file");
    db.session.run(TABLES);
    let local = Liquibase::new(&Settings::default()).expect("an adapter").local(directory.path()).expect("the changelog");
    for (order, migration) in local.iter().enumerate() {
        let parts: Vec<_> = migration.id.splitn(3, "::").collect();
        let [path, id, author] = parts[..] else { panic!("{}", migration.id) };
        if matches!(id, "next" | "Next" | "skipped") {
            continue;
        }
        let kind = if id == "marked" { "MARK_RAN" } else { "EXECUTED" };
        // What customChange gives is its class's own business.
        let sum = if id == "old" { "8:abc" } else { migration.checksum.as_deref().unwrap_or("9:0123456789abcdef0123456789abcdef") };
        db.session
            .run(&format!("insert into databasechangelog values ('{id}', '{author}', '/{path}', now(), {order}, '{kind}', '{sum}', 'x')"));
    }
    db.session.run("insert into databasechangelog values ('gone', 'ann', 'root.yaml', now(), 99, 'EXECUTED', null, 'x')");
    db.session.run(
        "insert into databasechangelog values ('1606', 'liquibase', 'liquibase-internal', now(), 100, 'EXECUTED', null, 'tagDatabase')",
    );
    directory
}

fn pggit(db: &Database, directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pggit"));
    command.env("DATABASE_URL", db.url()).env("NO_COLOR", "1").current_dir(directory).arg("migrate").args(arguments);
    let output = command.output().expect("pggit runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn states(stdout: &str) -> BTreeMap<String, String> {
    let report: Value = serde_json::from_str(stdout).unwrap_or_else(|e| panic!("{e}\n{stdout}"));
    let migrations = report["migrations"].as_array().expect("migrations").iter();
    let state = |m: &Value| {
        let fault = m["problem"]["fault"].as_str().map(|fault| format!(" {fault}")).unwrap_or_default();
        (m["id"].as_str().unwrap_or_default().to_owned(), format!("{}{fault}", m["state"].as_str().unwrap_or_default()))
    };
    migrations.map(state).collect()
}

#[test]
fn states_and_faults_are_told() {
    on_each(|db| {
        let directory = project(db);
        let edited = ROOT.replace("type: int", "type: bigint").replace("select 2", "select 22").replace("select 3", "select 33");
        std::fs::write(directory.path().join("root.yaml"), edited).expect("a file");
        let arguments =
            ["validate", "--tool", "liquibase", "--changelog", "root.yaml", "--set", "contexts=prod", "--set", "parameter.who=me"];
        let (code, stdout, stderr) = pggit(db, directory.path(), &[&arguments[..], &["--format", "json"]].concat());
        assert_eq!(code, 1, "{stderr}");
        let expected = [
            ("other/path.xml::1::bob", "Success"),
            ("root.yaml::Next::ann", "Pending duplicate"),
            ("root.yaml::edited::ann", "Success edited"),
            ("root.yaml::given::ann", "Unknown"),
            ("root.yaml::gone::ann", "Missing missing"),
            ("root.yaml::marked::ann", "Success"),
            ("root.yaml::next::ann", "Pending"),
            ("root.yaml::old::ann", "Success"),
            ("root.yaml::own::ann", "Unknown"),
            ("root.yaml::rerun::ann", "Outdated"),
            ("root.yaml::skipped::ann", "Ignored"),
        ];
        let expected: BTreeMap<_, _> = expected.into_iter().map(|(id, state)| (id.to_owned(), state.to_owned())).collect();
        assert_eq!(states(&stdout), expected);
        assert!(stderr.contains("the migrations have 3 faults"), "{stderr}");
        // As a person reads it, and without the name of the changelog, which no other includes.
        db.session.run("update databasechangeloglock set locked = true, lockgranted = '2026-01-02 03:04:05', lockedby = 'ci (10.0.0.1)'");
        let (_, stdout, stderr) = pggit(db, directory.path(), &["validate", "--tool", "liquibase", "--dir", "."]);
        for text in [
            "root.yaml:3: root.yaml::edited::ann was: 9:",
            "root.yaml::Next::ann was identified more than once: first in",
            "root.yaml::gone::ann was EXECUTED, and is not in the changelog any more",
            "not known whether it is as it ran: \"customChange\" is no change of Liquibase's core",
            "the tool's lock is held by ci (10.0.0.1) since 2026-01-02 03:04:05",
        ] {
            assert!(stdout.contains(text), "{text}\n{stdout}");
        }
        assert!(stderr.contains("the migrations have 4 faults"), "{stderr}");
        let (code, stdout, _) = pggit(db, directory.path(), &[&arguments[..], &["--format", "sarif"]].concat());
        assert!(code == 1 && stdout.contains("migration-lock") && stdout.contains("migration-edited"), "{stdout}");
        let (code, stdout, stderr) = pggit(db, directory.path(), &["status", "--tool", "liquibase", "--changelog", "sub/more.xml"]);
        assert!(code == 0 && stdout.contains("other/path.xml::1::bob"), "{stdout}{stderr}");
    });
}

#[test]
fn a_changelog_that_cannot_be_read_is_named() {
    on_each(|db| {
        let directory = project(db);
        std::fs::write(directory.path().join("sub/more.xml"), "<databaseChangeLog>\n<changeSet>").expect("a file");
        let (code, _, stderr) = pggit(db, directory.path(), &["validate", "--tool", "liquibase", "--changelog", "root.yaml"]);
        assert!(code == 1 && stderr.contains("sub/more.xml:2: "), "{stderr}");
        let (code, _, stderr) = pggit(db, directory.path(), &["validate", "--tool", "liquibase", "--changelog", "none.xml"]);
        assert!(code == 1 && stderr.contains("none.xml:1: the changelog is not there"), "{stderr}");
    });
}
