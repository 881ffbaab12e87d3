//! How a migration stands, in the tool's own words, and what is wrong with it.

use std::path::PathBuf;

use serde::Serialize;

use crate::Edit;

/// How a migration stands. Shown and serialized it is the tool's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Applied.
    Success,
    /// On disk, and it runs next.
    Pending,
    /// On disk, above the version that the tool is told to stop at.
    AboveTarget,
    /// On disk, below the version that the database began with.
    BelowBaseline,
    /// On disk, at the version that the database began with.
    IgnoredBaseline,
    /// The database began with this.
    Baseline,
    /// On disk and never applied, below what was applied: a gap. Or the tool is told to pass it over.
    Ignored,
    /// Applied after a migration that stands above it.
    OutOfOrder,
    /// Applied, not on disk any more.
    Missing,
    /// Failed, and not on disk any more.
    FailedMissing,
    /// Applied, not on disk yet: above all that is there.
    Future,
    /// Failed, and not on disk yet.
    FailedFuture,
    /// The tool says that it failed.
    Failed,
    /// Applied, and taken back since.
    Undone,
    /// A script that takes one back, if wanted.
    Available,
    /// A repeatable migration that is not on disk as it last ran.
    Outdated,
    /// An earlier run of a repeatable migration.
    Superseded,
    /// Applied, and struck off by a repair.
    Deleted,
    /// Applied, and whether it is on disk as it ran cannot be computed: [`Verdict::note`] says why.
    Unknown,
}

impl State {
    /// The tool's own words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::Pending => "Pending",
            Self::AboveTarget => "Above Target",
            Self::BelowBaseline => "Below Baseline",
            Self::IgnoredBaseline => "Ignored (Baseline)",
            Self::Baseline => "Baseline",
            Self::Ignored => "Ignored",
            Self::OutOfOrder => "Out of Order",
            Self::Missing => "Missing",
            Self::FailedMissing => "Failed (Missing)",
            Self::Future => "Future",
            Self::FailedFuture => "Failed (Future)",
            Self::Failed => "Failed",
            Self::Undone => "Undone",
            Self::Available => "Available",
            Self::Outdated => "Outdated",
            Self::Superseded => "Superseded",
            Self::Deleted => "Deleted",
            Self::Unknown => "Unknown",
        }
    }

    /// Whether the tool would run it now.
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Pending)
    }
}

impl Serialize for State {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.words())
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words())
    }
}

/// The kinds of fault that somebody has to look into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The tool says that it failed.
    Failed,
    /// Applied, not on disk any more.
    Missing,
    /// Applied, not on disk yet, where that is not to be.
    Future,
    /// On disk, and passed over because something above it was applied.
    Gap,
    /// Pending, where that is not to be.
    Pending,
    /// On disk it is of another kind.
    Type,
    /// Not on disk as it was applied.
    Edited,
    /// On disk it has another description.
    Description,
    /// Two files have this number.
    Duplicate,
    /// A file that looks like a migration and whose name the tool does not understand.
    Name,
    /// The tool cannot run it as it is.
    Obstacle,
}

impl Fault {
    /// All of them, with what each means.
    pub const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Failed, "migration-failed", "The tool recorded that the migration failed."),
        (Self::Missing, "migration-missing", "The migration was applied and is not on disk any more."),
        (Self::Future, "migration-future", "The migration was applied and is not on disk yet."),
        (Self::Gap, "migration-gap", "The migration was never applied, and the tool passes it over: something above it was applied."),
        (Self::Pending, "migration-pending", "The migration is not applied yet."),
        (Self::Type, "migration-type", "The migration on disk is of another kind than the one that was applied."),
        (Self::Edited, "migration-edited", "The migration was changed on disk after it was applied."),
        (Self::Description, "migration-description", "The migration on disk has another description than the one that was applied."),
        (Self::Duplicate, "migration-duplicate", "Two migrations on disk have the same number."),
        (Self::Name, "migration-name", "The file looks like a migration, and the tool does not take it for one."),
        (Self::Obstacle, "migration-obstacle", "The tool cannot run the migration as it is."),
    ];

    /// Its name as a rule, as `migration-edited`.
    #[must_use]
    pub fn rule(self) -> &'static str {
        Self::ALL.iter().find(|(fault, ..)| *fault == self).map_or("migration", |(_, rule, _)| rule)
    }
}

/// What is wrong with a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The kind of fault.
    pub fault: Fault,
    /// What is wrong, for people.
    pub message: String,
}

impl Problem {
    /// A problem in words.
    #[must_use]
    pub fn new(fault: Fault, message: impl Into<String>) -> Self {
        Self { fault, message: message.into() }
    }
}

/// A migration and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The tool's name for it.
    pub id: String,
    /// What the tool calls it for people.
    pub description: String,
    /// How it stands.
    pub state: State,
    /// What is wrong with it; none for what nobody has to look into.
    pub problem: Option<Problem>,
    /// What differs from what ran, for one that was edited; none as long as nobody has asked.
    pub edit: Option<Edit>,
    /// The file, where there is one.
    pub path: Option<PathBuf>,
    /// The line that it begins on, from 1.
    pub line: usize,
    /// What pgGit's own record calls it, for one that was applied.
    pub key: Option<String>,
    /// What is worth knowing about it and no fault; empty for most.
    pub note: String,
}
