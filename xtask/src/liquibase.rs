//! The real Liquibase, kept outside the tree: the tests compare with it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::cache;
use crate::run::{quietly, say};

/// The packages of npm that hold it: one release for each version of its checksums.
const RELEASES: [(&str, &str); 2] = [("PGGIT_LIQUIBASE", "4.28.1"), ("PGGIT_LIQUIBASE_OLD", "4.4.0")];

/// The variables that name the programs to the tests; without them, the tests that need the programs say that they are skipped.
pub fn programs() -> Vec<(&'static str, PathBuf)> {
    if !Command::new("java").arg("-version").output().is_ok_and(|o| o.status.success()) {
        say("Liquibase cannot run here, and what is compared with it is skipped: there is no java");
        return Vec::new();
    }
    let mut found = Vec::new();
    for (variable, release) in RELEASES {
        match find_or_fetch(release) {
            Ok(program) => found.push((variable, program)),
            Err(error) => say(&format!("Liquibase {release} cannot be had, and what is compared with it is skipped: {error:#}")),
        }
    }
    found
}

fn find_or_fetch(release: &str) -> anyhow::Result<PathBuf> {
    cache::find_or_fetch("liquibase", release, "package/dist/liquibase/liquibase", |directory| {
        say(&format!("fetching Liquibase {release} (npm package liquibase)"));
        unpack(release, directory)
    })
}

fn unpack(release: &str, directory: &Path) -> anyhow::Result<()> {
    quietly(Command::new("npm").args(["pack", "--silent", &format!("liquibase@{release}")]).current_dir(directory))?;
    let archive = directory.join(format!("liquibase-{release}.tgz"));
    if !archive.exists() {
        bail!("npm packed something else than {}", archive.display());
    }
    quietly(Command::new("tar").arg("xzf").arg(&archive).current_dir(directory))?;
    std::fs::remove_file(&archive).with_context(|| archive.display().to_string())?;
    // Older packages have PostgreSQL's driver beside the program and not among its libraries.
    let (drivers, libraries) = (directory.join("package/dist/drivers"), directory.join("package/dist/liquibase/lib"));
    for driver in std::fs::read_dir(&drivers).into_iter().flatten().flatten() {
        if driver.file_name().to_string_lossy().starts_with("postgresql-") && libraries.is_dir() {
            std::fs::copy(driver.path(), libraries.join(driver.file_name())).with_context(|| drivers.display().to_string())?;
        }
    }
    quietly(Command::new("chmod").arg("+x").arg(directory.join("package/dist/liquibase/liquibase")))
}
