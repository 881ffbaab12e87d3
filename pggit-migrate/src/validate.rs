//! What is on disk against what was applied, as far as all tools have it in common.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::{AppliedMigration, Fault, LocalMigration, MigrationAdapter, Outcome, Problem, State, Verdict};

/// Compares the migrations on disk with those that were applied, in the tool's own order and words.
///
/// A migration whose checksum is not known on either side is never [`Fault::Edited`].
#[must_use]
pub fn validate(adapter: &dyn MigrationAdapter, applied: &[AppliedMigration], local: &[LocalMigration]) -> Vec<Verdict> {
    adapter.verdicts(applied, local)
}

/// What [`MigrationAdapter::verdicts`] does unless a tool knows more.
pub(crate) fn compare<A: MigrationAdapter + ?Sized>(adapter: &A, applied: &[AppliedMigration], local: &[LocalMigration]) -> Vec<Verdict> {
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
        let is_late = row.is_some_and(|row| first_above.remove(&row.rank).flatten().is_some_and(|rank| rank < row.rank));
        let state = match (file, row) {
            (None, Some(row)) => {
                let is_above = highest_local.is_none_or(|id| adapter.order(&row.id, id).is_gt());
                match (row.outcome, is_above) {
                    (Outcome::Succeeded, true) => State::Future,
                    (Outcome::Succeeded, false) => State::Missing,
                    (Outcome::Failed, true) => State::FailedFuture,
                    (Outcome::Failed, false) => State::FailedMissing,
                }
            }
            (Some(_), Some(row)) if row.outcome == Outcome::Failed => State::Failed,
            (Some(_), Some(_)) if is_late => State::OutOfOrder,
            (Some(_), Some(_)) => State::Success,
            (Some(file), None) if adapter.keeps_the_last_only() && is_below(file) => State::Success,
            (Some(file), None) if is_below(file) && !adapter.runs_late(file) => State::Ignored,
            _ => State::Pending,
        };
        verdicts.push(verdict(adapter, file, row, state));
        if let Some(file) = file {
            while let Some(twin) = on_disk.next_if(|l| adapter.order(&l.id, &file.id).is_eq()) {
                let mut verdict = verdict(adapter, Some(twin), None, State::Pending);
                let message = format!("it has the same number as {}", file.path.display());
                verdict.problem = Some(Problem::new(Fault::Duplicate, message));
                verdicts.push(verdict);
            }
        }
    }
}

/// A verdict with what is wrong, as far as state and checksum tell.
fn verdict<A: MigrationAdapter + ?Sized>(
    adapter: &A,
    file: Option<&LocalMigration>,
    row: Option<&AppliedMigration>,
    state: State,
) -> Verdict {
    let differs = || {
        let (file, row) = (file?, row?);
        let stored = row.checksum.as_ref()?;
        let message =
            || format!("the checksum that was applied is {stored}, the one on disk {}", file.checksum.as_deref().unwrap_or("unknown"));
        (adapter.is_as_applied(file, stored) == Some(false)).then(|| Problem::new(Fault::Edited, message()))
    };
    let obstacle = || file.and_then(|f| f.obstacle.as_ref()).map(|(_, reason)| Problem::new(Fault::Obstacle, reason));
    let problem = match state {
        State::Failed | State::FailedMissing | State::FailedFuture => Some(Problem::new(Fault::Failed, "it failed, says the tool")),
        State::Missing => Some(Problem::new(Fault::Missing, "it was applied, and is not on disk any more")),
        State::Ignored => Some(Problem::new(Fault::Gap, "it was never applied, and something above it was")),
        State::Pending => obstacle(),
        _ => differs(),
    };
    let line = file.map_or(1, |f| f.obstacle.as_ref().map_or(f.line, |(line, _)| *line).max(1));
    Verdict {
        id: file.map(|f| &f.id).or(row.map(|r| &r.id)).cloned().unwrap_or_default(),
        description: row.map(|r| &r.description).filter(|d| !d.is_empty()).or(file.map(|f| &f.description)).cloned().unwrap_or_default(),
        state,
        problem,
        edit: None,
        path: file.map(|f| f.path.clone()),
        line,
        key: row.map(|row| adapter.key(row)),
        note: String::new(),
    }
}

/// For each rank, the lowest rank among the migrations that stand above it: lower than its own where it came late.
fn first_ranks_above<A: MigrationAdapter + ?Sized>(adapter: &A, sorted: &[&AppliedMigration]) -> HashMap<i64, Option<i64>> {
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
    use crate::{Refinery, Sqlx};

    fn row(id: &str, rank: i64, checksum: &str, outcome: Outcome) -> AppliedMigration {
        AppliedMigration { id: id.into(), checksum: Some(checksum.into()), rank, outcome, ..AppliedMigration::default() }
    }

    fn file(id: &str, checksum: &str) -> LocalMigration {
        LocalMigration { id: id.into(), path: format!("V{id}__x.sql").into(), checksum: Some(checksum.into()), ..LocalMigration::default() }
    }

    fn told(verdicts: Vec<Verdict>) -> Vec<(String, &'static str, Option<Fault>)> {
        verdicts
            .into_iter()
            .map(|v| (v.path.map(|p| p.display().to_string()).unwrap_or(v.id), v.state.words(), v.problem.map(|p| p.fault)))
            .collect()
    }

    #[test]
    fn every_state_is_told_apart() {
        let good = Outcome::Succeeded;
        let applied = [
            row("1", 1, "a", good),
            row("3", 2, "b", good),
            row("2", 3, "c", good),
            row("4", 4, "d", good),
            row("6", 5, "e", Outcome::Failed),
            row("20", 6, "f", good),
        ];
        let local =
            [file("1", "a"), file("2", "c"), file("3", "changed"), file("5", "x"), file("05", "y"), file("6", "e"), file("10", "z")];
        let expected = [
            ("V1__x.sql", "Success", None),
            ("V2__x.sql", "Out of Order", None),
            ("V3__x.sql", "Success", Some(Fault::Edited)),
            ("4", "Missing", Some(Fault::Missing)),
            ("V05__x.sql", "Ignored", Some(Fault::Gap)),
            ("V5__x.sql", "Pending", Some(Fault::Duplicate)),
            ("V6__x.sql", "Failed", Some(Fault::Failed)),
            ("V10__x.sql", "Ignored", Some(Fault::Gap)),
            ("20", "Future", None),
        ];
        assert_eq!(told(validate(&Refinery, &applied, &local)), expected.map(|(id, state, fault)| (id.to_owned(), state, fault)));
        // sqlx runs whatever has not run.
        assert_eq!(told(validate(&Sqlx, &applied[..2], &[file("2", "c")]))[1].1, "Pending");
    }
}
