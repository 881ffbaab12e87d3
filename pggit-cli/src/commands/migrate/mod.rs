//! `pggit migrate`: the migrations of other tools.

mod baseline;
mod explain;
mod impact;
mod link;
mod sarif;
mod status;
mod tool;
mod validate;

use crate::cli::Cli;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List migrations with their states and commits: of all tools as pgGit recorded them, or those of a directory against the tool's own table
    Status(status::Args),
    /// Say what is wrong with migrations: gaps, failed, missing, edited, duplicate, and what no migration changed
    Validate(validate::Args),
    /// Show what a migration changed, or what the pending ones of a directory are going to change
    Impact(impact::Args),
    /// Link a migration to a commit
    Link(link::Args),
    /// Explain migrations statement by statement: what each touches, locks, rewrites, loses, and who depends on that
    Explain(explain::Args),
    /// Listen to a tool from now on, and link what it applied before to a revision
    Baseline(baseline::Args),
}

pub fn run(cli: &Cli, command: &Command) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    match command {
        Command::Status(args) => status::run(cli, &mut repository, args),
        Command::Validate(args) => validate::run(cli, &mut repository, args),
        Command::Impact(args) => impact::run(cli, &mut repository, args),
        Command::Link(args) => link::run(cli, &mut repository, args),
        Command::Explain(args) => explain::run(cli, &mut repository, args),
        Command::Baseline(args) => baseline::run(cli, &mut repository, args),
    }
}
