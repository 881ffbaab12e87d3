//! Schemas from elsewhere, exported and made again: `pg_dump` says whether the copy is exact.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::clients::Clients;
use crate::{Database, Server, Session};

/// What became of the files of the corpus.
#[derive(Debug, Default)]
pub struct Roundtrip {
    /// How many files there are.
    pub files: usize,
    /// The files whose copy differs or could not be made, each with the reason.
    pub misses: Vec<String>,
}

/// The directory of the corpus beside the project, where there is one.
pub fn directory() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/schema-pairs");
    path.join("cases.json").exists().then_some(path)
}

/// Loads every schema of the corpus into a database with pgGit on a server, exports it, runs that in an empty database, and compares
/// the dumps of both. Tells after each file what came of all so far.
///
/// # Panics
/// When the corpus cannot be read.
pub fn roundtrip(corpus: &Path, server: &Server, clients: &Clients, progress: &mut dyn FnMut(&Roundtrip)) -> Roundtrip {
    let text = std::fs::read_to_string(corpus.join("cases.json")).expect("cases.json");
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).expect("cases.json is JSON");
    let mut result = Roundtrip::default();
    for case in &cases {
        let name = case["case"].as_str().unwrap_or_default();
        for role in names(&case["roles"]) {
            // The role may be there from another case.
            let _ = Session::connect(&server.url).attempt(&format!("create role \"{role}\""));
        }
        for file in ["old.sql", "new.sql"] {
            result.files += 1;
            if let Err(reason) = copy(clients, server, &corpus.join(name).join(file), &names(&case["extensions"])) {
                result.misses.push(format!("{name}/{file}: {reason}"));
            }
            progress(&result);
        }
    }
    result
}

fn names(list: &serde_json::Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str).collect()
}

/// One schema, there and back.
fn copy(clients: &Clients, server: &Server, file: &Path, extensions: &[&str]) -> Result<(), String> {
    let mut original = Database::installed_on(server);
    if clients.run_file(&original, file).is_err() {
        // Some scripts take their extensions as given.
        original = Database::installed_on(server);
        for extension in extensions {
            original.session.run(&format!("create extension if not exists \"{extension}\""));
        }
        clients.run_file(&original, file).map_err(|e| format!("does not load: {e}"))?;
    }
    let ddl = original.session.value("select pggit.export_schema_snapshot()");
    let mut copy = original.empty_beside();
    copy.session.attempt(&ddl).map_err(|e| format!("the export does not run: {e}"))?;
    original.session.run("drop event trigger pggit_ddl_command_end; drop event trigger pggit_sql_drop");
    compare(&clients.schema(&original), &clients.schema(&copy))
}

fn compare(expected: &[String], found: &[String]) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let mut reason = "the dumps differ".to_owned();
    for (sign, these, those) in [('-', expected, found), ('+', found, expected)] {
        for line in these.iter().filter(|l| !those.contains(l)).take(5) {
            let _ = write!(reason, "\n  {sign} {line}");
        }
    }
    Err(reason)
}
