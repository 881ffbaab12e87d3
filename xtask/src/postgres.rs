//! `cargo xtask postgres`: a server to play with.

use pggit_server::{DevServer, server_directory};

use crate::run::{print, say, target};
use crate::test::SETTINGS;

#[derive(clap::Args)]
pub struct Args {
    /// The major version
    #[arg(long, default_value_t = 17, value_parser = clap::value_parser!(u32).range(15..))]
    version: u32,
    /// What to do
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Start it, or find it running, and print its URL
    Start,
    /// Stop it; its data stay
    Stop,
    /// Stop it and delete its data
    Reset,
    /// Print its URL
    Url,
    /// Say whether it runs
    Status,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let version = args.version;
    let directory = server_directory(target())?.join(format!("pggit-postgres-{version}"));
    let server = DevServer::at(directory, Some(version)).with_settings(&SETTINGS);
    match args.action {
        Action::Start => print(&server.start(&mut |line| say(line))?),
        Action::Stop => say(if server.stop()? { "stopped" } else { "it was not running" }),
        Action::Reset => {
            server.reset()?;
            say("the server and its data are gone");
        }
        Action::Url => match server.running()? {
            Some(url) => print(&url),
            None => anyhow::bail!("PostgreSQL {version} is not running: cargo xtask postgres --version {version} start"),
        },
        Action::Status => match server.running()? {
            Some(url) => print(&format!("running: {url}")),
            None => print(&format!("not running: cargo xtask postgres --version {version} start")),
        },
    }
    Ok(())
}
