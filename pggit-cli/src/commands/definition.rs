//! `pggit definition`.

use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The object, with its schema: public.users, "public.f(integer)"
    object: String,
    /// The revision; HEAD when it is not given
    revision: Option<String>,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let definition = super::open(cli)?.object_definition(&args.object, args.revision.as_deref())?;
    output::print(cli, &definition, |d| format!("{d:#}\n"))
}
