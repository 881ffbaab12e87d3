//! Migration tools beside pgGit: what an adapter has to say about its tool. An outside crate can implement [`MigrationAdapter`] for a
//! tool of its own.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod applied;
mod diesel_cli;
mod edited;
mod flyway;
mod golang_migrate;
mod refinery;
mod sqitch;
mod sqlx;
mod validate;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use applied::applied;
pub use diesel_cli::Diesel;
pub use edited::{Edit, edit, recorded_statements};
pub use flyway::{Flyway, flyway_checksum};
pub use golang_migrate::GolangMigrate;
pub use refinery::{Refinery, refinery_checksum};
pub use sqitch::Sqitch;
pub use sqlx::Sqlx;
pub use validate::{State, Verdict, validate};

/// What can go wrong in an adapter.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A file could not be read or understood.
    #[error("{path}:{line}: {reason}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The tool's own table is not what it should be.
    #[error("the table {table} of {tool} cannot be read: {reason}")]
    Table {
        /// The tool.
        tool: String,
        /// Its table.
        table: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// How a migration stands in the tool's own table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The tool says that it ran.
    Succeeded,
    /// The tool says that it failed.
    Failed,
}

/// A migration as the tool's own table has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedMigration {
    /// The tool's name for it, as `2.1` or `changelog.xml::7::alice`.
    pub id: String,
    /// What the tool calls it for people.
    pub description: String,
    /// The checksum as the tool stored it, if it did.
    pub checksum: Option<String>,
    /// Its place among the applied ones, from 1.
    pub rank: i64,
    /// How it ended.
    pub outcome: Outcome,
}

/// A migration on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalMigration {
    /// The tool's name for it, the same as in [`AppliedMigration::id`].
    pub id: String,
    /// The file that it is in.
    pub path: PathBuf,
    /// Its SQL, where it is SQL.
    pub sql: Option<String>,
    /// The checksum as the tool would compute it; none where that is not known exactly, which is never a mismatch.
    pub checksum: Option<String>,
}

/// A migration tool, as pgGit sees it.
///
/// ```
/// use pggit_migrate::{AppliedMigration, LocalMigration, MigrationAdapter, MigrationError};
/// use std::cmp::Ordering;
/// use std::path::Path;
///
/// struct Numbered;
///
/// impl MigrationAdapter for Numbered {
///     fn name(&self) -> &str {
///         "numbered"
///     }
///     fn applied_query(&self, schema: &str) -> String {
///         format!("select id::text, name as description, null as checksum, id as rank, true as success from {schema}.migrations")
///     }
///     fn local(&self, _directory: &Path) -> Result<Vec<LocalMigration>, MigrationError> {
///         Ok(Vec::new())
///     }
///     fn order(&self, one: &str, other: &str) -> Ordering {
///         one.parse::<u64>().ok().cmp(&other.parse::<u64>().ok())
///     }
/// }
///
/// assert_eq!(Numbered.order("9", "10"), Ordering::Less);
/// ```
pub trait MigrationAdapter {
    /// The name of the tool, as `flyway`.
    fn name(&self) -> &str;

    /// The query that reads the tool's own table in a schema, given as a quoted identifier: id, description, checksum (null where there
    /// is none), rank and success, with text, text, text, bigint and boolean as types.
    fn applied_query(&self, schema: &str) -> String;

    /// The migrations below a directory, in any order.
    ///
    /// # Errors
    /// [`MigrationError::File`] for the first file that cannot be understood.
    fn local(&self, directory: &Path) -> Result<Vec<LocalMigration>, MigrationError>;

    /// The order in which the tool runs two migrations, by their ids.
    fn order(&self, one: &str, other: &str) -> std::cmp::Ordering;

    /// Whether a migration on disk is what was applied, by the checksum that the tool stored; none where that cannot be known.
    fn is_as_applied(&self, local: &LocalMigration, stored: &str) -> Option<bool> {
        local.checksum.as_ref().map(|checksum| checksum == stored)
    }

    /// True for a tool whose table holds the last migration only: all that come before it have run too.
    fn keeps_the_last_only(&self) -> bool {
        false
    }

    /// The schema that the tool keeps its table in unless it is told otherwise.
    fn default_schema(&self) -> &str {
        "public"
    }
}

/// The tools that have an adapter here, by the names that [`adapter`] knows.
pub const TOOLS: &[&str] = &["diesel", "flyway", "golang-migrate", "refinery", "sqitch", "sqlx"];

/// The adapter for a tool by its name; none for a tool that has none here.
///
/// ```
/// assert_eq!(pggit_migrate::adapter("flyway").expect("built in").name(), "flyway");
/// ```
#[must_use]
pub fn adapter(tool: &str) -> Option<Box<dyn MigrationAdapter>> {
    match tool {
        "diesel" => Some(Box::new(Diesel)),
        "flyway" => Some(Box::new(Flyway)),
        "golang-migrate" => Some(Box::new(GolangMigrate)),
        "refinery" => Some(Box::new(Refinery)),
        "sqitch" => Some(Box::<Sqitch>::default()),
        "sqlx" => Some(Box::new(Sqlx)),
        _ => None,
    }
}

/// The files below a directory with an extension in any case, by their paths.
///
/// # Errors
/// [`MigrationError::File`] for what cannot be listed. Links are not followed, so that no circle is walked.
pub fn files(directory: &Path, extension: &str) -> Result<Vec<PathBuf>, MigrationError> {
    let unreadable = |error: std::io::Error| MigrationError::File { path: directory.to_owned(), line: 1, reason: error.to_string() };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        if entry.file_type().map_err(unreadable)?.is_dir() {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case(extension)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The text of a file, which must be UTF-8.
fn read(path: &Path) -> Result<String, MigrationError> {
    let error = |line, reason: String| MigrationError::File { path: path.to_owned(), line, reason };
    let bytes = std::fs::read(path).map_err(|e| error(1, e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| {
        let good = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        error(good.split(|b| *b == b'\n').count(), "it is not UTF-8".into())
    })
}
