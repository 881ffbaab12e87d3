//! `pggit migrate validate`

use pggit_core::Repository;
use pggit_core::repository::{MigrationDrift, MigrationIssue};
use pggit_migrate::Fault;
use serde::Serialize;

use super::sarif::{Entry, Level, Log, Rule};
use super::status;
use super::tool::{self, Standing, ToolArgs};
use crate::cli::{Cli, Format};
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    tool: ToolArgs,
    /// Fail also for what was changed by no migration
    #[arg(long)]
    fail_on_drift: bool,
}

/// What a directory, the tool's own table and pgGit's record say together.
#[derive(Serialize)]
struct Report {
    migrations: Vec<Standing>,
    drift: Vec<MigrationDrift>,
    /// Who holds the tool's own lock.
    locks: Vec<String>,
}

pub fn run(cli: &Cli, repository: &mut Repository, args: &Args) -> anyhow::Result<()> {
    let tool = args.tool.tool.as_deref();
    let Some(project) = args.tool.project(repository)? else { return recorded(cli, repository, tool, args.fail_on_drift) };
    let report = Report { migrations: project.standings, drift: repository.migration_drift(tool)?, locks: project.locks };
    if cli.format == Format::Sarif {
        log(&report).print()?;
    } else {
        output::print(cli, &report, |report| {
            tool::standings(&report.migrations) + &tool::locks(&report.locks) + &status::drift(&report.drift)
        })?;
    }
    let faults = report.migrations.iter().filter(|s| s.verdict.problem.is_some()).count() + report.locks.len();
    fail(faults, if args.fail_on_drift { report.drift.len() } else { 0 })
}

/// What pgGit's record says by itself.
fn recorded(cli: &Cli, repository: &mut Repository, tool: Option<&str>, fail_on_drift: bool) -> anyhow::Result<()> {
    let issues = repository.validate_migrations(tool)?;
    let drift = if fail_on_drift { repository.migration_drift(tool)? } else { Vec::new() };
    if cli.format == Format::Sarif {
        let mut log = Log::default();
        for issue in &issues {
            log.add(Entry {
                rule: format!("migration-{}", issue.status),
                level: if issue.status == "unlinked" { Level::Note } else { Level::Error },
                message: format!("{} {}: {}", issue.tool_name, issue.migration_id, issue.message),
                place: None,
            });
        }
        add_drift(&mut log, &drift);
        log.print()?;
    } else {
        let text = |i: &MigrationIssue| format!("{} {}: {}: {}\n", i.tool_name, i.migration_id, i.status, i.message);
        output::print(cli, &issues, |issues| {
            let text: String = issues.iter().map(text).collect();
            (if text.is_empty() { "Nothing is wrong.\n".to_owned() } else { text }) + &status::drift(&drift)
        })?;
    }
    // A migration that changes no schema has no commit: worth saying, and no error.
    fail(issues.iter().filter(|i| i.status != "unlinked").count(), drift.len())
}

fn fail(faults: usize, drift: usize) -> anyhow::Result<()> {
    anyhow::ensure!(faults == 0, "the migrations have {faults} fault{}", if faults == 1 { "" } else { "s" });
    anyhow::ensure!(drift == 0, "{drift} change{} no migration made", if drift == 1 { "" } else { "s" });
    Ok(())
}

fn log(report: &Report) -> Log {
    let mut log = Log::default();
    for (_, rule, text) in Fault::ALL {
        log.rule(Rule { id: (*rule).to_owned(), text: (*text).to_owned(), level: Level::Error });
    }
    for standing in &report.migrations {
        let (Some(problem), Some(message)) = (&standing.verdict.problem, tool::fault(standing)) else { continue };
        let place = standing.verdict.path.as_ref().map(|path| (path.clone(), standing.verdict.line));
        log.add(Entry { rule: problem.fault.rule().to_owned(), level: Level::Error, message, place });
    }
    if !report.locks.is_empty() {
        let text = "Somebody holds the tool's own lock, and it runs nothing as long as that lasts.".to_owned();
        log.rule(Rule { id: "migration-lock".into(), text, level: Level::Error });
    }
    for holder in &report.locks {
        let message = format!("the tool's lock is held by {holder}");
        log.add(Entry { rule: "migration-lock".into(), level: Level::Error, message, place: None });
    }
    add_drift(&mut log, &report.drift);
    log
}

fn add_drift(log: &mut Log, drift: &[MigrationDrift]) {
    let text = "The schema was changed by something else than a migration.".to_owned();
    log.rule(Rule { id: "migration-drift".into(), text, level: Level::Warning });
    for change in drift {
        let message = format!(
            "{} of {} {} by {} at {} (commit {})",
            change.operation,
            change.object_type,
            change.object_identity,
            change.author,
            change.authored_at.to_rfc3339(),
            &change.commit_id[..12]
        );
        log.add(Entry { rule: "migration-drift".into(), level: Level::Warning, message, place: None });
    }
}
