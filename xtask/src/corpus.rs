//! `cargo xtask corpus`: the schemas from elsewhere, exported and made again.

use pggit_server::{Binaries, PrivateServer};

use crate::run::{cargo, checked, say};
use crate::system;
use crate::test::SETTINGS;

#[derive(clap::Args)]
pub struct Args {
    /// What to do with them
    #[arg(value_parser = ["roundtrip"])]
    chore: String,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let libraries = system::prepare()?;
    let binaries = Binaries::find_or_fetch(Some(15), &mut |line| say(line))?;
    let server = PrivateServer::start(&binaries, &SETTINGS)?;
    let mut command = cargo(&["run", "--quiet", "--package", "pggit-tests", "--bin", "corpus", "--", &args.chore]);
    command.env("PGGIT_TEST_SERVERS", format!("15={}", server.url("postgres")));
    libraries.apply(&mut command);
    checked(&mut command)
}
