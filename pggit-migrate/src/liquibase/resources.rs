//! Files as Liquibase finds them: by paths from a search path, with `/` between their parts.

use std::path::{Path, PathBuf};

use crate::MigrationError;
use crate::files;

/// The directories that paths begin at.
#[derive(Debug, Clone)]
pub(super) struct Resources(pub Vec<PathBuf>);

/// A path as Liquibase compares it: without `classpath:`, drive and leading `/`, with `/` for `\`, and without `.` and `..`; none where
/// it leads out.
///
/// ```text
/// classpath:db\main.xml and /db/sub/../main.xml are both db/main.xml
/// ```
pub(super) fn normalized(path: &str) -> Option<String> {
    let path = path.strip_prefix("classpath:").unwrap_or(path).replace('\\', "/");
    let path = match path.as_bytes() {
        [drive, b':', ..] if drive.is_ascii_alphabetic() => &path[2..],
        _ => path.as_str(),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A path from the directory of a file.
pub(super) fn sibling(of: &str, path: &str) -> String {
    let directory = of.rsplit_once('/').map_or("", |(directory, _)| directory);
    if directory.is_empty() { path.to_owned() } else { format!("{directory}/{path}") }
}

impl Resources {
    /// The file of a path; none where there is none, or where the path leads out of the directories.
    pub fn find(&self, path: &str) -> Option<PathBuf> {
        let path = normalized(path)?;
        self.0.iter().map(|root| root.join(&path)).find(|file| file.is_file())
    }

    /// The paths of the files below a directory, in Liquibase's order, with their depth in it from 1.
    pub fn below(&self, directory: &str) -> Result<Vec<(String, usize)>, MigrationError> {
        let Some(directory) = normalized(directory) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for root in &self.0 {
            let top = root.join(&directory);
            if !top.is_dir() {
                continue;
            }
            for file in files::files_where(&top, &|_: &Path| true)? {
                if let (Ok(path), Ok(inside)) = (file.strip_prefix(root), file.strip_prefix(&top)) {
                    let text = |path: &Path| path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
                    found.push((text(path), inside.iter().count()));
                }
            }
        }
        // As UTF-16, as Java compares.
        found.sort_by(|(one, _), (other, _)| {
            let key = |path: &str| path.replace("WEB-INF/classes/", "");
            key(one).encode_utf16().cmp(key(other).encode_utf16())
        });
        found.dedup();
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalized_as_liquibase_does() {
        for path in
            ["db/main.xml", "/db/main.xml", "classpath:db/main.xml", "C:\\db\\main.xml", "db/./sub/../main.xml", "classpath:/db/main.xml"]
        {
            assert_eq!(normalized(path).as_deref(), Some("db/main.xml"), "{path}");
        }
        assert_eq!(normalized("../etc/passwd"), None);
        assert_eq!(sibling("db/main.xml", "sub/a.sql"), "db/sub/a.sql");
        assert_eq!(sibling("main.xml", "a.sql"), "a.sql");
    }
}
