//! `pggit uninstall`.

use pggit_core::Repository;

use crate::cli::Cli;
use crate::output::{self, Refusal};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Do it: the whole history is deleted with pgGit
    #[arg(long)]
    yes: bool,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let mut repository = Repository::open(&cli.database_url)?;
    let database = repository.database()?;
    if !args.yes {
        return Err(Refusal::error(format!("uninstalling deletes the whole history in {database}"), "Say --yes to do it."));
    }
    let commits = repository.uninstall()?;
    let older = repository.set_aside()?;
    output::print(cli, &serde_json::json!({"database": database, "commits_deleted": commits, "older_pggit": older}), |_| {
        let left = older.as_ref().map_or_else(
            || "Nothing is left behind.".to_owned(),
            |schema| format!("The older pgGit is still in the schema {schema}, switched off: `pggit install --restore` puts it back."),
        );
        format!("Took pgGit out of {database}, with a history of {commits} commit{}. {left}\n", if commits == 1 { "" } else { "s" })
    })
}
