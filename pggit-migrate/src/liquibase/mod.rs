//! Liquibase: changelogs in XML, YAML, JSON and SQL, and the checksums of their changesets at versions 9 and 8.
//!
//! A changelog becomes a tree of nodes whatever its format (`xml`, `yaml`, `formatted`); `changelog` follows what it includes and puts its
//! parameters in; `change` computes a change's checksum. What cannot be computed exactly is known to be unknown.

mod change;
mod changelog;
mod changeset;
mod checksum;
mod columns;
mod dates;
mod formatted;
mod kinds;
mod node;
mod parameters;
mod properties;
mod resources;
mod root;
mod rows;
mod scalar;
mod selection;
mod serialize;
mod states;
mod xml;
mod yaml;

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::{AppliedMigration, LocalMigration, MigrationAdapter, MigrationError, Settings, Verdict};
use changelog::Reader;
use changeset::{Changeset, Sum};
use parameters::Parameters;
use resources::{Resources, normalized};
use selection::Selection;

/// Liquibase, with the changelog of its settings, or else with the one below the directory that no other includes.
///
/// The settings are those of `liquibase.properties`: `changeLogFile`, `searchPath`, `contexts`, `labelFilter`,
/// `databaseChangeLogTableName`, `databaseChangeLogLockTableName`, and `parameter.NAME` for each parameter.
#[derive(Debug, Default)]
pub struct Liquibase {
    changelog: Option<String>,
    search_path: Vec<PathBuf>,
    selection: Selection,
    parameters: Vec<(String, String)>,
    table: String,
    lock_table: String,
    /// What was read first: an adapter is for one project.
    read: OnceLock<Read>,
}

/// The changesets of a changelog, and the first place of each.
#[derive(Debug)]
struct Read {
    changesets: Vec<Changeset>,
    places: HashMap<String, usize>,
}

impl Liquibase {
    /// With settings by Liquibase's own names.
    ///
    /// # Errors
    /// [`MigrationError::Setting`] for a table that has no name.
    pub fn new(settings: &Settings) -> Result<Self, MigrationError> {
        // With and without the prefix, in any case, with and without hyphens: Liquibase takes them all.
        let settings: HashMap<String, &str> = settings
            .below("")
            .map(|(key, value)| (key.strip_prefix("liquibase.").unwrap_or(key).strip_prefix("command.").unwrap_or(key), value))
            .map(|(key, value)| (if key.starts_with("parameter.") { key.to_owned() } else { key.replace('-', "").to_lowercase() }, value))
            .collect();
        let get = |key: &str| settings.get(key).copied().filter(|value| !value.is_empty());
        let table = |key: &str, otherwise: &str| -> Result<String, MigrationError> {
            match settings.get(key) {
                Some(name) if name.trim().is_empty() => Err(MigrationError::Setting { key: key.to_owned(), reason: "it is empty".into() }),
                Some(name) => Ok(name.trim().to_lowercase()),
                None => Ok(otherwise.to_owned()),
            }
        };
        let mut parameters: Vec<_> =
            settings.iter().filter_map(|(key, value)| Some((key.strip_prefix("parameter.")?.to_owned(), (*value).to_owned()))).collect();
        parameters.sort();
        Ok(Self {
            changelog: get("changelogfile").map(str::to_owned),
            search_path: list(get("searchpath")).into_iter().map(PathBuf::from).collect(),
            selection: Selection {
                contexts: list(get("contexts").or_else(|| get("contextfilter"))),
                labels: get("labelfilter").or_else(|| get("labels")).unwrap_or_default().to_owned(),
            },
            parameters,
            table: table("databasechangelogtablename", "databasechangelog")?,
            lock_table: table("databasechangeloglocktablename", "databasechangeloglock")?,
            read: OnceLock::new(),
        })
    }

    fn changesets(&self, directory: &Path) -> Result<Vec<Changeset>, MigrationError> {
        let mut roots = vec![directory.to_owned()];
        roots.extend(self.search_path.iter().map(|path| directory.join(path)));
        let resources = Resources(roots);
        let reader = || Reader::new(&resources, &self.selection, Parameters::new(&self.parameters));
        let path = match &self.changelog {
            Some(path) => path.clone(),
            None => root::find(directory, &reader)?,
        };
        let Some(file) = resources.find(&path) else {
            let reason = format!("the changelog is not there: it is looked for in {}", directory.display());
            return Err(MigrationError::File { path: PathBuf::from(path), line: 1, reason });
        };
        let mut reader = reader();
        reader.read(&path, &file)?;
        Ok(reader.found)
    }
}

fn list(value: Option<&str>) -> Vec<String> {
    value.unwrap_or_default().split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

/// A changeset's name, as Liquibase prints it: path, id, author.
fn name(path: &str, id: &str, author: &str) -> String {
    format!("{path}::{id}::{author}")
}

/// What makes two names the same changeset: the normal path, and no difference between upper and lower case.
fn identity(name: &str) -> String {
    let (path, rest) = name.split_once("::").unwrap_or((name, ""));
    format!("{}::{rest}", normalized(path).unwrap_or_else(|| path.to_owned())).to_lowercase()
}

impl Changeset {
    fn name(&self) -> String {
        name(&self.path, &self.id, &self.author)
    }
}

impl MigrationAdapter for Liquibase {
    fn name(&self) -> &'static str {
        "liquibase"
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }

    /// `liquibase tag` keeps tags in rows of its own, which are no changesets.
    fn applied_query(&self, schema: &str) -> String {
        format!(
            "select concat_ws('::', filename, id, author) as id, coalesce(description, '') as description, md5sum as checksum, \
             row_number() over (order by dateexecuted, orderexecuted, id) as rank, exectype as kind, filename as script, true as success \
             from {schema}.\"{}\" where filename is distinct from 'liquibase-internal'",
            self.table.replace('"', "\"\"")
        )
    }

    /// The changesets of the changelog, in its order, with what it includes found below the directory.
    fn local(&self, directory: &Path) -> Result<Vec<LocalMigration>, MigrationError> {
        let changesets = self.changesets(directory)?;
        let local = |changeset: &Changeset| {
            let known = |sum: &Sum| match sum {
                Sum::Known(sum) | Sum::Given(sum, _) => Some(sum.clone()),
                Sum::Unknown(_) => None,
            };
            LocalMigration {
                id: changeset.name(),
                path: changeset.file.clone(),
                line: changeset.line,
                description: changeset.comments.join("; "),
                sql: changeset.sql.clone(),
                checksum: known(&changeset.nine),
                equivalents: known(&changeset.eight).into_iter().chain(changeset.valid.iter().cloned()).collect(),
                ..LocalMigration::default()
            }
        };
        let found = changesets.iter().map(local).collect();
        self.read.get_or_init(|| {
            let mut places = HashMap::with_capacity(changesets.len());
            for (place, changeset) in changesets.iter().enumerate() {
                places.entry(identity(&changeset.name())).or_insert(place);
            }
            Read { changesets, places }
        });
        Ok(found)
    }

    /// By the changelog; what is not in it comes first, by name.
    fn order(&self, one: &str, other: &str) -> Ordering {
        let (one, other) = (identity(one), identity(other));
        let place = |name: &str| self.read.get().and_then(|read| read.places.get(name));
        if one == other { Ordering::Equal } else { place(&one).cmp(&place(&other)).then_with(|| one.cmp(&other)) }
    }

    /// Liquibase runs whatever has not run, wherever it stands.
    fn runs_late(&self, _local: &LocalMigration) -> bool {
        true
    }

    fn is_as_applied(&self, local: &LocalMigration, stored: &str) -> Option<bool> {
        let read = self.read.get()?;
        states::is_as_applied(&read.changesets[*read.places.get(&identity(&local.id))?], stored).ok()
    }

    fn locks_query(&self, schema: &str) -> Option<(&str, String)> {
        let query = format!(
            "select format('%s since %s', coalesce(lockedby, 'somebody'), coalesce(lockgranted::text, 'an unknown time')) from {schema}.\"{}\" where locked",
            self.lock_table.replace('"', "\"\"")
        );
        Some((&self.lock_table, query))
    }

    fn verdicts(&self, applied: &[AppliedMigration], local: &[LocalMigration]) -> Vec<Verdict> {
        states::verdicts(self.read.get().map_or(&[], |read| read.changesets.as_slice()), applied, local)
    }
}
