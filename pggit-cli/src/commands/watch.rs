//! `pggit watch`: commits by polling, where no event triggers can be had.

use std::time::Duration;

use crate::cli::Cli;
use crate::output::{self, COMMIT, Reader, paint};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many seconds to wait between two looks
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    interval: u64,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    loop {
        match repository.reconcile("Record changes found by polling") {
            Ok(Some(id)) => {
                let printed = output::stream(cli, &serde_json::json!({"commit_id": id}), |_| format!("{}\n", paint(COMMIT, &id)))?;
                if printed == Reader::Gone {
                    return Ok(());
                }
            }
            Ok(None) => {}
            // What the server refuses now, as during a deployment, it may allow later; a server that is gone ends the watch.
            Err(error @ pggit_core::Error::Server { .. }) => output::say(&format!("{error}")),
            Err(error) => return Err(error.into()),
        }
        std::thread::sleep(Duration::from_secs(args.interval));
    }
}
