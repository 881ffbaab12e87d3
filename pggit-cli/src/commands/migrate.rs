//! `pggit migrate`: the migrations of other tools.

use std::path::{Path, PathBuf};

use pggit_core::Repository;
use pggit_migrate::Verdict;

use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the migrations of all tools, with their commits
    Status,
    /// Say what is wrong with them: gaps, failed, running, without a commit
    Validate {
        /// Only those of this tool
        #[arg(long)]
        tool: Option<String>,
        /// Compare the tool's own table with the migrations below this directory
        #[arg(long, requires = "tool")]
        dir: Option<PathBuf>,
        /// The schema of the tool's own table
        #[arg(long, default_value = "public")]
        schema: String,
    },
    /// Show what a migration changed, and how much that means
    Impact {
        /// The number of the migration
        migration: i64,
    },
}

pub fn run(cli: &Cli, command: &Command) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    match command {
        Command::Status => output::print(cli, &repository.migrations()?, |migrations| {
            let rows: Vec<_> = migrations
                .iter()
                .map(|m| {
                    let ended = match m.success {
                        Some(true) => "succeeded",
                        Some(false) => "failed",
                        None => "running",
                    };
                    let commit = m.commit_id.as_deref().map_or("", |id| &id[..12]);
                    let cells = [
                        &m.tool_name,
                        m.migration_name.as_deref().unwrap_or_default(),
                        ended,
                        commit,
                        m.link.as_deref().unwrap_or_default(),
                    ];
                    let mut row: Vec<String> = cells.into_iter().map(str::to_owned).collect();
                    row.insert(1, m.migration_id.to_string());
                    row
                })
                .collect();
            output::table(&["tool", "number", "name", "state", "commit", "linked by"], &rows)
        }),
        Command::Validate { tool: Some(tool), dir: Some(directory), schema } => files(cli, &mut repository, tool, directory, schema),
        Command::Validate { tool, .. } => {
            let issues = repository.validate_migrations(tool.as_deref())?;
            output::print(cli, &issues, |issues| {
                if issues.is_empty() {
                    return "Nothing is wrong.\n".into();
                }
                issues.iter().map(|i| format!("{} {}: {}: {}\n", i.tool_name, i.migration_id, i.status, i.message)).collect()
            })?;
            // A migration that changes no schema has no commit: worth saying, and no error.
            let faults = issues.iter().filter(|i| i.status != "unlinked").count();
            anyhow::ensure!(faults == 0, "the migrations have {faults} fault{}", if faults == 1 { "" } else { "s" });
            Ok(())
        }
        Command::Impact { migration } => output::print(cli, &repository.migration_impact(*migration)?, |impacts| {
            let rows: Vec<_> = impacts
                .iter()
                .map(|i| vec![i.impact_level.clone(), i.operation.clone(), i.object_type.clone(), i.object_name.clone()])
                .collect();
            output::table(&["impact", "operation", "type", "object"], &rows)
        }),
    }
}

/// The files of a tool against its own table.
fn files(cli: &Cli, repository: &mut Repository, tool: &str, directory: &Path, schema: &str) -> anyhow::Result<()> {
    let adapter = pggit_migrate::adapter(tool, &pggit_migrate::Settings::default())?;
    let local = adapter.local(directory)?;
    let applied = pggit_migrate::applied(repository, adapter.as_ref(), schema)?;
    let verdicts = pggit_migrate::validate(adapter.as_ref(), &applied, &local);
    output::print(cli, &verdicts, |verdicts| {
        let row = |v: &Verdict| {
            let path = v.path.as_ref().map(|p| p.display().to_string()).unwrap_or_default();
            vec![v.id.clone(), v.state.to_string(), v.problem.as_ref().map(|p| p.message.clone()).unwrap_or_default(), path]
        };
        output::table(&["migration", "state", "problem", "file"], &verdicts.iter().map(row).collect::<Vec<_>>())
    })?;
    let faults = verdicts.iter().filter(|v| v.problem.is_some()).count();
    anyhow::ensure!(faults == 0, "the migrations have {faults} fault{}", if faults == 1 { "" } else { "s" });
    Ok(())
}
