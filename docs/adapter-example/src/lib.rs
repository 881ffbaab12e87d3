//! An adapter for a tool of one's own: a script that runs `0001-add-orders.sql`, `0002-...` in order and keeps what it ran in
//!
//! ```sql
//! create table steps (number int primary key, name text not null, sha256 text not null, ended boolean not null default false);
//! ```
//!
//! What it needs of pgGit is the trait [`MigrationAdapter`] and the types that it names.

use std::cmp::Ordering;
use std::path::Path;

use pggit_migrate::{AppliedMigration, LocalMigration, MigrationAdapter, MigrationError, files_beside, read_text};
use sha2::{Digest as _, Sha256};

/// The tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct Steps;

impl MigrationAdapter for Steps {
    fn name(&self) -> &'static str {
        "steps"
    }

    fn table(&self) -> Option<&str> {
        Some("steps")
    }

    /// A step that has not ended has failed: the tool stops there.
    fn applied_query(&self, schema: &str) -> String {
        format!(
            "select number::text as id, name as description, sha256 as checksum, number::bigint as rank, ended as success from {schema}.steps"
        )
    }

    fn local(&self, directory: &Path) -> Result<Vec<LocalMigration>, MigrationError> {
        let mut found = Vec::new();
        for path in files_beside(directory, "sql")? {
            let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let Some((number, name)) = stem.split_once('-') else { continue };
            let Ok(number) = number.parse::<u32>() else {
                return Err(MigrationError::File { path, line: 1, reason: format!("\"{number}\" is no number") });
            };
            let sql = read_text(&path)?;
            let checksum = Sha256::digest(sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
            found.push(LocalMigration {
                id: number.to_string(),
                description: name.replace('-', " "),
                path,
                sql: Some(sql),
                checksum: Some(checksum),
                ..LocalMigration::default()
            });
        }
        Ok(found)
    }

    fn order(&self, one: &str, other: &str) -> Ordering {
        one.parse::<u32>().ok().cmp(&other.parse::<u32>().ok())
    }

    /// It records its steps with `pggit.begin_migration(number, 'steps')`: the number is the key.
    fn key(&self, applied: &AppliedMigration) -> String {
        applied.id.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pggit_migrate::{Fault, Outcome, State, validate};

    #[test]
    fn steps_are_compared_with_what_ran() {
        let directory = tempfile::tempdir().expect("a directory");
        for (name, text) in
            [("0001-add-orders.sql", "select 1"), ("0002-more.sql", "select 2"), ("0003-last.sql", "select 3"), ("notes.sql", "")]
        {
            std::fs::write(directory.path().join(name), text).expect("a file");
        }
        let row = |id: &str, text: &str, outcome| AppliedMigration {
            id: id.into(),
            checksum: Some(Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()),
            rank: id.parse().expect("a number"),
            outcome,
            ..AppliedMigration::default()
        };
        let applied = [row("1", "select 1", Outcome::Succeeded), row("2", "select 'two'", Outcome::Succeeded)];
        let local = Steps.local(directory.path()).expect("files");
        let verdicts = validate(&Steps, &applied, &local);
        let states: Vec<_> = verdicts.iter().map(|v| (v.state, v.problem.as_ref().map(|p| p.fault))).collect();
        assert_eq!(states, [(State::Success, None), (State::Success, Some(Fault::Edited)), (State::Pending, None)]);
        assert_eq!(verdicts[0].description, "add orders");
        std::fs::write(directory.path().join("x-y.sql"), "").expect("a file");
        assert!(Steps.local(directory.path()).expect_err("no number").to_string().ends_with("x-y.sql:1: \"x\" is no number"));
    }
}
