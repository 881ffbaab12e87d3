//! Changelogs of Liquibase against the real Liquibase: checksums, states, and a deployment with pgGit listening.
//!
//! `cargo xtask test` fetches Liquibase and names it to these tests; where it cannot be had, they say that they are skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use pggit_core::Repository;
use pggit_migrate::{Liquibase, LocalMigration, MigrationAdapter as _, Settings, State, Verdict};
use pggit_sql::WorkingSchema;
use pggit_tests::changelogs::{Release, WITHOUT_COMMIT, deployment, generate, write_to};
use pggit_tests::clients::Clients;
use pggit_tests::{Database, Server, servers, skipped};

/// How many changesets are compared, and from which seed: others by `PGGIT_LIQUIBASE_CHANGESETS` and `PGGIT_LIQUIBASE_SEED`.
const CHANGESETS: u64 = 500;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number")))
}

/// Liquibase of a release in a directory of changelogs, with a database.
struct Project {
    program: PathBuf,
    directory: tempfile::TempDir,
}

impl Project {
    /// None, and a word about it, where there is no Liquibase.
    fn new(release: Release) -> Option<Self> {
        let variable = if release == Release::Old { "PGGIT_LIQUIBASE_OLD" } else { "PGGIT_LIQUIBASE" };
        let Some(program) = std::env::var_os(variable) else {
            skipped(&format!("{variable} names no Liquibase to compare with"));
            return None;
        };
        Some(Self { program: program.into(), directory: tempfile::tempdir().expect("a directory") })
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Runs a command of Liquibase's; what it printed, and whether it went well.
    fn run(&self, db: &Database, command: &[&str]) -> (bool, String) {
        let url = db.url();
        let place = url.split_once('@').map_or(url.as_str(), |(_, place)| place);
        let file =
            if self.program.to_string_lossy().contains("/4.4.0/") { "--changelogFile=root.xml" } else { "--changelog-file=root.xml" };
        let output = Command::new(&self.program)
            .current_dir(self.path())
            .args([&format!("--url=jdbc:postgresql://{place}"), "--username=postgres", "--password=x", file])
            .args(command)
            .output()
            .expect("Liquibase starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text)
    }

    #[track_caller]
    fn succeeds(&self, db: &Database, command: &[&str]) {
        let (went_well, text) = self.run(db, command);
        assert!(went_well, "liquibase {command:?}\n{text}");
    }

    fn read(&self) -> (Liquibase, Vec<LocalMigration>) {
        let mut settings = Settings::default();
        settings.add("changeLogFile=root.xml").expect("a setting");
        let adapter = Liquibase::new(&settings).expect("an adapter");
        let local = adapter.local(self.path()).unwrap_or_else(|e| panic!("{e}"));
        (adapter, local)
    }

    fn verdicts(&self, db: &Database) -> Vec<Verdict> {
        let (adapter, local) = self.read();
        let mut repository = Repository::connect(&db.url()).expect("a connection");
        let applied = pggit_migrate::applied(&mut repository, &adapter, "public").expect("Liquibase's table");
        pggit_migrate::validate(&adapter, &applied, &local)
    }
}

fn stored(db: &mut Database) -> BTreeMap<String, String> {
    let rows = db.session.column("select concat_ws('::', filename, id, author) || '|' || md5sum from databasechangelog");
    rows.iter().filter_map(|row| row.split_once('|')).map(|(id, sum)| (id.to_owned(), sum.to_owned())).collect()
}

/// Every changeset that is generated carries the checksum that Liquibase stores.
fn checksums_are_liquibases(server: &Server, release: Release, version: &str) {
    let Some(project) = Project::new(release) else { return };
    let count = usize::try_from(number("PGGIT_LIQUIBASE_CHANGESETS", CHANGESETS)).expect("a number of changesets");
    write_to(project.path(), &generate(release, number("PGGIT_LIQUIBASE_SEED", 7), count)).expect("files");
    let mut db = Database::empty_on(server);
    project.succeeds(&db, &[if release == Release::Old { "changelogSync" } else { "changelog-sync" }]);
    let stored = stored(&mut db);
    let (_, local) = project.read();
    let sum = |migration: &LocalMigration| {
        let sums = migration.checksum.iter().chain(&migration.equivalents);
        sums.into_iter().find(|sum| sum.starts_with(version)).cloned().unwrap_or_else(|| "unknown".into())
    };
    let computed: BTreeMap<_, _> = local.iter().map(|migration| (migration.id.clone(), sum(migration))).collect();
    assert_eq!((stored.len(), computed.len()), (count, count));
    let different: Vec<_> = stored.iter().filter(|(id, sum)| computed.get(*id) != Some(sum)).collect();
    assert!(different.is_empty(), "{} of {count} differ, as {:?}", different.len(), &different[..different.len().min(5)]);
    let verdicts = project.verdicts(&db);
    assert_eq!(verdicts.len(), count);
    assert!(verdicts.iter().all(|verdict| verdict.state == State::Success && verdict.problem.is_none()));
}

#[test]
fn checksums_of_version_9_are_liquibases() {
    servers().iter().for_each(|server| checksums_are_liquibases(server, Release::New, "9:"));
}

#[test]
fn checksums_of_version_8_are_liquibases() {
    servers().iter().for_each(|server| checksums_are_liquibases(server, Release::Old, "8:"));
}

/// A hundred changesets in four formats, failures and rollbacks among them, with pgGit and without.
#[test]
fn a_deployment_with_pggit_is_the_same_as_one_without() {
    servers().iter().for_each(deployed_with_and_without);
}

fn deployed_with_and_without(server: &Server) {
    let Some(project) = Project::new(Release::New) else { return };
    let mut with = Database::installed_on(server);
    let mut without = Database::empty_on(server);
    with.session.run("select pggit.integrate_liquibase()");
    for db in [&mut with, &mut without] {
        write_to(project.path(), &deployment("select no_such_function();")).expect("files");
        let (went_well, text) = project.run(db, &["update"]);
        assert!(!went_well && text.contains("no_such_function"), "{text}");
        project.succeeds(db, &["rollback-count", "2"]);
        write_to(project.path(), &deployment("create table last (id int);")).expect("files");
        project.succeeds(db, &["update"]);
    }
    let rows =
        "select concat_ws(' ', orderexecuted, filename, id, author, exectype, md5sum, description) from databasechangelog order by 1";
    let ran = with.session.column(rows);
    assert_eq!(ran, without.session.column(rows));
    // All but the four that fail and say that it does not matter.
    assert_eq!(ran.len(), 101 - 4);
    assert_eq!(dump(&with), dump(&without));
    let (with_pggit, alone) = (schema(&with), schema(&without));
    assert!(with_pggit == alone, "{:#?}", with_pggit.symmetric_difference(&alone).collect::<Vec<_>>());
    with.assert_no_drift("Liquibase");
    let failures = with.session.column(
        "select event_type || event_data::text from pggit.system_events where event_type like '%\\_not\\_%' or event_type like '%failed'",
    );
    assert!(failures.is_empty(), "{failures:#?}");
    let history = "from pggit.migration_history as h where h.tool_name = 'liquibase'";
    assert_eq!(with.session.value(&format!("select count(*) {history}")), "97");
    let unlinked = with
        .session
        .column(&format!("select split_part(h.migration_key, '::', 2) {history} and h.commit_id is null order by h.migration_key"));
    assert_eq!(unlinked.len(), 4 * WITHOUT_COMMIT.len(), "{unlinked:?}");
    assert!(unlinked.iter().all(|id| WITHOUT_COMMIT.contains(&id.as_str())), "{unlinked:?}");
    let links =
        with.session.column(&format!("select distinct coalesce(h.link, 'unknown') || ' ' || (h.commit_id is null) {history} order by 1"));
    // Liquibase commits what a changeset changed before it writes the row.
    assert_eq!(links, ["no schema change true", "time false"]);
    // Each is linked to the commit that made its table, and to no other.
    let tables = format!("{history} and h.migration_name like 'createTable tableName=%'");
    let strangers = with.session.column(&format!(
        "select h.migration_key || ' ' || h.commit_message {tables} and h.commit_message not like '%.' || split_part(h.migration_name, '=', 2) || '%'"
    ));
    assert!(strangers.is_empty(), "{strangers:#?}");
    assert_eq!(with.session.value(&format!("select count(distinct h.commit_id) = count(*) {tables}")), "true");
    let verdicts = project.verdicts(&with);
    let states = |state: State| verdicts.iter().filter(|verdict| verdict.state == state).count();
    assert_eq!((verdicts.len(), states(State::Success), states(State::Pending)), (101, 97, 4));
    what_is_wrong_is_said_as_liquibase_says_it(&project, &with);
}

/// The changelog is edited after it ran.
fn what_is_wrong_is_said_as_liquibase_says_it(project: &Project, db: &Database) {
    let path = project.path().join("db/part.sql");
    let text = std::fs::read_to_string(&path).expect("a changelog");
    let text = text.replace("create table sql_t20 (id int)", "create table sql_t20 (id bigint)").replace("ann:other21", "ann:other22");
    std::fs::write(&path, text).expect("a changelog");
    let verdicts = project.verdicts(db);
    let problems: Vec<_> = verdicts.iter().filter_map(|verdict| verdict.problem.as_ref()).map(|problem| problem.message.clone()).collect();
    let (went_well, said) = project.run(db, &["validate"]);
    assert!(!went_well && said.contains(&problems[0]), "{problems:?}\n{said}");
    assert!(problems[0].contains("db/part.sql::other20::ann was: 9:") && problems[0].contains(" but is now: 9:"), "{problems:?}");
    assert!(
        problems[1].starts_with("db/part.sql::other22::ann was: 9:") || problems[1].contains("identified more than once"),
        "{problems:?}"
    );
    assert!(
        problems.iter().any(|problem| problem == "db/part.sql::other21::ann was EXECUTED, and is not in the changelog any more"),
        "{problems:?}"
    );
    assert!(said.contains("had duplicate identifiers"), "{said}");
}

/// Every element that is not pgGit's own, with its definition.
fn schema(db: &Database) -> BTreeSet<String> {
    let elements = WorkingSchema::connect(&db.url()).and_then(|mut schema| schema.elements()).expect("a schema that can be read");
    let texts = elements.iter().map(|e| format!("{} {} {}", e.object_type, e.object_identity, e.definition));
    texts.filter(|text| !text.contains("pggit")).collect()
}

/// Everything in the schema public, rows included, but for what Liquibase keeps of itself.
fn dump(db: &Database) -> Vec<String> {
    let arguments = ["--schema=public", "--inserts", "--exclude-table=public.databasechangelog*"];
    Clients::of(db.version()).map_or_else(Vec::new, |clients| clients.dump(&arguments, db))
}
