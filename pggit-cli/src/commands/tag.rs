//! `pggit tag`.

use crate::cli::Cli;
use crate::output::{self, COMMIT, paint};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The name of the tag
    name: String,
    /// The commit that it names
    #[arg(default_value = "HEAD")]
    revision: String,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let id = super::open(cli)?.tag(&args.name, &args.revision)?;
    output::print(cli, &serde_json::json!({"tag": args.name, "commit_id": id}), |_| {
        format!("{} is {}\n", args.name, paint(COMMIT, &id[..12]))
    })
}
