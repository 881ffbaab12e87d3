//! A tool's migrations as the arguments name them: its directory, its own table, its settings.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use pggit_core::Repository;
use pggit_migrate::{LocalMigration, MigrationAdapter, MigrationError, Settings, State, Verdict};
use serde::Serialize;

use crate::output;

/// A tool, and where its migrations are.
#[derive(Debug, clap::Args)]
pub struct ToolArgs {
    /// The tool: flyway, liquibase, sqlx, diesel, refinery, golang-migrate, sqitch, or for records alone any other
    #[arg(long)]
    pub tool: Option<String>,
    /// The directory of its migrations, where its settings do not name one (flyway.locations) or name another
    #[arg(long, requires = "tool", value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The changelog of Liquibase to begin with, as its table names it: below --dir, which is the current directory unless it is named
    #[arg(long, requires = "tool", value_name = "FILE")]
    changelog: Option<String>,
    /// The schema of the tool's own table, where it is not the tool's usual one
    #[arg(long, requires = "tool")]
    schema: Option<String>,
    /// A configuration file of the tool's own, as flyway.conf or flyway.toml
    #[arg(long, requires = "tool", value_name = "FILE")]
    config: Vec<PathBuf>,
    /// A setting by the tool's own name for it, as flyway.placeholders.owner=app; may be given again
    #[arg(long = "set", requires = "tool", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

/// The migrations of a directory, and how they stand.
pub struct Project {
    pub adapter: Box<dyn MigrationAdapter>,
    pub local: Vec<LocalMigration>,
    pub standings: Vec<Standing>,
    /// Where the names of its statements are looked for.
    pub schema: String,
    /// Who holds the tool's own lock.
    pub locks: Vec<String>,
}

/// A migration as it stands, with its commit.
#[derive(Debug, Serialize)]
pub struct Standing {
    #[serde(flatten)]
    pub verdict: Verdict,
    /// The last of its commits.
    pub commit_id: Option<String>,
    /// How the commit is known.
    pub link: Option<String>,
}

impl ToolArgs {
    /// The adapter of the tool with its settings.
    pub fn adapter(&self, tool: &str) -> anyhow::Result<Box<dyn MigrationAdapter>> {
        let mut settings = Settings::default();
        for file in &self.config {
            settings.add_file(file)?;
        }
        for setting in &self.settings {
            settings.add(setting)?;
        }
        if let Some(changelog) = &self.changelog {
            settings.add(&format!("changeLogFile={changelog}"))?;
        }
        Ok(pggit_migrate::adapter(tool, &settings)?)
    }

    /// The schema and the table that the tool keeps its history in.
    pub fn place<'a>(&'a self, adapter: &'a dyn MigrationAdapter) -> (&'a str, Option<&'a str>) {
        (self.schema.as_deref().unwrap_or_else(|| adapter.default_schema()), adapter.table())
    }

    /// Compares a directory with the tool's own table. None where neither the arguments nor the tool's settings name one.
    pub fn project(&self, repository: &mut Repository) -> anyhow::Result<Option<Project>> {
        let Some(tool) = &self.tool else { return Ok(None) };
        let own = self.dir.clone().or_else(|| self.changelog.as_ref().map(|_| PathBuf::from(".")));
        if own.is_none() && self.config.is_empty() && self.settings.is_empty() {
            return Ok(None);
        }
        let adapter = self.adapter(tool)?;
        let directories = own.map_or_else(|| adapter.locations(Path::new("")), |directory| Ok(vec![directory]))?;
        if directories.is_empty() {
            return Ok(None);
        }
        let local: Vec<_> = directories.iter().map(|directory| adapter.local(directory)).collect::<Result<Vec<_>, _>>()?.concat();
        let schema = self.place(adapter.as_ref()).0;
        let locks = pggit_migrate::locks(repository, adapter.as_ref(), schema)?;
        let applied = match pggit_migrate::applied(repository, adapter.as_ref(), schema) {
            Err(missing @ MigrationError::NoTable { .. }) => {
                output::say(&format!("{missing}: nothing counts as applied"));
                Vec::new()
            }
            other => other?,
        };
        let mut verdicts = pggit_migrate::validate(adapter.as_ref(), &applied, &local);
        pggit_migrate::add_edits(repository, adapter.as_ref(), &local, &mut verdicts)?;
        let recorded = repository.migrations()?;
        let own = recorded.iter().filter(|m| m.tool_name == adapter.name());
        let by_key: HashMap<_, _> = own.filter_map(|m| Some((m.migration_key.as_deref()?, m))).collect();
        let standing = |verdict: Verdict| {
            let own = verdict.key.as_deref().and_then(|key| by_key.get(key));
            Standing { commit_id: own.and_then(|m| m.commit_id.clone()), link: own.and_then(|m| m.link.clone()), verdict }
        };
        let standings = verdicts.into_iter().map(standing).collect();
        // Sqitch keeps its table away from what it changes.
        let schema = if adapter.name() == "sqitch" { "public" } else { adapter.default_schema() }.to_owned();
        Ok(Some(Project { adapter, local, standings, schema, locks }))
    }
}

impl Project {
    /// The migration on disk that a verdict is about.
    pub fn file(&self, verdict: &Verdict) -> Option<&LocalMigration> {
        let is_it = |l: &&LocalMigration| Some(&l.path) == verdict.path.as_ref() && self.adapter.order(&l.id, &verdict.id).is_eq();
        self.local.iter().find(is_it)
    }

    /// The migrations with an id; without one those that are pending, in the order in which they run.
    pub fn chosen(&self, id: Option<&str>) -> anyhow::Result<Vec<&Standing>> {
        let Some(id) = id else { return Ok(self.standings.iter().filter(|s| s.verdict.state.is_pending()).collect()) };
        let is_it = |s: &&Standing| s.verdict.id == id || s.verdict.path.as_deref().is_some_and(|p| p == Path::new(id));
        let found: Vec<_> = self.standings.iter().filter(is_it).collect();
        let found = if found.is_empty() {
            self.standings.iter().filter(|s| self.adapter.order(&s.verdict.id, id).is_eq()).collect()
        } else {
            found
        };
        anyhow::ensure!(!found.is_empty(), "there is no migration \"{id}\" of {}, neither on disk nor in its table", self.adapter.name());
        Ok(found)
    }
}

/// Migrations as a table, and below it what is wrong.
pub fn standings(standings: &[Standing]) -> String {
    let row = |s: &Standing| {
        let path = s.verdict.path.as_ref().map(|p| p.display().to_string()).unwrap_or_default();
        let commit = s.commit_id.as_ref().map_or("", |id| &id[..12]).to_owned();
        let texts = [s.verdict.id.clone(), s.verdict.description.clone(), commit, s.link.clone().unwrap_or_default(), path];
        let mut row = vec![s.verdict.state.to_string()];
        row.extend(texts);
        row
    };
    let mut text = output::table(
        &["state", "migration", "description", "commit", "linked by", "file"],
        &standings.iter().map(row).collect::<Vec<_>>(),
    );
    let mut faults = standings.iter().filter_map(fault).peekable();
    if faults.peek().is_some() {
        text.push('\n');
        text.extend(faults.map(|fault| fault + "\n"));
    }
    let notes = standings.iter().map(|s| &s.verdict).filter(|verdict| verdict.state == State::Unknown);
    let mut notes = notes.map(|v| format!("{}: not known whether it is as it ran: {}\n", place(v), v.note)).peekable();
    if notes.peek().is_some() {
        text.push('\n');
        text.extend(notes);
    }
    text
}

/// The tool's own lock, where somebody holds it: as long as that lasts, the tool waits and runs nothing.
pub fn locks(locks: &[String]) -> String {
    locks.iter().map(|holder| format!("\nthe tool's lock is held by {holder}\n")).collect()
}

/// The file and the line of a migration.
fn place(verdict: &Verdict) -> String {
    verdict.path.as_ref().map_or_else(|| verdict.id.clone(), |path| format!("{}:{}", path.display(), verdict.line))
}

/// What is wrong with a migration, in a line that begins with its file.
pub fn fault(standing: &Standing) -> Option<String> {
    let verdict = &standing.verdict;
    let edit = verdict.edit.as_ref().map(|edit| format!("; {edit}")).unwrap_or_default();
    let message = match (&verdict.problem, &verdict.edit) {
        (Some(problem), _) => problem.message.clone(),
        (None, Some(_)) => "it has changed since it ran last".to_owned(),
        (None, None) => return None,
    };
    Some(format!("{}: {message}{edit}", place(verdict)))
}
