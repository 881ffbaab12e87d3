//! The states that Flyway gives to its migrations, and what its validation says of them.

use std::collections::{HashMap, HashSet};

use super::names::Kind;
use super::settings::{Flags, Target};
use super::version::Version;
use super::{Flyway, place, programs};
use crate::{AppliedMigration, Fault, LocalMigration, MigrationAdapter as _, Outcome, Problem, State, Verdict};

/// The kind of a script whose own settings say that it is not to run.
pub const NOT_EXECUTED: &str = "SQL (shouldExecute = false)";

/// What a migration is, told apart from all others: its kind, and its version or its description.
type Identity = (Kind, Option<Version>, String);

fn identity(id: &str) -> Option<Identity> {
    let (class, version, kind, description) = place(id);
    (class < 2).then(|| (kind, version, description.to_owned()))
}

/// What the rows say, taken together.
#[derive(Default)]
struct History {
    /// Ranks of rows that a DELETE row has struck off.
    deleted: HashSet<i64>,
    /// Ranks of rows that an undo row has taken back.
    undone: HashSet<i64>,
    /// Ranks of rows whose version was not above all before.
    late: HashSet<i64>,
    /// The last rank of each repeatable migration.
    last_runs: HashMap<String, i64>,
    /// The highest version that is applied.
    highest: Option<Version>,
    /// The version that the database began with.
    baseline: Option<Version>,
}

impl History {
    fn new(rows: &[&AppliedMigration]) -> Self {
        let mut history = Self::default();
        for (index, row) in rows.iter().enumerate() {
            let Some((kind, version, description)) = identity(&row.id) else { continue };
            let succeeded = row.outcome == Outcome::Succeeded;
            let last_of = |wanted: &dyn Fn(&Identity) -> bool, gone: &HashSet<i64>| {
                let mut earlier = rows[..index].iter().rev().filter(|r| r.kind != "DELETE" && !gone.contains(&r.rank));
                earlier.find(|r| identity(&r.id).is_some_and(|i| wanted(&i))).map(|r| r.rank)
            };
            if row.kind == "DELETE" {
                let same = |i: &Identity| i.1 == version && i.2 == description && i.0 != Kind::Undo;
                history.deleted.extend(last_of(&same, &history.deleted));
                continue;
            }
            if kind == Kind::Undo {
                if succeeded {
                    let gone = &history.deleted | &history.undone;
                    history.undone.extend(last_of(&|i: &Identity| i.0 == Kind::Versioned && i.1 == version, &gone));
                }
                continue;
            }
            if kind == Kind::Repeatable {
                history.last_runs.insert(description, row.rank);
            } else if succeeded && (row.kind == "BASELINE" || kind == Kind::Baseline) {
                history.baseline = history.baseline.max(version);
            }
        }
        // A version that was taken back or struck off does not make the next ones late.
        for row in rows.iter().filter(|r| r.kind != "DELETE") {
            let Some((Kind::Versioned | Kind::Baseline, Some(version), _)) = identity(&row.id) else { continue };
            if history.deleted.contains(&row.rank) || history.undone.contains(&row.rank) {
                continue;
            }
            if history.highest.as_ref().is_some_and(|highest| version <= *highest) {
                history.late.insert(row.rank);
            } else {
                history.highest = Some(version);
            }
        }
        history.last_runs.retain(|_, rank| !history.deleted.contains(rank));
        history
    }
}

/// How every migration stands, in Flyway's order.
pub fn verdicts(flyway: &Flyway, flags: &Flags, applied: &[AppliedMigration], local: &[LocalMigration]) -> Vec<Verdict> {
    let mut rows: Vec<_> = applied.iter().collect();
    rows.sort_by_key(|row| row.rank);
    let history = History::new(&rows);
    let mut files: HashMap<Identity, &LocalMigration> = HashMap::new();
    let mut found: Vec<(usize, Verdict)> = Vec::new();
    let mut in_order: Vec<_> = local.iter().collect();
    in_order.sort_by(|a, b| place(&a.id).cmp(&place(&b.id)).then_with(|| a.path.cmp(&b.path)));
    let mut unique = Vec::new();
    for file in in_order {
        let Some(identity) = identity(&file.id) else {
            found.push((usize::MAX, verdict_of(file, State::Ignored, Some(obstacle(file, Fault::Name)))));
            continue;
        };
        if let Some(first) = files.get(&identity) {
            // The source of a class and the class itself are one migration.
            if programs::is_opaque(&first.kind) && programs::is_opaque(&file.kind) {
                continue;
            }
            let message = format!("it has the same number as {}: Flyway refuses both", first.path.display());
            found.push((usize::MAX, verdict_of(file, State::Pending, Some(Problem::new(Fault::Duplicate, message)))));
            continue;
        }
        files.insert(identity.clone(), file);
        unique.push((identity, file));
    }
    let highest_on_disk = unique.iter().filter(|(i, _)| i.0 == Kind::Versioned).filter_map(|(i, _)| i.1.as_ref()).max();
    let judge = Judge { flyway, flags, history: &history, files: &files, highest_on_disk };
    let mut done: HashSet<&Identity> = HashSet::new();
    let identities: Vec<_> = rows.iter().map(|row| identity(&row.id)).collect();
    for (index, (row, identity)) in rows.iter().zip(&identities).enumerate() {
        let Some(identity) = identity else { continue };
        let state = judge.applied(row, identity);
        if !matches!(state, State::Deleted | State::Undone | State::Outdated | State::Superseded)
            && row.kind != "DELETE"
            && row.kind != "BASELINE"
        {
            done.insert(identity);
        }
        found.push((index, judge.verdict(row, identity, state)));
    }
    // With nothing applied, the highest baseline script is where the database will begin.
    let begins = unique.iter().filter(|(i, _)| i.0 == Kind::Baseline && history.highest.is_none()).filter_map(|(i, _)| i.1.as_ref()).max();
    let mut first_pending: Option<&Version> = None;
    for (identity, file) in unique.iter().filter(|(identity, _)| !done.contains(identity)) {
        let state = judge.local(identity, file, begins, &mut first_pending);
        let problem = match state {
            State::Ignored if !flags.picks(identity.1.as_ref(), &file.description) => None,
            State::Ignored if file.kind != NOT_EXECUTED && identity.0 == Kind::Versioned && !flags.ignores(false, "ignored") => {
                let highest = history.highest.as_ref().map(|_| "a higher version").unwrap_or_default();
                Some(Problem::new(Fault::Gap, format!("it was never applied, and is passed over: {highest} is applied already")))
            }
            State::Pending if file.obstacle.is_some() => Some(obstacle(file, Fault::Obstacle)),
            _ => None,
        };
        found.push((usize::MAX, verdict_of(file, state, problem)));
    }
    found.sort_by(|(rank, a), (other, b)| place(&a.id).cmp(&place(&b.id)).then(rank.cmp(other)).then_with(|| a.path.cmp(&b.path)));
    found.into_iter().map(|(_, verdict)| verdict).collect()
}

fn verdict_of(file: &LocalMigration, state: State, problem: Option<Problem>) -> Verdict {
    let line = file.obstacle.as_ref().map_or(file.line.max(1), |(line, _)| *line);
    let (id, description) = (file.id.clone(), file.description.clone());
    Verdict { id, description, state, problem, edit: None, path: Some(file.path.clone()), line, key: None, note: String::new() }
}

fn obstacle(file: &LocalMigration, fault: Fault) -> Problem {
    Problem::new(fault, file.obstacle.as_ref().map(|(_, reason)| reason.clone()).unwrap_or_default())
}

/// What every verdict looks at.
struct Judge<'a> {
    flyway: &'a Flyway,
    flags: &'a Flags,
    history: &'a History,
    files: &'a HashMap<Identity, &'a LocalMigration>,
    highest_on_disk: Option<&'a Version>,
}

impl Judge<'_> {
    fn is_as_applied(&self, row: &AppliedMigration, file: &LocalMigration) -> bool {
        row.checksum.as_ref().is_none_or(|stored| self.flyway.is_as_applied(file, stored) != Some(false))
    }

    /// The state of a row.
    fn applied(&self, row: &AppliedMigration, identity: &Identity) -> State {
        let (kind, version, description) = identity;
        let succeeded = row.outcome == Outcome::Succeeded;
        if self.history.deleted.contains(&row.rank) {
            return State::Deleted;
        }
        if row.kind == "DELETE" {
            return State::Success;
        }
        if row.kind == "BASELINE" || *kind == Kind::Baseline {
            return if succeeded { State::Baseline } else { State::Failed };
        }
        if self.history.undone.contains(&row.rank) {
            return State::Undone;
        }
        if *kind == Kind::Undo {
            return if succeeded { State::Success } else { State::Failed };
        }
        if *kind == Kind::Repeatable && self.history.last_runs.get(description) != Some(&row.rank) {
            return State::Superseded;
        }
        match (self.files.get(identity), succeeded) {
            (file, true) if programs::is_opaque(&row.kind) && file.is_none_or(|file| programs::is_opaque(&file.kind)) => State::Unknown,
            (None, _) => {
                let is_above = version.as_ref().is_some_and(|v| self.highest_on_disk.is_none_or(|highest| v > highest));
                match (is_above, succeeded) {
                    (true, true) => State::Future,
                    (true, false) => State::FailedFuture,
                    (false, true) => State::Missing,
                    (false, false) => State::FailedMissing,
                }
            }
            (Some(_), false) => State::Failed,
            (Some(file), true) if *kind == Kind::Repeatable && !self.is_as_applied(row, file) => State::Outdated,
            (Some(_), true) if self.history.late.contains(&row.rank) => State::OutOfOrder,
            (Some(_), true) => State::Success,
        }
    }

    /// A row with its state and what Flyway's validation says of it: the first that it finds.
    fn verdict(&self, row: &AppliedMigration, identity: &Identity, state: State) -> Verdict {
        let file = if row.kind == "DELETE" || row.kind == "BASELINE" { None } else { self.files.get(identity).copied() };
        let is_repeatable = identity.0 == Kind::Repeatable;
        let below_baseline = identity.1.is_some() && identity.1 <= self.history.baseline;
        let problem = match state {
            State::Failed | State::FailedMissing => {
                Some(Problem::new(Fault::Failed, "it failed: repair what it left, then Flyway's history"))
            }
            State::FailedFuture if !self.flags.ignores(is_repeatable, "future") => {
                Some(Problem::new(Fault::Failed, "it failed, and is not on disk yet"))
            }
            State::Missing if !self.flags.ignores(is_repeatable, "missing") => {
                Some(Problem::new(Fault::Missing, format!("it was applied, and is not on disk any more{}", script(row))))
            }
            State::Future if !self.flags.ignores(is_repeatable, "future") => {
                Some(Problem::new(Fault::Future, format!("it was applied, and is not on disk yet{}", script(row))))
            }
            State::Success | State::OutOfOrder if !below_baseline => file.and_then(|file| self.difference(row, file)),
            _ => None,
        };
        Verdict {
            id: row.id.clone(),
            description: row.description.clone(),
            state,
            problem,
            edit: None,
            path: file.map(|f| f.path.clone()),
            line: 1,
            key: Some(self.flyway.key(row)),
            note: if state == State::Unknown { program(row, file.is_some()) } else { String::new() },
        }
    }

    /// What differs between a row and its file: type, checksum, description.
    fn difference(&self, row: &AppliedMigration, file: &LocalMigration) -> Option<Problem> {
        if file.kind != NOT_EXECUTED && row.kind != file.kind && !row.kind.starts_with("UNDO") {
            return Some(Problem::new(Fault::Type, format!("it was applied as {}, and on disk it is {}", row.kind, file.kind)));
        }
        if !self.is_as_applied(row, file) {
            let (stored, there) = (row.checksum.as_deref().unwrap_or_default(), file.checksum.as_deref().unwrap_or("unknown"));
            return Some(Problem::new(Fault::Edited, format!("the checksum that was applied is {stored}, the one on disk {there}")));
        }
        let there = if file.description.is_empty() { "<< no description >>" } else { &file.description };
        // Flyway keeps 200 characters, the last three as dots.
        let stored = row.description.strip_suffix("...").filter(|_| row.description.chars().count() == 200);
        let is_same = stored.map_or(there == row.description || file.description == row.description, |start| there.starts_with(start));
        (!is_same)
            .then(|| Problem::new(Fault::Description, format!("it was applied as \"{}\", and on disk it is \"{there}\"", row.description)))
    }

    /// The state of a file that is not applied.
    fn local<'f>(
        &self,
        identity: &'f Identity,
        file: &LocalMigration,
        begins: Option<&Version>,
        first_pending: &mut Option<&'f Version>,
    ) -> State {
        let (kind, version, _) = identity;
        if !self.flags.picks(version.as_ref(), &file.description) {
            return State::Ignored;
        }
        let Some(version) = version else { return if file.kind == NOT_EXECUTED { State::Ignored } else { State::Pending } };
        let (is_fresh, is_baseline) = (self.history.highest.is_none(), *kind == Kind::Baseline);
        let start = if is_fresh { begins } else { self.history.baseline.as_ref() };
        match start.map(|start| version.cmp(start)) {
            Some(std::cmp::Ordering::Less) => return State::BelowBaseline,
            Some(std::cmp::Ordering::Equal) if !(is_baseline && is_fresh) => return State::IgnoredBaseline,
            _ => {}
        }
        if *kind == Kind::Undo {
            return State::Available;
        }
        let is_above = match &self.flags.target {
            Target::Latest | Target::Next => false,
            Target::Current => self.history.highest.as_ref().is_some_and(|highest| version > highest),
            Target::At(target) => version > target,
        };
        if is_above {
            return State::AboveTarget;
        }
        let is_below = self.history.highest.as_ref().is_some_and(|highest| version < highest);
        if file.kind == NOT_EXECUTED || (is_below && !self.flags.out_of_order) || (is_baseline && !is_fresh) {
            return State::Ignored;
        }
        if self.flags.target == Target::Next && first_pending.get_or_insert(version) != &version {
            return State::AboveTarget;
        }
        State::Pending
    }
}

/// What is known of a migration that is a program.
fn program(row: &AppliedMigration, is_there: bool) -> String {
    let what =
        format!("it is a program (type {}{})", row.kind, row.script.as_ref().map(|script| format!(", {script}")).unwrap_or_default());
    if is_there { format!("{what}, and what it does is not read") } else { format!("{what}, and programs are elsewhere than scripts") }
}

fn script(row: &AppliedMigration) -> String {
    row.script.as_ref().map(|script| format!(" (it ran as {script})")).unwrap_or_default()
}
