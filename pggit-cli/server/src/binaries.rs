//! Finds PostgreSQL's programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::fetch;

/// The oldest major version that pgGit supports.
const OLDEST: u32 = 15;

/// Where PostgreSQL's programs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The directory with `initdb`, `pg_ctl` and `postgres`.
    pub directory: PathBuf,
    /// The major version, as 17.
    pub version: u32,
}

impl Binaries {
    /// Finds the programs of a version (15 or later when none is named), and fetches them where the machine has none. Says on
    /// `say` what it fetches.
    ///
    /// # Errors
    /// [`Error::NotFound`] with the reason why they could not be fetched.
    pub fn find_or_fetch(version: Option<u32>, say: &mut dyn FnMut(&str)) -> Result<Self, Error> {
        match Self::find(version) {
            Some(found) => Ok(found),
            None => fetch::fetch(version, say),
        }
    }

    /// Finds the programs on this machine: in PGGIT_POSTGRES_BIN, where `pg_config` says (or the program that PG_CONFIG names), on
    /// the PATH, where distributions put them, and where they were fetched to.
    #[must_use]
    pub fn find(version: Option<u32>) -> Option<Self> {
        candidates().into_iter().filter_map(Self::at).find(|b| b.version >= OLDEST && version.is_none_or(|v| v == b.version))
    }

    /// The programs in a directory, if it has them and they run.
    pub(crate) fn at(directory: PathBuf) -> Option<Self> {
        if !directory.join("initdb").exists() || !directory.join("pg_ctl").exists() {
            return None;
        }
        let output = Command::new(directory.join("postgres")).arg("--version").output().ok()?;
        let version = major(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { directory, version })
    }

    /// The path of a program.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// Where programs may be, in order of preference.
fn candidates() -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> = std::env::var_os("PGGIT_POSTGRES_BIN").map(PathBuf::from).into_iter().collect();
    let pg_config = std::env::var_os("PG_CONFIG").unwrap_or_else(|| "pg_config".into());
    if let Ok(output) = Command::new(pg_config).arg("--bindir").output() {
        candidates.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    candidates.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    for parent in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"] {
        candidates.extend(newest_first(Path::new(parent)));
    }
    candidates.extend(["/usr/pgsql-18/bin", "/usr/pgsql-17/bin", "/usr/pgsql-16/bin", "/usr/pgsql-15/bin"].map(PathBuf::from));
    if let Ok(cache) = fetch::cache() {
        candidates.extend(fetch::PACKAGES.iter().rev().map(|(major, _)| cache.join(major.to_string()).join(fetch::PROGRAMS)));
    }
    candidates
}

fn newest_first(parent: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(parent).into_iter().flatten().flatten().map(|e| e.path().join("bin")).collect();
    found.sort();
    found.reverse();
    found
}

/// The major version in what `postgres --version` prints, as `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major(text: &str) -> Option<u32> {
    let number = text.split_whitespace().find(|w| w.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_releases_and_betas() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta2"), Some(18));
        assert_eq!(major("postgres (PostgreSQL)"), None);
        assert_eq!(major(""), None);
    }

    #[test]
    fn a_directory_without_the_programs_has_none() {
        assert_eq!(Binaries::at(std::env::temp_dir()), None);
    }

    #[test]
    fn a_version_that_is_not_here_is_not_found() {
        assert_eq!(Binaries::find(Some(9)), None);
    }
}
