//! `pggit events`: what happened to pgGit itself.

use std::time::Duration;

use pggit_core::repository::SystemEvent;

use crate::cli::Cli;
use crate::output::{self, Reader};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Go on: print new events as they happen, until interrupted; as JSON, one a line
    #[arg(long)]
    follow: bool,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    let mut events = repository.events(0)?;
    if !args.follow {
        return output::print(cli, &events, |events| events.iter().map(line).collect());
    }
    let mut last = 0;
    loop {
        for event in &events {
            last = event.event_id;
            if output::stream(cli, event, line)? == Reader::Gone {
                return Ok(());
            }
        }
        std::thread::sleep(Duration::from_secs(1));
        events = repository.events(last)?;
    }
}

fn line(event: &SystemEvent) -> String {
    format!(
        "{}  {}  {}  {}\n",
        event.created_at.format("%Y-%m-%d %H:%M:%S"),
        event.event_type,
        output::visible(&event.created_by),
        event.event_data
    )
}
