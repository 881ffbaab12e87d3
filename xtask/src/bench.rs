//! `cargo xtask bench`: measurements against bare PostgreSQL on one server.

use pggit_server::{Binaries, PrivateServer};

use crate::run::{cargo, checked, say};
use crate::system;

#[derive(clap::Args)]
pub struct Args {
    /// What to measure
    #[arg(value_parser = ["capture"])]
    name: String,
    /// The major version of the server
    #[arg(long, default_value_t = 15)]
    postgres: u32,
    /// How often each command runs
    #[arg(long, default_value_t = 1000)]
    count: u32,
    /// How many alternating rounds
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let libraries = system::prepare()?;
    let binaries = Binaries::find_or_fetch(Some(args.postgres), &mut |line| say(line))?;
    let server = PrivateServer::start(&binaries, &[("fsync", "off"), ("max_wal_size", "4GB")])?;
    say(&format!("PostgreSQL {} on port {}", server.version(), server.port()));
    let mut command = cargo(&["run", "--quiet", "--release", "--package", "pggit-tests", "--bin", "bench", "--", &args.name]);
    command.arg(args.count.to_string()).arg(args.rounds.to_string()).env("PGGIT_BENCH_URL", server.url("postgres"));
    libraries.apply(&mut command);
    checked(&mut command)
}
