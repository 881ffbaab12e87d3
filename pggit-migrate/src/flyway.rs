//! Flyway: names, versions and checksums of its SQL migrations.

use std::cmp::Ordering;
use std::path::Path;

use crate::{LocalMigration, MigrationAdapter, MigrationError, files};

/// Flyway, with its default names: `V2.1__add_orders.sql`, `R__views.sql`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flyway;

/// The checksum that Flyway stores: CRC-32 over the lines without their endings, as a signed number.
///
/// ```
/// assert_eq!(pggit_migrate::flyway_checksum("SELECT 1;\r\n"), 78_787_420);
/// assert_eq!(pggit_migrate::flyway_checksum(""), 0);
/// ```
#[must_use]
pub fn flyway_checksum(text: &str) -> i32 {
    let mut hasher = crc32fast::Hasher::new();
    for line in text.strip_prefix('\u{feff}').unwrap_or(text).split(['\n', '\r']) {
        hasher.update(line.as_bytes());
    }
    hasher.finalize().cast_signed()
}

/// The parts of a version, without the zeros at its end; none for what is no version.
fn version(text: &str) -> Option<Vec<&str>> {
    let mut parts: Vec<_> = text.split(['.', '_']).map(|p| p.trim_start_matches('0')).collect();
    let is_number = |p: &str| !p.is_empty() && p.chars().all(|c| c.is_ascii_digit());
    if !text.split(['.', '_']).all(is_number) {
        return None;
    }
    while parts.len() > 1 && parts.last().is_some_and(|p| p.is_empty()) {
        parts.pop();
    }
    Some(parts)
}

/// Numbers of any length, without leading zeros.
fn compare_parts(one: &[&str], other: &[&str]) -> Ordering {
    let by_number = |a: &&str, b: &&str| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
    let first = one.iter().zip(other).map(|(a, b)| by_number(a, b)).find(|o| o.is_ne());
    first.unwrap_or_else(|| one.len().cmp(&other.len()))
}

impl MigrationAdapter for Flyway {
    fn name(&self) -> &'static str {
        "flyway"
    }

    fn applied_query(&self, schema: &str) -> String {
        // Of a repeatable migration the last run counts.
        format!(
            "select distinct on (coalesce(version, description)) coalesce(version, 'R:' || description)::text as id, description::text as description, \
             checksum::text as checksum, installed_rank::bigint as rank, success as success \
             from {schema}.flyway_schema_history where type <> 'SCHEMA' order by coalesce(version, description), installed_rank desc"
        )
    }

    /// Undo scripts (`U`) and callbacks are no migrations and are left out.
    fn local(&self, directory: &Path) -> Result<Vec<LocalMigration>, MigrationError> {
        let mut found = Vec::new();
        for path in files(directory, "sql")? {
            let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let Some((prefix, description)) = name.split_once("__") else {
                if name.starts_with(['V', 'R', 'B']) && name[1..].starts_with(|c: char| c.is_ascii_digit()) {
                    return Err(MigrationError::File {
                        path,
                        line: 1,
                        reason: "its name lacks the separator __ before the description".into(),
                    });
                }
                continue;
            };
            let description = description.replace('_', " ");
            let id = match prefix.split_at_checked(1) {
                Some(("R", "")) => format!("R:{description}"),
                Some(("V" | "B", number)) if version(number).is_some() => number.replace('_', "."),
                Some(("V" | "B", _)) => return Err(MigrationError::File { path, line: 1, reason: format!("\"{prefix}\" is no version") }),
                _ => continue,
            };
            let sql = crate::read(&path)?;
            found.push(LocalMigration { id, checksum: Some(flyway_checksum(&sql).to_string()), path, sql: Some(sql) });
        }
        Ok(found)
    }

    /// By version, as numbers; repeatable migrations after all versions, by description.
    fn order(&self, one: &str, other: &str) -> Ordering {
        match (version(one), version(other)) {
            (Some(a), Some(b)) => compare_parts(&a, &b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => one.cmp(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_flyways() {
        for text in ["SELECT 1;", "SELECT 1;\n", "\u{feff}SELECT 1;", "SEL\nECT 1;", "SEL\r\nECT 1;\r"] {
            assert_eq!(flyway_checksum(text), 78_787_420, "{text:?}");
        }
        assert_eq!(flyway_checksum("CREATE TABLE t (id int);\n\n"), 92_137_680);
    }

    #[test]
    fn versions_are_numbers_of_any_length() {
        let order = |a, b| Flyway.order(a, b);
        assert_eq!(order("1", "1.0"), Ordering::Equal);
        assert_eq!(order("01", "1"), Ordering::Equal);
        assert_eq!(order("1.9", "1.10"), Ordering::Less);
        assert_eq!(order("2", "10"), Ordering::Less);
        assert_eq!(order("99999999999999999999", "100000000000000000000"), Ordering::Less);
        assert_eq!(order("1_1", "1.1"), Ordering::Equal);
        assert_eq!(order("0", "0.0"), Ordering::Equal);
        assert_eq!(order("9", "R:views"), Ordering::Less);
    }
}
