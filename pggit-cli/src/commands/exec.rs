//! `pggit exec`.

use diesel::connection::SimpleConnection as _;
use pggit_core::Repository;

use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The SQL; several statements run in one transaction
    #[arg(short, long)]
    command: String,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let mut repository = Repository::connect(&cli.database_url)?;
    repository.connection().batch_execute(&args.command).map_err(pggit_core::Error::from)?;
    output::print(cli, &serde_json::json!({"executed": true}), |_| String::new())
}
