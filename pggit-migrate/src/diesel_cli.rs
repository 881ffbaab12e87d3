//! Diesel: `2026-01-31-120000_add_orders/up.sql`. It keeps no checksums.

use std::cmp::Ordering;
use std::path::Path;

use crate::files::{files, read};
use crate::{LocalMigration, MigrationAdapter, MigrationError};

/// Diesel, as `diesel migration run` and `diesel_migrations` work.
#[derive(Debug, Clone, Copy, Default)]
pub struct Diesel;

/// A version without the hyphens that a directory's name has for people.
fn version(text: &str) -> String {
    text.replace('-', "")
}

impl MigrationAdapter for Diesel {
    fn name(&self) -> &'static str {
        "diesel"
    }

    fn applied_query(&self, schema: &str) -> String {
        format!(
            "select version::text as id, '' as description, null::text as checksum, row_number() over (order by run_on, version) as rank, \
             true as success from {schema}.__diesel_schema_migrations"
        )
    }

    fn table(&self) -> Option<&str> {
        Some("__diesel_schema_migrations")
    }

    /// Whatever has not run runs.
    fn runs_late(&self, _local: &LocalMigration) -> bool {
        true
    }

    fn local(&self, directory: &Path) -> Result<Vec<LocalMigration>, MigrationError> {
        let mut found = Vec::new();
        for path in files(directory, "sql")?.into_iter().filter(|p| p.file_name().is_some_and(|n| n == "up.sql")) {
            let name = path.parent().and_then(Path::file_name).map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let id = version(name.split('_').next().unwrap_or_default());
            if id.is_empty() {
                return Err(MigrationError::File { path, line: 1, reason: format!("the directory \"{name}\" begins with no version") });
            }
            let sql = read(&path)?;
            found.push(LocalMigration {
                id,
                description: name.split_once('_').map(|(_, rest)| rest.replace('_', " ")).unwrap_or_default(),
                path,
                sql: Some(sql),
                ..LocalMigration::default()
            });
        }
        Ok(found)
    }

    /// By text, as Diesel sorts.
    fn order(&self, one: &str, other: &str) -> Ordering {
        version(one).cmp(&version(other))
    }
}
