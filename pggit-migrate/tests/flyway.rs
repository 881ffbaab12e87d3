//! Flyway's states and what its validation says, over directories of files and rows of its table.

use std::path::Path;

use pggit_migrate::{AppliedMigration, Fault, Flyway, MigrationAdapter as _, Outcome, Settings, flyway_checksum};

/// A directory with files, and rows; what comes out is one line for each migration.
struct Project {
    directory: tempfile::TempDir,
    settings: Settings,
    rows: Vec<AppliedMigration>,
}

impl Project {
    fn new(files: &[&str]) -> Self {
        let project = Self { directory: tempfile::tempdir().expect("a directory"), settings: Settings::default(), rows: Vec::new() };
        files.iter().for_each(|name| project.write(name, format!("-- {name}")));
        project
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn set(mut self, setting: &str) -> Self {
        self.settings.add(setting).expect("a setting");
        self
    }

    /// A row of a file that is written as [`Project::new`] writes it.
    fn row(mut self, id: &str, kind: &str, script: &str) -> Self {
        let description =
            script.split_once("__").map_or(script, |(_, rest)| rest).trim_end_matches(".sql").trim_end_matches(".sh").replace('_', " ");
        self.rows.push(AppliedMigration {
            id: id.into(),
            description,
            checksum: Some(flyway_checksum(&format!("-- {script}")).to_string()),
            rank: i64::try_from(self.rows.len()).expect("few rows") + 1,
            outcome: Outcome::Succeeded,
            kind: kind.into(),
            script: Some(script.into()),
        });
        self
    }

    fn failed(mut self) -> Self {
        self.rows.last_mut().expect("a row").outcome = Outcome::Failed;
        self
    }

    fn checksum(mut self, checksum: i32) -> Self {
        self.rows.last_mut().expect("a row").checksum = Some(checksum.to_string());
        self
    }

    fn told(&self) -> Vec<String> {
        let flyway = Flyway::new(&self.settings).expect("settings");
        let local = flyway.local(self.path()).expect("files");
        let line = |v: pggit_migrate::Verdict| {
            let fault = v.problem.map(|p| format!(" {}", p.fault.rule().trim_start_matches("migration-"))).unwrap_or_default();
            format!("{} {}{fault}", v.id, v.state)
        };
        flyway.verdicts(&self.rows, &local).into_iter().map(line).collect()
    }
}

#[test]
fn versioned_migrations() {
    let project = Project::new(&["V1__a.sql", "V2__b.sql", "V3__c.sql", "V4__d.sql", "V5__e.sql", "sub/V7__g.sql", "V9__i.sql"])
        .row("1", "SQL", "V1__a.sql")
        .row("3", "SQL", "V3__c.sql")
        .row("2", "SQL", "V2__b.sql")
        .row("4.5", "SQL", "V4.5__gone.sql")
        .row("5", "SQL", "V5__e.sql")
        .failed()
        .row("6", "SQL", "V6__gone.sql")
        .failed()
        .row("8", "JDBC", "h")
        .row("10", "SQL", "V10__j.sql")
        .row("11", "SQL", "V11__k.sql")
        .failed();
    let expected = [
        "1 Success",
        "2 Out of Order",
        "3 Success",
        "4 Ignored gap",
        "4.5 Missing missing",
        "5 Failed failed",
        "6 Failed (Missing) failed",
        "7 Ignored gap",
        "8 Unknown",
        "9 Ignored gap",
        "10 Future",
        "11 Failed (Future)",
    ];
    assert_eq!(project.told(), expected);
    let strict = project.set("flyway.ignoreMigrationPatterns=versioned:ignored, *:missing").told();
    assert_eq!(strict[10..], ["10 Future future", "11 Failed (Future) failed"]);
    assert!(strict.iter().all(|line| !line.ends_with("gap") && !line.ends_with(" missing")));
    let project = Project::new(&["V1__a.sql", "V2__b.sql", "V3__c.sql"]).set("flyway.outOfOrder=true").row("2", "SQL", "V2__b.sql");
    assert_eq!(project.told(), ["1 Pending", "2 Success", "3 Pending"]);
}

#[test]
fn targets() {
    let files = ["V1__a.sql", "V2__b.sql", "V3__c.sql", "V4__d.sql"];
    let with = |target: &str| Project::new(&files).row("1.0", "SQL", "V1__a.sql").set(&format!("flyway.target={target}")).told();
    assert_eq!(with("3"), ["1.0 Success", "2 Pending", "3 Pending", "4 Above Target"]);
    assert_eq!(with("next"), ["1.0 Success", "2 Pending", "3 Above Target", "4 Above Target"]);
    assert_eq!(with("current"), ["1.0 Success", "2 Above Target", "3 Above Target", "4 Above Target"]);
    assert_eq!(with("latest")[3], "4 Pending");
    let mut wrong = Settings::default();
    wrong.add("flyway.target=soon").expect("a setting");
    assert!(Flyway::new(&wrong).expect_err("no version").to_string().contains("flyway.target"));
}

#[test]
fn baselines() {
    let files = ["V1__a.sql", "V2__b.sql", "V3__c.sql", "B2__all.sql", "B1__first.sql"];
    let fresh = Project::new(&files);
    assert_eq!(fresh.told(), ["B:1 Below Baseline", "1 Below Baseline", "B:2 Pending", "2 Ignored (Baseline)", "3 Pending"]);
    let begun = fresh.row("B:2", "SQL_BASELINE", "B2__all.sql");
    assert_eq!(begun.told(), ["B:1 Below Baseline", "1 Below Baseline", "B:2 Baseline", "2 Ignored (Baseline)", "3 Pending"]);
    let old = Project::new(&files).row("1", "SQL", "V1__a.sql").row("2", "SQL", "V2__b.sql");
    assert_eq!(old.told(), ["B:1 Ignored", "1 Success", "B:2 Ignored", "2 Success", "3 Pending"]);
    let command = Project::new(&files[..3]).row("2", "BASELINE", "<< Flyway Baseline >>");
    assert_eq!(command.told(), ["1 Below Baseline", "2 Baseline", "2 Ignored (Baseline)", "3 Pending"]);
    // Below the baseline nobody compares checksums.
    let edited = Project::new(&files[..3]).row("1", "SQL", "V1__a.sql").checksum(7).row("2", "BASELINE", "x").row("3", "SQL", "V3__c.sql");
    assert_eq!(edited.told()[0], "1 Success");
}

#[test]
fn what_was_taken_back_or_struck_off_is_pending_again() {
    let files = ["V1__a.sql", "V2__b.sql", "U2__b.sql", "U1__a.sql"];
    let done = Project::new(&files).row("1", "SQL", "V1__a.sql").row("2", "SQL", "V2__b.sql");
    assert_eq!(done.told(), ["1 Success", "U:1 Available", "2 Success", "U:2 Available"]);
    let undone = done.row("U:2", "UNDO_SQL", "U2__b.sql");
    assert_eq!(undone.told(), ["1 Success", "U:1 Available", "2 Undone", "2 Pending", "U:2 Success"]);
    let again = undone.row("2", "SQL", "V2__b.sql");
    assert_eq!(again.told(), ["1 Success", "U:1 Available", "2 Undone", "2 Success", "U:2 Success"]);
    let deleted =
        Project::new(&["V1__a.sql", "V2__b.sql"]).row("1", "SQL", "V1__a.sql").row("2", "SQL", "V2__b.sql").row("2", "DELETE", "V2__b.sql");
    assert_eq!(deleted.told(), ["1 Success", "2 Deleted", "2 Success", "2 Pending"]);
}

#[test]
fn repeatable_migrations() {
    let project = Project::new(&["R__a.sql", "R__b.sql", "R__c.sql", "V1__x.sql"])
        .row("1", "SQL", "V1__x.sql")
        .row("R:a", "SQL", "R__a.sql")
        .checksum(1)
        .row("R:b", "SQL", "R__b.sql")
        .checksum(2)
        .row("R:a", "SQL", "R__a.sql")
        .row("R:gone", "SQL", "R__gone.sql");
    let expected = ["1 Success", "R:a Superseded", "R:a Success", "R:b Outdated", "R:b Pending", "R:c Pending", "R:gone Missing missing"];
    assert_eq!(project.told(), expected);
}

#[test]
fn what_validation_compares_in_its_order() {
    let project = Project::new(&["V1__a.sql", "V2__b.sql", "V3__c.sql", "V4__d.sql", "V04.0__d.sql", "V5.sql"])
        .row("1", "JDBC", "V1__other.sql")
        .checksum(1)
        .row("2", "SQL", "V2__other.sql")
        .checksum(1)
        .row("3", "SQL", "V3__c.sql");
    let mut project = project;
    project.rows[2].description = "something else".into();
    let expected =
        ["1 Success type", "2 Success edited", "3 Success description", "04.0 Pending", "4 Pending duplicate", "V5.sql Ignored name"];
    assert_eq!(project.told(), expected);
    project.rows[1].checksum = None;
    assert_eq!(project.told()[1], "2 Success description");
}

#[test]
fn placeholders_and_encodings() {
    let project = Project::new(&[])
        .set("flyway.placeholders.role=app")
        .row("R:expanded", "SQL", "R__expanded.sql")
        .checksum(flyway_checksum("grant select on t to app;"))
        .row("R:raw", "SQL", "R__raw.sql")
        .checksum(flyway_checksum("-- ${role}"))
        .row("R:unknown", "SQL", "R__unknown.sql")
        .checksum(3)
        .row("1", "SQL", "V1__a.sql")
        .checksum(flyway_checksum("-- ${role}"))
        .row("2", "SQL", "V2__latin.sql")
        .checksum(flyway_checksum("-- é"));
    project.write("R__expanded.sql", "grant select on t to ${role};");
    project.write("R__raw.sql", "-- ${role}");
    project.write("R__unknown.sql", "-- ${who}");
    project.write("V1__a.sql", "-- ${role}");
    project.write("V2__latin.sql", b"-- \xe9");
    project.write("V2__latin.sql.conf", "encoding=ISO-8859-1");
    project.write("V3__b.sql", "\n-- ${who}");
    project.write("V4__off.sql", "x");
    project.write("V4__off.sql.conf", "shouldExecute=false");
    let expected =
        ["1 Success", "2 Success", "3 Pending obstacle", "4 Ignored", "R:expanded Success", "R:raw Success", "R:unknown Success"];
    assert_eq!(project.told(), expected);
    let flyway = Flyway::new(&project.settings).expect("settings");
    let local = flyway.local(project.path()).expect("files");
    let sql = |id: &str| local.iter().find(|l| l.id == id).and_then(|l| l.sql.clone());
    assert_eq!(sql("1").as_deref(), Some("-- app"));
    assert_eq!(sql("3"), None);
    project.write("V5__bad.sql", b"select 1;\n\xff");
    let error = flyway.local(project.path()).expect_err("not UTF-8").to_string();
    assert!(error.ends_with("V5__bad.sql:2: it is not UTF-8"), "{error}");
}

#[test]
fn names_of_files_can_be_told() {
    let project = Project::new(&["M-1--a.ddl", "V1__a.sql", "again--b.ddl"])
        .set("flyway.sqlMigrationPrefix=M-")
        .set("flyway.sqlMigrationSeparator=--")
        .set("flyway.sqlMigrationSuffixes=.ddl")
        .set("flyway.repeatableSqlMigrationPrefix=again");
    assert_eq!(project.told(), ["1 Pending", "R:b Pending"]);
    let flyway = Flyway::new(&project.set("flyway.table=my history").settings).expect("settings");
    assert!(flyway.applied_query("\"s\"").contains("\"s\".\"my history\""));
    assert!(Fault::ALL.iter().all(|(fault, rule, _)| fault.rule() == *rule));
}

#[test]
fn migrations_that_are_programs_are_not_missing() {
    let project = Project::new(&[
        "V1__a.sql",
        "V2__Anonymize.java",
        "V2__Anonymize.class",
        "V2__Anonymize$Row.class",
        "V4__load.sh",
        "V6__Next.kt",
        "Helper.java",
    ])
    .row("1", "SQL", "V1__a.sql")
    .row("2", "JDBC", "db.migration.V2__Anonymize")
    .row("3", "JDBC", "db.migration.V3__Elsewhere")
    .row("4", "SCRIPT", "V4__load.sh")
    .row("5", "SCRIPT", "V5__gone.sh");
    assert_eq!(project.told(), ["1 Success", "2 Unknown", "3 Unknown", "4 Success", "5 Missing missing", "6 Pending"]);
    // In SQL on disk, and a program when it ran.
    let project = Project::new(&["V1__a.sql", "V2__b.sql"]).row("1", "JDBC", "db.migration.V1__a").row("2", "SQL", "V2__b.sql");
    assert_eq!(project.told(), ["1 Success type", "2 Success"]);
}

#[test]
fn only_what_is_picked_is_pending() {
    let project = Project::new(&["V1__a.sql", "V2__b.sql", "V3__c.sql", "R__all_views.sql", "R__other.sql"])
        .row("1", "SQL", "V1__a.sql")
        .set("flyway.cherryPick=3.0,all_views");
    assert_eq!(project.told(), ["1 Success", "2 Ignored", "3 Pending", "R:all views Pending", "R:other Ignored"]);
}
