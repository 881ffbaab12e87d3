//! `pggit migrate link`

use pggit_core::Repository;

use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The migration: its number, or what the tool calls it where pgGit has recorded it
    migration: String,
    /// The tool
    #[arg(long, default_value = "flyway")]
    tool: String,
    /// What it is called for people
    #[arg(long)]
    description: Option<String>,
    /// The revision that it made
    #[arg(long, default_value = "HEAD")]
    revision: String,
}

pub fn run(cli: &Cli, repository: &mut Repository, args: &Args) -> anyhow::Result<()> {
    let recorded = repository.migrations()?;
    let by_key = recorded.iter().rev().find(|m| m.tool_name == args.tool && m.migration_key.as_ref() == Some(&args.migration));
    let number = match by_key {
        Some(migration) => migration.migration_id,
        None => args.migration.parse().map_err(|_| {
            anyhow::anyhow!("\"{}\" is no number, and pgGit has recorded no migration of {} with this name", args.migration, args.tool)
        })?,
    };
    let commit = repository.link_migration(&args.tool, number, args.description.as_deref(), Some(&args.revision))?;
    let commit = commit.unwrap_or_default();
    let linked = serde_json::json!({"tool_name": args.tool, "migration_id": number, "commit_id": commit});
    output::print(cli, &linked, |_| {
        format!("Migration {} of {} is linked to commit {}.\n", args.migration, args.tool, &commit[..commit.len().min(12)])
    })
}
