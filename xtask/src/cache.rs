//! What is fetched for the tests and kept outside the tree, beside the programs of PostgreSQL that `pggit-server` fetches.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The directory of one thing that is kept.
fn directory(name: &str) -> anyhow::Result<PathBuf> {
    if crate::system::is_root() {
        return Ok(Path::new("/var/cache/pggit").join(name));
    }
    let own = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    Ok(own.or_else(home).context("there is no home directory to keep it in")?.join("pggit").join(name))
}

/// A file of a release, which `unpack` puts into a directory where it is not here yet: beside the place where it belongs, and then it is
/// moved there. Who looks meanwhile sees the whole or nothing.
pub fn find_or_fetch(name: &str, release: &str, file: &str, unpack: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<PathBuf> {
    let cache = directory(name)?;
    let place = cache.join(release);
    let found = place.join(file);
    if found.exists() {
        return Ok(found);
    }
    let unpacking = cache.join(format!("{release}.{}", std::process::id()));
    std::fs::create_dir_all(&unpacking).with_context(|| unpacking.display().to_string())?;
    let done = unpack(&unpacking).and_then(|()| match std::fs::rename(&unpacking, &place) {
        Err(_) if found.exists() => Ok(()),
        result => result.with_context(|| place.display().to_string()),
    });
    // Nothing is left of it when all went well.
    let _ = std::fs::remove_dir_all(&unpacking);
    done?;
    Ok(found)
}
