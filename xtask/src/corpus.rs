//! `cargo xtask corpus`: the schemas from elsewhere, exported and made again.

use pggit_server::{Binaries, PrivateServer};

use crate::run::{cargo, checked, say};
use crate::test::SETTINGS;
use crate::{clients, system};

#[derive(clap::Args)]
pub struct Args {
    /// What to do with them
    #[arg(value_parser = ["roundtrip"])]
    chore: String,
    /// The major version of the server
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(15..))]
    postgres: u32,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let libraries = system::prepare()?;
    let binaries = Binaries::find_or_fetch(Some(args.postgres), &mut |line| say(line))?;
    let server = PrivateServer::start(&binaries, &SETTINGS)?;
    let mut command = cargo(&["run", "--quiet", "--package", "pggit-tests", "--bin", "corpus", "--", &args.chore]);
    let servers = format!("{}={}", args.postgres, server.url("postgres"));
    command.env("PGGIT_TEST_SERVERS", servers).envs([clients::variable(&[args.postgres])]);
    libraries.apply(&mut command);
    checked(&mut command)
}
