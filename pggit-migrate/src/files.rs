//! Files of migrations: found and read with bounds, so that no file and no directory can take all memory or all time.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::MigrationError;

/// The longest file that is read, in bytes.
pub const LONGEST_FILE: u64 = 128 * 1024 * 1024;

/// How many entries of directories are looked at.
const MOST_ENTRIES: usize = 1_000_000;

fn error(path: &Path, line: usize, reason: impl Into<String>) -> MigrationError {
    MigrationError::File { path: path.to_owned(), line, reason: reason.into() }
}

/// The files below a directory with an extension in any case, by their paths. Links to directories are followed; each directory is
/// listed once, so that no circle is walked.
///
/// # Errors
/// [`MigrationError::File`] for what cannot be listed.
pub fn files(directory: &Path, extension: &str) -> Result<Vec<PathBuf>, MigrationError> {
    let is_wanted = |path: &Path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(extension));
    files_where(directory, &is_wanted)
}

/// The files in a directory itself that have an extension in any case, by their paths.
///
/// # Errors
/// [`MigrationError::File`] for a directory that cannot be listed.
pub fn files_beside(directory: &Path, extension: &str) -> Result<Vec<PathBuf>, MigrationError> {
    let is_wanted = |path: &Path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(extension));
    find(directory, &is_wanted, 1)
}

/// The files below a directory that somebody wants, by their paths.
pub(crate) fn files_where(directory: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, MigrationError> {
    find(directory, is_wanted, usize::MAX)
}

fn find(directory: &Path, is_wanted: &dyn Fn(&Path) -> bool, most_directories: usize) -> Result<Vec<PathBuf>, MigrationError> {
    let (mut found, mut waiting, mut seen, mut entries) = (Vec::new(), vec![directory.to_owned()], HashSet::new(), 0);
    while let Some(directory) = waiting.pop() {
        let unreadable = |e: std::io::Error| error(&directory, 1, e.to_string());
        if !seen.insert(std::fs::canonicalize(&directory).map_err(unreadable)?) {
            continue;
        }
        for entry in std::fs::read_dir(&directory).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            entries += 1;
            if entries > MOST_ENTRIES {
                return Err(error(&directory, 1, format!("more than {MOST_ENTRIES} files: is this the directory of the migrations?")));
            }
            let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable)?);
            // A link that leads nowhere is a file that cannot be read, if anybody wants it.
            let is_directory = kind.is_dir() || (kind.is_symlink() && std::fs::metadata(&path).is_ok_and(|m| m.is_dir()));
            if is_directory {
                if seen.len() >= most_directories {
                    continue;
                }
                waiting.push(path);
            } else if is_wanted(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The bytes of a file, which must be a plain one and not too long.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, MigrationError> {
    let unreadable = |e: std::io::Error| error(path, 1, e.to_string());
    // Before it is opened: opening a pipe waits for its writer.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(error(path, 1, "it is not a plain file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(unreadable)?.take(LONGEST_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(error(path, 1, format!("it is longer than {} MB", LONGEST_FILE / 1024 / 1024)));
    }
    Ok(bytes)
}

/// The text of a file, which must be a plain one, not too long, and UTF-8.
///
/// # Errors
/// [`MigrationError::File`] with the line of what is not UTF-8.
pub fn read(path: &Path) -> Result<String, MigrationError> {
    utf8(path, bytes(path)?)
}

/// Bytes as UTF-8.
pub(crate) fn utf8(path: &Path, bytes: Vec<u8>) -> Result<String, MigrationError> {
    String::from_utf8(bytes).map_err(|e| {
        let good = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        error(path, line_after(good), "it is not UTF-8")
    })
}

/// The line that comes after some bytes, from 1.
pub(crate) fn line_after(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count()
}
