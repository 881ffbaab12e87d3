//! sqlx: `20240131120000_add_orders.sql` and its SHA-384.

use std::cmp::Ordering;
use std::path::Path;

use sha2::{Digest as _, Sha384};

use crate::files::{files_beside, read};
use crate::{LocalMigration, MigrationAdapter, MigrationError};

/// sqlx, as `sqlx migrate run` and `sqlx::migrate!` work.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sqlx;

impl MigrationAdapter for Sqlx {
    fn name(&self) -> &'static str {
        "sqlx"
    }

    fn applied_query(&self, schema: &str) -> String {
        format!(
            "select version::text as id, description::text as description, encode(checksum, 'hex') as checksum, \
             row_number() over (order by installed_on, version) as rank, success as success from {schema}._sqlx_migrations"
        )
    }

    fn table(&self) -> Option<&str> {
        Some("_sqlx_migrations")
    }

    /// Those in the directory itself. Scripts that revert (`.down.sql`) are left out.
    fn local(&self, directory: &Path) -> Result<Vec<LocalMigration>, MigrationError> {
        let mut found = Vec::new();
        for path in files_beside(directory, "sql")? {
            let name = path.file_name().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let Some((number, rest)) = name.split_once('_').filter(|_| !name.ends_with(".down.sql")) else { continue };
            let Ok(number) = number.parse::<i64>() else {
                return Err(MigrationError::File { path, line: 1, reason: format!("\"{number}\" is no version") });
            };
            let sql = read(&path)?;
            let checksum = Sha384::digest(sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
            let description = rest.trim_end_matches(".sql").trim_end_matches(".up").replace('_', " ");
            found.push(LocalMigration {
                id: number.to_string(),
                description,
                checksum: Some(checksum),
                path,
                sql: Some(sql),
                ..LocalMigration::default()
            });
        }
        Ok(found)
    }

    /// Whatever has not run runs.
    fn runs_late(&self, _local: &LocalMigration) -> bool {
        true
    }

    fn order(&self, one: &str, other: &str) -> Ordering {
        one.parse::<i64>().ok().cmp(&other.parse::<i64>().ok())
    }
}
