//! `cargo xtask bench`: measurements against bare PostgreSQL on one server.

use pggit_server::{Binaries, PrivateServer};

use crate::run::{cargo, checked, say};
use crate::{clients, system};

#[derive(clap::Args)]
pub struct Args {
    /// What to measure
    #[arg(value_parser = ["capture", "cqrs", "migrate", "snapshot", "storage"])]
    name: String,
    /// The major version of the server
    #[arg(long, default_value_t = 15)]
    postgres: u32,
    /// How often each command runs (1000 for capture, 200 for storage), or how many tables (2000 for snapshot) objects (10000 for cqrs) or files (5000 for migrate) there are
    #[arg(long)]
    count: Option<u32>,
    /// How many alternating rounds (3 for capture, 5 for cqrs, migrate and snapshot)
    #[arg(long)]
    rounds: Option<u32>,
    /// How many objects there are before capture is measured
    #[arg(long)]
    objects: Option<u32>,
    /// How many commits there are before capture is measured
    #[arg(long)]
    commits: Option<u32>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let libraries = system::prepare()?;
    let binaries = Binaries::find_or_fetch(Some(args.postgres), &mut |line| say(line))?;
    let server = PrivateServer::start(&binaries, &[("fsync", "off"), ("max_wal_size", "4GB"), ("max_locks_per_transaction", "256")])?;
    say(&format!("PostgreSQL {} on port {}", server.version(), server.port()));
    let mut command = cargo(&["run", "--quiet", "--release", "--package", "pggit-tests", "--bin", "bench", "--", &args.name]);
    // The measurement knows its own numbers: 0 leaves the choice to it.
    command
        .args([args.count, args.rounds, args.objects, args.commits].map(|n| n.unwrap_or(0).to_string()))
        .env("PGGIT_BENCH_URL", server.url("postgres"));
    if args.name == "snapshot" {
        command.envs([clients::variable(&[args.postgres])]);
    }
    libraries.apply(&mut command);
    checked(&mut command)
}
