//! What an adapter has to say about its tool.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use crate::{AppliedMigration, LocalMigration, MigrationError, Verdict};

/// A migration tool, as pgGit sees it. An outside crate can implement it for a tool of its own.
///
/// ```
/// use pggit_migrate::{LocalMigration, MigrationAdapter, MigrationError};
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
///         format!("select id::text, name as description, id as rank, true as success from {schema}.migrations")
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

    /// The query that reads the tool's own table in a schema, given as a quoted identifier: `id` (text) and `rank` (bigint), and as far
    /// as the tool knows them `description`, `checksum`, `kind`, `script` (text) and `success` (boolean).
    fn applied_query(&self, schema: &str) -> String;

    /// The migrations below a directory, in any order.
    ///
    /// # Errors
    /// [`MigrationError::File`] for the first file that cannot be understood.
    fn local(&self, directory: &Path) -> Result<Vec<LocalMigration>, MigrationError>;

    /// The directories in which the tool's own settings say that its migrations are, below the directory that it works in; none where
    /// they do not say.
    ///
    /// # Errors
    /// [`MigrationError::Setting`] where they name what is not there or cannot be read.
    fn locations(&self, _base: &Path) -> Result<Vec<PathBuf>, MigrationError> {
        Ok(Vec::new())
    }

    /// The order in which the tool runs two migrations, by their ids.
    fn order(&self, one: &str, other: &str) -> Ordering;

    /// The name of the tool's own table; none where the adapter cannot say, and a table that is not there is an error then.
    fn table(&self) -> Option<&str> {
        None
    }

    /// Whether a migration on disk is what was applied, by the checksum that the tool stored; none where that cannot be known.
    fn is_as_applied(&self, local: &LocalMigration, stored: &str) -> Option<bool> {
        local.checksum.as_ref().map(|checksum| checksum == stored || local.equivalents.iter().any(|other| other == stored))
    }

    /// True for a tool whose table holds the last migration only: all that come before it have run too.
    fn keeps_the_last_only(&self) -> bool {
        false
    }

    /// True for a migration that the tool runs although something that stands above it has run already.
    fn runs_late(&self, _local: &LocalMigration) -> bool {
        false
    }

    /// The schema that the tool keeps its table in unless it is told otherwise.
    fn default_schema(&self) -> &str {
        "public"
    }

    /// The table of the tool's own lock, and the query that tells, one text a row, who holds it in a schema, given as a quoted
    /// identifier; none for a tool that keeps no lock in a table.
    fn locks_query(&self, _schema: &str) -> Option<(&str, String)> {
        None
    }

    /// What pgGit's own record calls an applied migration (`migration_key` in `pggit.external_migrations`).
    fn key(&self, applied: &AppliedMigration) -> String {
        applied.id.clone()
    }

    /// How every migration stands. What every tool has in common unless the tool knows more.
    fn verdicts(&self, applied: &[AppliedMigration], local: &[LocalMigration]) -> Vec<Verdict> {
        crate::validate::compare(self, applied, local)
    }
}
