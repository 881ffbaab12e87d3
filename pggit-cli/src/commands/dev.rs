//! `pggit dev`: a server for people without one.

use pggit_core::Repository;
use pggit_server::DevServer;

use crate::cli::Cli;
use crate::output::{self, Refusal};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Start it, or find it running, install pgGit and print the URL
    Start,
    /// Stop it; its data stay
    Stop,
    /// Stop it and delete its data
    Reset {
        /// Do it
        #[arg(long)]
        yes: bool,
    },
    /// Say whether it runs
    Status,
}

pub fn run(cli: &Cli, command: &Command) -> anyhow::Result<()> {
    let server = DevServer::in_user_data()?;
    match command {
        Command::Start => {
            let url = server.start(&mut |line| output::say(line))?;
            let report = Repository::connect(&url)?.install(&mut |_| {})?;
            output::print(cli, &serde_json::json!({"url": url, "new": !report.upgraded}), |_| format!("{url}\n"))
        }
        Command::Stop => {
            let stopped = server.stop()?;
            output::print(cli, &serde_json::json!({"stopped": stopped}), |_| {
                if stopped { "Stopped.\n" } else { "It was not running.\n" }.into()
            })
        }
        Command::Reset { yes } => {
            if !yes {
                return Err(Refusal::error(format!("this deletes {}", server.directory().display()), "Say --yes to do it."));
            }
            server.reset()?;
            output::print(cli, &serde_json::json!({"reset": true}), |_| "The server and its data are gone.\n".into())
        }
        Command::Status => {
            let url = server.running()?;
            output::print(cli, &serde_json::json!({"running": url.is_some(), "url": url}), |_| match &url {
                Some(url) => format!("running: {url}\n"),
                None => "not running: `pggit dev start` starts it\n".to_owned(),
            })
        }
    }
}
