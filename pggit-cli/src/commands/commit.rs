//! `pggit commit`.

use crate::cli::Cli;
use crate::output::{self, COMMIT, paint};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// What was done
    #[arg(short, long)]
    message: String,
    /// A tag for the commit; may be repeated
    #[arg(short, long = "tag", value_name = "NAME")]
    tags: Vec<String>,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    let before = repository.log(None, 1)?.first().map(|e| e.commit_id.clone());
    let head = repository.commit(&args.message, &args.tags)?;
    let made = head != before;
    output::print(cli, &serde_json::json!({"commit_id": head, "committed": made}), |_| match (&head, made) {
        (Some(id), true) => format!("{} {}\n", paint(COMMIT, &id[..12]), args.message),
        (Some(id), false) => format!("Nothing to commit: HEAD is {}.\n", paint(COMMIT, &id[..12])),
        (None, _) => "Nothing to commit.\n".to_owned(),
    })
}
