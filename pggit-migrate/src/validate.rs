//! What is on disk against what was applied.

use std::cmp::Ordering;
use std::collections::HashMap;

use serde::Serialize;

use crate::{AppliedMigration, LocalMigration, MigrationAdapter, Outcome};

/// How a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Applied, and on disk as it was applied.
    Success,
    /// On disk, above all that was applied: it runs next.
    Pending,
    /// On disk and never applied, below what was applied: a gap.
    Ignored,
    /// Applied after a migration that stands above it.
    OutOfOrder,
    /// Applied, not on disk any more.
    Missing,
    /// Applied, not on disk yet: above all that is there.
    Future,
    /// The tool says that it failed.
    Failed,
    /// Not on disk as it was applied: the checksums differ.
    Edited,
    /// Two files on disk have this number.
    Duplicate,
}

impl State {
    /// Whether somebody has to look into it.
    #[must_use]
    pub fn is_fault(self) -> bool {
        !matches!(self, Self::Success | Self::Pending | Self::OutOfOrder | Self::Future)
    }
}

/// A migration and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The tool's name for it.
    pub id: String,
    /// How it stands.
    pub state: State,
    /// The file, where there is one.
    pub path: Option<std::path::PathBuf>,
}

/// Compares the migrations on disk with those that were applied, in the tool's own order.
///
/// A migration without a checksum on either side is never [`State::Edited`].
#[must_use]
pub fn validate(adapter: &dyn MigrationAdapter, applied: &[AppliedMigration], local: &[LocalMigration]) -> Vec<Verdict> {
    let mut local: Vec<_> = local.iter().collect();
    local.sort_by(|a, b| adapter.order(&a.id, &b.id).then_with(|| a.path.cmp(&b.path)));
    let mut applied: Vec<_> = applied.iter().collect();
    applied.sort_by(|a, b| adapter.order(&a.id, &b.id).then(a.rank.cmp(&b.rank)));
    let highest_applied = applied.last().map(|a| a.id.as_str());
    let highest_local = local.last().map(|l| l.id.as_str());
    let mut first_above = first_ranks_above(adapter, &applied);
    let is_below = |file: &LocalMigration| highest_applied.is_some_and(|id| adapter.order(&file.id, id).is_lt());
    let mut verdicts = Vec::new();
    let (mut on_disk, mut in_table) = (local.iter().copied().peekable(), applied.iter().copied().peekable());
    loop {
        let order = match (on_disk.peek(), in_table.peek()) {
            (None, None) => return verdicts,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(file), Some(row)) => adapter.order(&file.id, &row.id),
        };
        let file = if order.is_le() { on_disk.next() } else { None };
        let row = if order.is_ge() { in_table.next() } else { None };
        let state = match (file, row) {
            (_, Some(row)) if row.outcome == Outcome::Failed => State::Failed,
            (Some(file), Some(row)) => {
                let differs = row.checksum.as_ref().is_some_and(|stored| adapter.is_as_applied(file, stored) == Some(false));
                let is_late = first_above.remove(&row.rank).flatten().is_some_and(|rank| rank < row.rank);
                if differs {
                    State::Edited
                } else if is_late {
                    State::OutOfOrder
                } else {
                    State::Success
                }
            }
            (Some(file), None) if adapter.keeps_the_last_only() && is_below(file) => State::Success,
            (Some(file), None) if is_below(file) => State::Ignored,
            (None, Some(row)) if highest_local.is_none_or(|id| adapter.order(&row.id, id).is_gt()) => State::Future,
            (None, Some(_)) => State::Missing,
            _ => State::Pending,
        };
        let id = file.map(|f| &f.id).or(row.map(|r| &r.id)).cloned().unwrap_or_default();
        verdicts.push(Verdict { id, state, path: file.map(|f| f.path.clone()) });
        if let Some(file) = file {
            while let Some(twin) = on_disk.next_if(|l| adapter.order(&l.id, &file.id).is_eq()) {
                verdicts.push(Verdict { id: twin.id.clone(), state: State::Duplicate, path: Some(twin.path.clone()) });
            }
        }
    }
}

/// For each rank, the lowest rank among the migrations that stand above it: lower than its own where it came late.
fn first_ranks_above(adapter: &dyn MigrationAdapter, sorted: &[&AppliedMigration]) -> HashMap<i64, Option<i64>> {
    let mut ranks = HashMap::with_capacity(sorted.len());
    let mut lowest_above = None;
    for group in sorted.chunk_by(|a, b| adapter.order(&a.id, &b.id).is_eq()).rev() {
        ranks.extend(group.iter().map(|a| (a.rank, lowest_above)));
        lowest_above = group.iter().map(|a| a.rank).chain(lowest_above).min();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Flyway;

    fn row(id: &str, rank: i64, checksum: &str, outcome: Outcome) -> AppliedMigration {
        AppliedMigration { id: id.into(), description: String::new(), checksum: Some(checksum.into()), rank, outcome }
    }

    fn file(id: &str, checksum: &str) -> LocalMigration {
        LocalMigration { id: id.into(), path: format!("V{id}__x.sql").into(), sql: None, checksum: Some(checksum.into()) }
    }

    #[test]
    fn every_state_is_told_apart() {
        let good = Outcome::Succeeded;
        let applied = [
            row("1.0", 1, "a", good),
            row("3", 2, "b", good),
            row("2", 3, "c", good),
            row("4", 4, "d", good),
            row("6", 5, "e", Outcome::Failed),
            row("20", 6, "f", good),
        ];
        let local =
            [file("1", "a"), file("2", "c"), file("3", "changed"), file("5", "x"), file("5.0", "y"), file("6", "e"), file("10", "z")];
        let states: Vec<_> = validate(&Flyway, &applied, &local).into_iter().map(|v| (v.id, v.state)).collect();
        let expected = [
            ("1", State::Success),
            ("2", State::OutOfOrder),
            ("3", State::Edited),
            ("4", State::Missing),
            ("5.0", State::Ignored),
            ("5", State::Duplicate),
            ("6", State::Failed),
            ("10", State::Ignored),
            ("20", State::Future),
        ];
        assert_eq!(states, expected.map(|(id, state)| (id.to_owned(), state)));
        let pending: Vec<_> = validate(&Flyway, &applied[..1], &local[..2]).into_iter().map(|v| v.state).collect();
        assert_eq!(pending, [State::Success, State::Pending]);
    }
}
