//! refinery: `V3__add_orders.sql` and a SipHash over name, version and SQL.

use std::cmp::Ordering;
use std::hash::{Hash as _, Hasher as _};
use std::path::Path;

use siphasher::sip::SipHasher13;

use crate::files::{files, read};
use crate::{LocalMigration, MigrationAdapter, MigrationError};

/// refinery, with migrations in SQL files.
#[derive(Debug, Clone, Copy, Default)]
pub struct Refinery;

/// The checksum that refinery stores.
///
/// ```
/// assert_eq!(pggit_migrate::refinery_checksum("initial", 1, "create table t (id int);"), 10_851_763_504_102_018_682);
/// ```
#[must_use]
pub fn refinery_checksum(name: &str, version: i32, sql: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    version.hash(&mut hasher);
    sql.hash(&mut hasher);
    hasher.finish()
}

impl MigrationAdapter for Refinery {
    fn name(&self) -> &'static str {
        "refinery"
    }

    fn applied_query(&self, schema: &str) -> String {
        format!(
            "select version::text as id, name::text as description, checksum::text as checksum, \
             row_number() over (order by applied_on, version) as rank, true as success from {schema}.refinery_schema_history"
        )
    }

    fn table(&self) -> Option<&str> {
        Some("refinery_schema_history")
    }

    /// The letter `U` says that it may.
    fn runs_late(&self, local: &LocalMigration) -> bool {
        local.kind == "U"
    }

    /// `V` and `U` are both migrations to refinery; the letter only says how it looks at gaps.
    fn local(&self, directory: &Path) -> Result<Vec<LocalMigration>, MigrationError> {
        let mut found = Vec::new();
        for path in files(directory, "sql")? {
            let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let Some((number, name)) = stem.strip_prefix(['V', 'U']).and_then(|rest| rest.split_once("__")) else { continue };
            // Other names are no migrations to refinery.
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let Ok(version) = number.parse::<i32>() else {
                return Err(MigrationError::File { path, line: 1, reason: format!("\"{number}\" is no version") });
            };
            let sql = read(&path)?;
            let checksum = Some(refinery_checksum(name, version, &sql).to_string());
            found.push(LocalMigration {
                id: version.to_string(),
                description: name.to_owned(),
                kind: stem[..1].to_owned(),
                path,
                sql: Some(sql),
                checksum,
                ..LocalMigration::default()
            });
        }
        Ok(found)
    }

    fn order(&self, one: &str, other: &str) -> Ordering {
        one.parse::<i32>().ok().cmp(&other.parse::<i32>().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What refinery-core 0.8 computes.
    #[test]
    fn checksums_are_refinerys() {
        assert_eq!(refinery_checksum("add_orders", 12, "-- é\nselect 1;\n"), 12_771_444_209_261_345_806);
        assert_eq!(refinery_checksum("x_y", 3, ""), 15_225_795_984_323_579_013);
    }
}
