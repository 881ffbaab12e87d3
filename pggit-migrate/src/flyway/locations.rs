//! `flyway.locations`: the directories in which Flyway itself looks.

use std::path::{Path, PathBuf};

use super::settings::Flags;
use crate::MigrationError;

/// Where projects keep what is on their class path, from the project's own directory.
const CLASS_PATHS: [&str; 3] = ["src/main/resources", "target/classes", ""];

/// How many directories wildcards may lead to.
const MOST_DIRECTORIES: usize = 10_000;

/// The directories, below Flyway's working directory, that are there; none where nothing is said of locations.
///
/// One that is not there is passed over, as Flyway does unless it is told otherwise; that none is there is an error.
pub fn directories(flags: &Flags, base: &Path) -> Result<Vec<PathBuf>, MigrationError> {
    let wrong = |reason: String| MigrationError::Setting { key: "flyway.locations".to_owned(), reason };
    let base = flags.working_directory.as_ref().map_or_else(|| base.to_owned(), |directory| base.join(directory));
    let mut found: Vec<PathBuf> = Vec::new();
    for location in &flags.locations {
        let (roots, path): (&[&str], &str) = match location.split_once(':') {
            Some(("filesystem", path)) => (&[""], path),
            Some(("classpath", path)) => (&CLASS_PATHS, path.trim_start_matches('/')),
            Some((scheme, _)) if scheme.len() > 1 => {
                return Err(wrong(format!("\"{location}\" is not read here: only filesystem: and classpath: are")));
            }
            _ => (&CLASS_PATHS, location.trim_start_matches('/')),
        };
        let mut own = Vec::new();
        for root in roots {
            // The first class path that has it is where it comes from.
            if own.is_empty() {
                own = matching(&base.join(root).join(path)).map_err(&wrong)?;
            }
        }
        if own.is_empty() && flags.fails_on_missing {
            return Err(wrong(format!("there is no directory \"{location}\" in {}", shown(&base))));
        }
        found.extend(own);
    }
    if found.is_empty() && !flags.locations.is_empty() {
        return Err(wrong(format!("none of {} is a directory in {}", flags.locations.join(", "), shown(&base))));
    }
    found.sort();
    found.dedup();
    // A directory is looked through with all that is below it.
    let outer = found.clone();
    found.retain(|directory| !outer.iter().any(|other| other != directory && directory.starts_with(other)));
    Ok(found)
}

fn shown(base: &Path) -> String {
    if base.as_os_str().is_empty() { "the current directory".into() } else { base.display().to_string() }
}

/// The directories that a path with `*`, `**` and `?` leads to; the path itself where it has none of them.
fn matching(path: &Path) -> Result<Vec<PathBuf>, String> {
    let text = path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()))?;
    if !text.contains(['*', '?']) {
        return Ok(if path.is_dir() { vec![path.to_owned()] } else { Vec::new() });
    }
    let pattern = text.replace('[', "[[]");
    let paths = glob::glob(&pattern).map_err(|e| format!("\"{text}\": {e}"))?;
    let found: Vec<_> = paths.filter_map(Result::ok).filter(|path| path.is_dir()).take(MOST_DIRECTORIES + 1).collect();
    if found.len() > MOST_DIRECTORIES {
        return Err(format!("\"{text}\" leads to more than {MOST_DIRECTORIES} directories"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    fn found(directories: &[&str], settings: &[&str]) -> Result<Vec<String>, String> {
        let base = tempfile::tempdir().expect("a directory");
        for directory in directories {
            std::fs::create_dir_all(base.path().join(directory)).expect("a directory");
        }
        let mut all = Settings::default();
        settings.iter().for_each(|setting| all.add(setting).expect("a setting"));
        let flags = Flags::new(&all).expect("settings");
        let found = super::directories(&flags, base.path()).map_err(|e| e.to_string())?;
        let below = |path: PathBuf| path.strip_prefix(base.path()).expect("below").display().to_string();
        Ok(found.into_iter().map(below).collect())
    }

    #[test]
    fn locations_are_flyways() {
        let tree = ["sql/a/test", "sql/b/deep/test", "sql/b/prod", "src/main/resources/db/migration", "more[1]/x"];
        for (locations, expected) in [
            ("filesystem:sql", &["sql"][..]),
            ("filesystem:sql,filesystem:sql/a", &["sql"]),
            ("classpath:db/migration", &["src/main/resources/db/migration"]),
            ("db/migration, filesystem:sql/b/prod", &["sql/b/prod", "src/main/resources/db/migration"]),
            ("filesystem:sql/*/test", &["sql/a/test"]),
            ("filesystem:sql/**/test", &["sql/a/test", "sql/b/deep/test"]),
            ("filesystem:sql/?/prod", &["sql/b/prod"]),
            ("filesystem:more[1]/?", &["more[1]/x"]),
            ("filesystem:nowhere,filesystem:sql", &["sql"]),
            ("", &[]),
        ] {
            assert_eq!(
                found(&tree, &[&format!("flyway.locations={locations}")]).as_deref(),
                Ok(&*expected.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()),
                "{locations}"
            );
        }
        assert_eq!(found(&tree, &["flyway.locations=filesystem:a", "flyway.workingDirectory=sql"]), Ok(vec!["sql/a".to_owned()]));
        let refused = |settings: &[&str]| found(&tree, settings).expect_err("refused");
        assert!(refused(&["flyway.locations=s3:bucket/sql"]).contains("not read here"));
        assert!(refused(&["flyway.locations=filesystem:nowhere"]).contains("none of filesystem:nowhere is a directory"));
        let strict = ["flyway.locations=filesystem:nowhere,filesystem:sql", "flyway.failOnMissingLocations=true"];
        assert!(refused(&strict).contains("there is no directory \"filesystem:nowhere\""));
    }
}
