//! `cargo xtask regress`: PostgreSQL's own regression suite, without pgGit and with it.
//!
//! The suite is part of PostgreSQL's source, which is no part of ours: whoever has it names it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use pggit_server::{Binaries, PrivateServer};

use crate::run::{cargo, checked, quietly, say};
use crate::system;

#[derive(clap::Args)]
pub struct Args {
    /// The source of PostgreSQL, unpacked
    #[arg(long, env = "PGGIT_POSTGRES_SOURCE")]
    source: Option<PathBuf>,
    /// The major version of the servers, where it is not the source's: what the suite prints is then compared without pgGit and with it all
    /// the same, but the library of its functions does not load
    #[arg(long, value_parser = clap::value_parser!(u32).range(15..))]
    postgres: Option<u32>,
    /// The tests to run one after another, instead of all
    #[arg(last = true)]
    tests: Vec<String>,
}

/// What the suite asks of a server, and nothing hidden behind the disk.
const SETTINGS: [(&str, &str); 4] =
    [("fsync", "off"), ("full_page_writes", "off"), ("max_prepared_transactions", "2"), ("autovacuum", "off")];

pub fn run(args: &Args) -> anyhow::Result<()> {
    let Some(source) = args.source.as_deref().filter(|s| s.join("src/test/regress/parallel_schedule").is_file()) else {
        say("skipped: PostgreSQL's source is not here. Get it (Debian: apt-get source postgresql-15) and name its directory:");
        say("    cargo xtask regress --source DIR, or PGGIT_POSTGRES_SOURCE=DIR");
        return Ok(());
    };
    let source = source.canonicalize().with_context(|| source.display().to_string())?;
    let version = version(&source)?;
    let binaries = Binaries::find_or_fetch(Some(args.postgres.unwrap_or(version)), &mut |line| say(line))?;
    build(&source)?;
    let libraries = system::prepare()?;
    let servers = [PrivateServer::start(&binaries, &SETTINGS)?, PrivateServer::start(&binaries, &SETTINGS)?];
    let mut command = cargo(&["run", "--quiet", "--package", "pggit-tests", "--bin", "regress", "--", "compare"]);
    command.arg(source.join("src/test/regress")).arg(version.to_string()).arg(source.join("src/bin/psql"));
    command.args(servers.each_ref().map(|s| s.url("postgres")));
    command.args(&args.tests);
    libraries.apply(&mut command);
    checked(&mut command)
}

/// The major version that a source is of.
fn version(source: &Path) -> anyhow::Result<u32> {
    let file = source.join("configure");
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let line = text.lines().find_map(|l| l.strip_prefix("PACKAGE_VERSION='"));
    let number = line.and_then(|l| l.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
    number.with_context(|| format!("{} does not say which PostgreSQL it is of", file.display()))
}

/// Compiles what runs the suite, once: its runner, its library of functions, and the psql of the same version.
fn build(source: &Path) -> anyhow::Result<()> {
    if !source.join("src/include/pg_config.h").exists() {
        say("configuring PostgreSQL's source");
        quietly(Command::new("./configure").args(["--without-readline", "--without-zlib", "--without-icu"]).current_dir(source))?;
    }
    for part in ["src/interfaces/libpq", "src/bin/psql", "src/test/regress"] {
        say(&format!("compiling {part}"));
        quietly(Command::new("make").args(["-s", "-C", part, "all"]).current_dir(source))
            .context("the suite does not compile: a C compiler, make, perl, bison and flex are needed")?;
    }
    Ok(())
}
