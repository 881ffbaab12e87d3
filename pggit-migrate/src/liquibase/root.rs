//! The changelog to begin with, where nobody has named it.

use std::collections::BTreeSet;
use std::path::Path;

use super::changelog::{Format, Reader, tree};
use super::resources::normalized;
use crate::{MigrationError, files};

/// The one changelog below a directory that no other includes.
pub(super) fn find<'a>(directory: &Path, reader: &dyn Fn() -> Reader<'a>) -> Result<String, MigrationError> {
    let error = |reason: String| MigrationError::File { path: directory.to_owned(), line: 1, reason };
    let mut candidates = Vec::new();
    for file in files::files_where(directory, &|path| Format::of(&path.to_string_lossy()).is_some_and(|format| format != Format::Sql))? {
        let Ok(inside) = file.strip_prefix(directory) else { continue };
        let path = inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        // What is no changelog is somebody else's.
        if let Some(format) = Format::of(&path)
            && let Ok((root, _)) = tree(&file, format)
        {
            let includes = root.children.iter().any(|node| node.name.starts_with("include"));
            candidates.push((path, file, includes));
        }
    }
    if candidates.len() == 1 {
        return Ok(candidates.swap_remove(0).0);
    }
    let mut included = BTreeSet::new();
    let mut failure = None;
    for (path, file, _) in candidates.iter().filter(|(_, _, includes)| *includes) {
        let mut reader = reader();
        match reader.read(path, file) {
            Ok(()) => included.extend(reader.files.into_iter().skip(1).filter_map(|path| normalized(&path))),
            Err(error) => failure = Some(error),
        }
    }
    let mut roots: Vec<_> = candidates.into_iter().map(|(path, ..)| path).filter(|path| !included.contains(path)).collect();
    match (roots.len(), failure) {
        (1, _) => Ok(roots.swap_remove(0)),
        (_, Some(failure)) => Err(failure),
        (0, None) => Err(error("there is no changelog of Liquibase below it: name the one to begin with".into())),
        (_, None) => Err(error(format!("there are several changelogs that no other includes: name one of {}", roots.join(", ")))),
    }
}
