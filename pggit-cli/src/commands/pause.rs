//! `pggit pause` and `pggit resume`.

use crate::cli::Cli;
use crate::output::{self, COMMIT, paint};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// For how long, as "30 minutes"
    #[arg(default_value = "1 hour", allow_hyphen_values = true)]
    duration: String,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let until = super::open(cli)?.pause(&args.duration)?;
    output::print(cli, &serde_json::json!({"paused_until": until}), |_| {
        format!("Tracking is paused until {until}. What changes meanwhile becomes one commit, marked out of band.\n")
    })
}

pub fn resume(cli: &Cli) -> anyhow::Result<()> {
    let commit = super::open(cli)?.resume()?;
    report(cli, commit.as_deref())
}

/// What was found when tracking went on.
pub fn report(cli: &Cli, commit: Option<&str>) -> anyhow::Result<()> {
    output::print(cli, &serde_json::json!({"commit_id": commit}), |_| match commit {
        Some(id) => format!("Tracking is on. What changed meanwhile is commit {}.\n", paint(COMMIT, &id[..12])),
        None => "Tracking is on. Nothing changed meanwhile.\n".to_owned(),
    })
}
