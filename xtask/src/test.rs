//! `cargo xtask test`: the whole suite, on servers of its own.

use pggit_server::{Binaries, PrivateServer};

use crate::run::{LIBPQ_VARIABLES, cargo, checked, say};
use crate::{clients, liquibase, system};

#[derive(clap::Args)]
pub struct Args {
    /// The major versions to test on
    #[arg(long, value_delimiter = ',', default_value = "15,18", value_parser = clap::value_parser!(u32).range(15..))]
    postgres: Vec<u32>,
    /// Test on 15, 16, 17 and 18
    #[arg(long, conflicts_with = "postgres")]
    all: bool,
    /// Let the tests of endurance run for minutes instead of seconds
    #[arg(long)]
    long: bool,
    /// Arguments for the tests, as a part of the names of those to run
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Tests want speed, not durability, and every feature that capture must survive.
pub const SETTINGS: [(&str, &str); 6] = [
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("max_connections", "300"),
    ("max_prepared_transactions", "64"),
    ("wal_level", "logical"),
    ("autovacuum_naptime", "5s"),
];

pub fn run(args: &Args) -> anyhow::Result<()> {
    let libraries = system::prepare()?;
    let mut versions = if args.all { vec![15, 16, 17, 18] } else { args.postgres.clone() };
    versions.sort_unstable();
    versions.dedup();
    let clients = clients::variable(&versions);
    let mut servers = Vec::new();
    for version in versions {
        let binaries = Binaries::find_or_fetch(Some(version), &mut |line| say(line))?;
        let server = PrivateServer::start(&binaries, &SETTINGS)?;
        say(&format!("PostgreSQL {} on port {}", server.version(), server.port()));
        servers.push(server);
    }
    let urls: Vec<_> = servers.iter().map(|s| format!("{}={}", s.version(), s.url("postgres"))).collect();
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast"]);
    if !args.rest.is_empty() {
        command.arg("--").args(&args.rest);
    }
    // A database that the developer works with is none of the tests' business.
    for variable in LIBPQ_VARIABLES {
        command.env_remove(variable);
    }
    command.env("PGGIT_TEST_SERVERS", urls.join(",")).envs([clients]);
    if args.long {
        command.env("PGGIT_TEST_LONG", "1");
    }
    if let Some(directory) = system::python_driver() {
        command.env("PYTHONPATH", directory);
    }
    command.envs(liquibase::programs());
    libraries.apply(&mut command);
    let result = checked(&mut command);
    let names: Vec<_> = servers.iter().map(|s| s.version().to_string()).collect();
    say(&format!("the tests ran on PostgreSQL {}", names.join(", ")));
    result
}
