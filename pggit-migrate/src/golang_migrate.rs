//! golang-migrate: `0003_add_orders.up.sql`. Its table holds the last version and whether that one failed half way, and nothing else.

use std::cmp::Ordering;
use std::path::Path;

use crate::files::{files_beside, read};
use crate::{LocalMigration, MigrationAdapter, MigrationError};

/// golang-migrate, with files as its source.
#[derive(Debug, Clone, Copy, Default)]
pub struct GolangMigrate;

impl MigrationAdapter for GolangMigrate {
    fn name(&self) -> &'static str {
        "golang-migrate"
    }

    fn applied_query(&self, schema: &str) -> String {
        format!(
            "select version::text as id, '' as description, null::text as checksum, 1::bigint as rank, not dirty as success from {schema}.schema_migrations"
        )
    }

    fn table(&self) -> Option<&str> {
        Some("schema_migrations")
    }

    /// Those in the directory itself. Scripts that go back (`.down.sql`) are left out.
    fn local(&self, directory: &Path) -> Result<Vec<LocalMigration>, MigrationError> {
        let mut found = Vec::new();
        for path in files_beside(directory, "sql")? {
            let name = path.file_name().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let Some((number, rest)) = name.split_once('_').filter(|_| name.ends_with(".up.sql")) else { continue };
            let Ok(number) = number.parse::<u64>() else {
                return Err(MigrationError::File { path, line: 1, reason: format!("\"{number}\" is no version") });
            };
            let sql = read(&path)?;
            found.push(LocalMigration {
                id: number.to_string(),
                description: rest.trim_end_matches(".up.sql").replace('_', " "),
                path,
                sql: Some(sql),
                ..LocalMigration::default()
            });
        }
        Ok(found)
    }

    fn order(&self, one: &str, other: &str) -> Ordering {
        one.parse::<u64>().ok().cmp(&other.parse::<u64>().ok())
    }

    fn keeps_the_last_only(&self) -> bool {
        true
    }
}
