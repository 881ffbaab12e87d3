//! Migrations, as a tool's own table has them and as they are on disk.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

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
    /// The tool's own table is not there: nothing was applied yet, or it is elsewhere.
    #[error("{tool} has no table {table} in the schema {schema}")]
    NoTable {
        /// The tool.
        tool: String,
        /// The table.
        table: String,
        /// The schema that was looked into.
        schema: String,
    },
    /// A setting that the tool would not accept.
    #[error("the setting {key} is not usable: {reason}")]
    Setting {
        /// The setting.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No adapter here has this name.
    #[error("there is no adapter for \"{tool}\": there are {known}")]
    UnknownTool {
        /// The name that was given.
        tool: String,
        /// The names that are known.
        known: String,
    },
}

/// How a migration stands in the tool's own table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The tool says that it ran.
    #[default]
    Succeeded,
    /// The tool says that it failed.
    Failed,
}

/// A migration as the tool's own table has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The tool's own word for the kind of row, as `SQL` or `RERAN`; empty for a tool that has one kind only.
    pub kind: String,
    /// The name of the file that ran, where the tool keeps it.
    pub script: Option<String>,
}

/// A migration on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalMigration {
    /// The tool's name for it, the same as in [`AppliedMigration::id`].
    pub id: String,
    /// The file that it is in.
    pub path: PathBuf,
    /// The line that it begins on, from 1; 0 says the same as 1.
    pub line: usize,
    /// What the tool calls it for people.
    pub description: String,
    /// The tool's own word for the kind of migration, as in [`AppliedMigration::kind`].
    pub kind: String,
    /// Its SQL as the tool would send it, where it is SQL.
    pub sql: Option<String>,
    /// The checksum as the tool would compute it; none where that is not known exactly, which is never a mismatch.
    pub checksum: Option<String>,
    /// Other checksums that the tool accepts as well.
    pub equivalents: Vec<String>,
    /// What keeps the tool from running it, and on which line.
    pub obstacle: Option<(usize, String)>,
}
