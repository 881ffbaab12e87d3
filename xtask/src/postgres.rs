//! `cargo xtask postgres`: a server to play with.

use std::path::PathBuf;

use pggit_server::DevServer;

use crate::run::{root, say};

#[derive(clap::Args)]
pub struct Args {
    /// The major version
    #[arg(long, default_value_t = 17)]
    version: u32,
    /// What to do
    #[arg(value_parser = ["start", "stop", "url"])]
    action: String,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let server = DevServer::at(directory(args.version), Some(args.version));
    match args.action.as_str() {
        "start" => print_url(&server.start(&mut |line| say(line))?),
        "stop" => say(if server.stop()? { "stopped" } else { "it was not running" }),
        _ => match server.running()? {
            Some(url) => print_url(&url),
            None => anyhow::bail!("it is not running: cargo xtask postgres --version {} start", args.version),
        },
    }
    Ok(())
}

/// In the target directory; but PostgreSQL's user must be able to get there, which it cannot below root's home.
fn directory(version: u32) -> PathBuf {
    let target = root().join("target");
    let base = if target.starts_with("/root") { std::env::temp_dir() } else { target };
    base.join(format!("pggit-postgres-{version}"))
}

#[expect(clippy::print_stdout, reason = "the URL is this command's output")]
fn print_url(url: &str) {
    println!("{url}");
}
