//! Flyway: names, versions, checksums and states of its SQL migrations.

mod checksum;
mod locations;
mod names;
mod placeholders;
mod programs;
mod settings;
mod states;
mod version;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use names::{Kind, Named};
use settings::Flags;
use version::Version;

use crate::{AppliedMigration, LocalMigration, MigrationAdapter, MigrationError, Settings, Verdict, encoding, files};

pub use checksum::flyway_checksum;

/// Flyway. Without settings: `V2.1__add_orders.sql`, `R__views.sql`, `U2.1__add_orders.sql`, `B10__all.sql`, UTF-8, and the table
/// `flyway_schema_history` in `public`.
#[derive(Debug, Clone)]
pub struct Flyway {
    flags: Flags,
}

impl Flyway {
    /// Flyway with settings by its own names: `flyway.table`, `flyway.defaultSchema`, `flyway.encoding`, `flyway.placeholders.NAME`,
    /// `flyway.outOfOrder`, `flyway.target`, `flyway.cherryPick`, `flyway.ignoreMigrationPatterns`, `flyway.locations` with
    /// `flyway.workingDirectory` and `flyway.failOnMissingLocations`, the prefixes, separator and suffixes.
    ///
    /// # Errors
    /// [`MigrationError::Setting`] for a value that Flyway would refuse.
    pub fn new(settings: &Settings) -> Result<Self, MigrationError> {
        Ok(Self { flags: Flags::new(settings)? })
    }

    /// One file; none for what is no migration. `configured` are the names of the `.conf` files beside scripts.
    fn migration(&self, path: &Path, configured: &HashSet<PathBuf>) -> Result<Option<LocalMigration>, MigrationError> {
        let name = path.file_name().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let (kind, version, description) = match names::parse(&self.flags, &name) {
            Some(Named::Migration { kind, version, description }) => (kind, version, description),
            Some(Named::Almost(reason)) => {
                return Ok(Some(LocalMigration {
                    id: name,
                    path: path.to_owned(),
                    obstacle: Some((1, reason)),
                    ..LocalMigration::default()
                }));
            }
            Some(Named::Other) => return Ok(None),
            None => return self.program(path, &name),
        };
        let mut own = Settings::default();
        let conf = path.with_file_name(format!("{name}.conf"));
        if configured.contains(&conf) {
            own.add_file(&conf)?;
        }
        let of_file = |error: MigrationError| MigrationError::File { path: conf.clone(), line: 1, reason: error.to_string() };
        let replaces = own.flag("placeholderReplacement", self.flags.replaces_placeholders).map_err(of_file)?;
        let runs = own.flag("shouldExecute", true).map_err(of_file)?;
        let encoding = own.get("encoding").unwrap_or(&self.flags.encoding);
        let raw = encoding::decode(path, files::bytes(path)?, encoding)?;
        let raw_checksum = flyway_checksum(&raw).to_string();
        let (expanded, obstacle) = match replaces.then(|| placeholders::expand(&self.flags, &name, &raw)) {
            None => (Some(raw), None),
            Some(Ok(text)) => (Some(text), None),
            Some(Err(obstacle)) => (None, Some(obstacle)),
        };
        let id = id(kind, version, &description);
        let is_repeatable = kind == Kind::Repeatable;
        let checksum =
            if is_repeatable { expanded.as_deref().map(|text| flyway_checksum(text).to_string()) } else { Some(raw_checksum.clone()) };
        // Where a placeholder has no value the raw checksum can prove that nothing changed, and never that something did.
        let equivalents = if is_repeatable { vec![raw_checksum] } else { Vec::new() };
        let sql = expanded.map(|text| text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text));
        let kind = if runs { kind.row_type() } else { states::NOT_EXECUTED };
        Ok(Some(LocalMigration {
            id,
            path: path.to_owned(),
            line: 1,
            description,
            kind: kind.to_owned(),
            sql,
            checksum,
            equivalents,
            obstacle,
        }))
    }
}

impl Flyway {
    /// A migration that is a program; none for any other file.
    fn program(&self, path: &Path, name: &str) -> Result<Option<LocalMigration>, MigrationError> {
        let Some((stem, row_kind)) = programs::stem(name) else { return Ok(None) };
        let Named::Migration { kind, version, description } = names::parse_stem(&self.flags, stem) else { return Ok(None) };
        let row_kind = if kind == Kind::Undo { format!("UNDO_{row_kind}") } else { row_kind.to_owned() };
        let checksum = if programs::is_opaque(&row_kind) {
            None
        } else {
            Some(flyway_checksum(&encoding::decode(path, files::bytes(path)?, &self.flags.encoding)?).to_string())
        };
        let id = id(kind, version, &description);
        Ok(Some(LocalMigration { id, path: path.to_owned(), line: 1, description, kind: row_kind, checksum, ..LocalMigration::default() }))
    }
}

fn id(kind: Kind, version: Option<String>, description: &str) -> String {
    match (kind, version) {
        (Kind::Repeatable, _) | (_, None) => format!("R:{description}"),
        (Kind::Undo, Some(version)) => format!("U:{version}"),
        (Kind::Baseline, Some(version)) => format!("B:{version}"),
        (Kind::Versioned, Some(version)) => version,
    }
}

impl Default for Flyway {
    fn default() -> Self {
        Self { flags: Flags::new(&Settings::default()).expect("the defaults are settings that Flyway accepts") }
    }
}

impl MigrationAdapter for Flyway {
    fn name(&self) -> &'static str {
        "flyway"
    }

    fn table(&self) -> Option<&str> {
        Some(&self.flags.table)
    }

    fn applied_query(&self, schema: &str) -> String {
        format!(
            "select case when version is null then 'R:' || description when type like 'UNDO%' then 'U:' || version \
             when type like '%\\_BASELINE' then 'B:' || version else version end::text as id, description::text as description, \
             checksum::text as checksum, installed_rank::bigint as rank, success as success, type::text as kind, script::text as script \
             from {schema}.\"{}\" where type <> 'SCHEMA'",
            self.flags.table.replace('"', "\"\"")
        )
    }

    /// Callbacks are no migrations and are left out.
    fn local(&self, directory: &Path) -> Result<Vec<LocalMigration>, MigrationError> {
        let suffixes = &self.flags.suffixes;
        let is_wanted = |path: &Path| {
            let name = path.file_name().map(|n| n.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
            suffixes.iter().any(|suffix| name.ends_with(&suffix.to_ascii_lowercase()))
                || name.ends_with(".conf")
                || programs::stem(&name).is_some()
        };
        let found = files::files_where(directory, &is_wanted)?;
        let configured: HashSet<_> = found.iter().filter(|p| p.extension().is_some_and(|e| e == "conf")).cloned().collect();
        found.iter().filter_map(|path| self.migration(path, &configured).transpose()).collect()
    }

    fn locations(&self, base: &Path) -> Result<Vec<PathBuf>, MigrationError> {
        locations::directories(&self.flags, base)
    }

    /// By version, as numbers; repeatable migrations after all versions, by description.
    fn order(&self, one: &str, other: &str) -> Ordering {
        place(one).cmp(&place(other))
    }

    fn default_schema(&self) -> &str {
        &self.flags.schema
    }

    fn is_as_applied(&self, local: &LocalMigration, stored: &str) -> Option<bool> {
        let is_equivalent = local.equivalents.iter().any(|other| other == stored);
        local.checksum.as_ref().map_or(is_equivalent.then_some(true), |checksum| Some(checksum == stored || is_equivalent))
    }

    fn key(&self, applied: &AppliedMigration) -> String {
        match applied.id.strip_prefix("R:") {
            Some(_) => applied.script.clone().unwrap_or_else(|| applied.id.clone()),
            None => applied.id.trim_start_matches(['U', 'B', ':']).to_owned(),
        }
    }

    fn verdicts(&self, applied: &[AppliedMigration], local: &[LocalMigration]) -> Vec<Verdict> {
        states::verdicts(self, &self.flags, applied, local)
    }
}

/// Where a migration stands: versions first, in their order; with a version its baseline script, itself, and what takes it back; then
/// the repeatable ones; then what Flyway does not take for a migration.
fn place(id: &str) -> (u8, Option<Version>, Kind, &str) {
    let (kind, version) = match id.split_at_checked(2) {
        Some(("U:", version)) => (Kind::Undo, Version::parse(version)),
        Some(("B:", version)) => (Kind::Baseline, Version::parse(version)),
        Some(("R:", description)) => return (1, None, Kind::Repeatable, description),
        _ => (Kind::Versioned, Version::parse(id)),
    };
    if version.is_some() { (0, version, kind, "") } else { (2, None, kind, id) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_versions_then_of_descriptions() {
        let mut ids = ["R:b", "10", "U:2", "R:a", "1.10", "B:2", "1.9", "2", "V5.sql"];
        ids.sort_by(|a, b| Flyway::default().order(a, b));
        assert_eq!(ids, ["1.9", "1.10", "B:2", "2", "U:2", "10", "R:a", "R:b", "V5.sql"]);
        assert_eq!(Flyway::default().order("1.0", "1"), Ordering::Equal);
    }
}
