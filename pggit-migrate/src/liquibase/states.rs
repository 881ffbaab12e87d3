//! How changesets stand, and what is wrong with them, in Liquibase's own words.

use std::collections::HashMap;

use super::changeset::{Changeset, Sum};
use super::identity;
use crate::{AppliedMigration, Fault, LocalMigration, Problem, State, Verdict};

/// Whether a changeset is what ran, by the checksum that Liquibase stored then; why that is not known, or the checksum that it has now.
pub(super) fn is_as_applied(changeset: &Changeset, stored: &str) -> Result<bool, String> {
    compare(changeset, stored).map(|difference| difference.is_none())
}

/// The checksum that it has now where it is not what ran.
fn compare(changeset: &Changeset, stored: &str) -> Result<Option<String>, String> {
    let any = ["1:any", "1:all", "1:*"];
    if changeset.valid.iter().any(|valid| any.iter().any(|word| valid.eq_ignore_ascii_case(word)) || valid == stored) {
        return Ok(None);
    }
    let sum = match stored.split_once(':').map_or("", |(version, _)| version) {
        "9" => &changeset.nine,
        "8" => &changeset.eight,
        _ => return Err(format!("the checksum {stored} is of a version that is not computed here")),
    };
    match sum {
        Sum::Unknown(reason) => Err(reason.clone()),
        Sum::Known(now) | Sum::Given(now, _) if now == stored || changeset.valid.contains(now) => Ok(None),
        Sum::Known(now) => Ok(Some(now.clone())),
        Sum::Given(_, parameters) => {
            let names: Vec<_> = parameters.iter().map(|name| format!("${{{name}}}")).collect();
            Err(format!("the checksum differs, as it would if {} had another value when it ran", names.join(" or ")))
        }
    }
}

/// How every changeset stands: those of the changelog in its order, then those that ran and are not in it any more.
pub(super) fn verdicts(changesets: &[Changeset], applied: &[AppliedMigration], local: &[LocalMigration]) -> Vec<Verdict> {
    let mut rows: HashMap<String, &AppliedMigration> = HashMap::with_capacity(applied.len());
    // Of a changeset that is there twice the last run counts.
    for row in applied {
        rows.insert(identity(&row.id), row);
    }
    let by_place: HashMap<(&std::path::Path, usize, String), &Changeset> =
        changesets.iter().map(|changeset| ((changeset.file.as_path(), changeset.line, changeset.name()), changeset)).collect();
    let mut seen: HashMap<String, &LocalMigration> = HashMap::with_capacity(local.len());
    let mut verdicts = Vec::with_capacity(local.len());
    for migration in local {
        let Some(changeset) = by_place.get(&(migration.path.as_path(), migration.line, migration.id.clone())) else { continue };
        let identity = identity(&migration.id);
        let row = rows.get(&identity).copied();
        let mut verdict = verdict(changeset, migration, row);
        if let Some(first) = seen.get(&identity) {
            let message = format!("{} was identified more than once: first in {}:{}", migration.id, first.path.display(), first.line);
            verdict.problem = Some(Problem::new(Fault::Duplicate, message));
        } else {
            seen.insert(identity, migration);
        }
        verdicts.push(verdict);
    }
    let mut gone: Vec<_> = rows.into_iter().filter(|(identity, _)| !seen.contains_key(identity)).map(|(_, row)| row).collect();
    gone.sort_by_key(|row| row.rank);
    verdicts.extend(gone.into_iter().map(|row| Verdict {
        id: row.id.clone(),
        description: row.description.clone(),
        state: State::Missing,
        problem: Some(Problem::new(Fault::Missing, format!("{} was {}, and is not in the changelog any more", row.id, word(row)))),
        edit: None,
        path: None,
        line: 1,
        key: Some(row.id.clone()),
        note: String::new(),
    }));
    verdicts
}

/// How Liquibase says that it ran.
fn word(row: &AppliedMigration) -> &str {
    if row.kind.is_empty() { "EXECUTED" } else { &row.kind }
}

fn verdict(changeset: &Changeset, migration: &LocalMigration, row: Option<&AppliedMigration>) -> Verdict {
    let (mut state, mut problem, mut note) = (State::Success, None, String::new());
    match row {
        None if changeset.is_ignored => (state, note) = (State::Ignored, "it says ignore".into()),
        None if !changeset.is_selected => (state, note) = (State::Ignored, "its contexts or labels are not those that run".into()),
        None => state = State::Pending,
        Some(_) if changeset.is_ignored => note = "it says ignore, and its checksum is not looked at".into(),
        Some(row) => {
            match row.kind.as_str() {
                "MARK_RAN" => note = "it was marked as ran without running".into(),
                "RERAN" => note = "it ran again after it was changed, or runs always".into(),
                _ => {}
            }
            match row.checksum.as_deref().map(|stored| (stored, compare(changeset, stored))) {
                None | Some((_, Ok(None))) => {}
                Some(_) if changeset.runs_always => {}
                Some((_, Ok(Some(_)))) if changeset.runs_on_change => {
                    (state, note) = (State::Outdated, "it was changed, and runs again".into());
                }
                Some((stored, Ok(Some(now)))) => {
                    problem = Some(Problem::new(Fault::Edited, format!("{} was: {stored} but is now: {now}", migration.id)));
                }
                Some((_, Err(reason))) => (state, note) = (State::Unknown, reason),
            }
        }
    }
    Verdict {
        id: migration.id.clone(),
        description: row
            .map(|row| row.description.clone())
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| migration.description.clone()),
        state,
        problem,
        edit: None,
        path: Some(migration.path.clone()),
        line: migration.line,
        key: row.map(|row| row.id.clone()),
        note,
    }
}
