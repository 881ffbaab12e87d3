//! `pggit export`.

use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The revision to export: a branch, tag, commit id or HEAD
    #[arg(long, default_value = "HEAD")]
    revision: String,
    /// Only this schema; can be given more than once
    #[arg(long = "schema", value_name = "SCHEMA")]
    schemas: Vec<String>,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let statements = super::open(cli)?.export(&args.revision, &args.schemas)?;
    output::print(cli, &statements, |statements| pggit_core::ExportedStatement::script(statements))
}
