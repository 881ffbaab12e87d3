//! `pggit migrate status`

use pggit_core::Repository;
use pggit_core::repository::{Migration, MigrationDrift};
use serde::Serialize;

use super::tool::{self, Standing, ToolArgs};
use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    tool: ToolArgs,
}

/// The migrations of a directory, and what none of them changed.
#[derive(Serialize)]
struct Report<'a> {
    migrations: &'a [Standing],
    drift: &'a [MigrationDrift],
    /// Who holds the tool's own lock.
    locks: &'a [String],
}

pub fn run(cli: &Cli, repository: &mut Repository, args: &Args) -> anyhow::Result<()> {
    let tool = args.tool.tool.as_deref();
    if let Some(project) = args.tool.project(repository)? {
        let drift = repository.migration_drift(tool)?;
        return output::print(cli, &Report { migrations: &project.standings, drift: &drift, locks: &project.locks }, |report| {
            tool::standings(report.migrations) + &tool::locks(report.locks) + &self::drift(report.drift)
        });
    }
    let mut migrations = repository.migrations()?;
    migrations.retain(|m| tool.is_none_or(|tool| m.tool_name == tool));
    output::print(cli, &migrations, |migrations| {
        let rows: Vec<_> = migrations.iter().map(row).collect();
        output::table(&["tool", "number", "migration", "name", "state", "commit", "linked by"], &rows)
    })
}

fn row(m: &Migration) -> Vec<String> {
    let state = match m.success {
        Some(true) => "succeeded",
        Some(false) => "failed",
        None => "running",
    };
    let commit = m.commit_id.as_deref().map_or("", |id| &id[..12]);
    let (key, name, link) = (m.migration_key.as_deref(), m.migration_name.as_deref(), m.link.as_deref());
    let texts = [key.unwrap_or_default(), name.unwrap_or_default(), state, commit, link.unwrap_or_default()];
    let mut row = vec![m.tool_name.clone(), m.migration_id.to_string()];
    row.extend(texts.map(str::to_owned));
    row
}

/// What no migration changed, one line for each object.
pub fn drift(changes: &[MigrationDrift]) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let row = |c: &MigrationDrift| {
        let who = c.application_name.as_ref().map_or_else(|| c.author.clone(), |application| format!("{} ({application})", c.author));
        let when = c.authored_at.format("%Y-%m-%d %H:%M:%S").to_string();
        vec![c.operation.clone(), c.object_type.clone(), c.object_identity.clone(), who, when, c.commit_id[..12].to_owned()]
    };
    let rows: Vec<_> = changes.iter().map(row).collect();
    format!("\nchanged by no migration:\n{}", output::table(&["operation", "type", "object", "by", "at", "commit"], &rows))
}
