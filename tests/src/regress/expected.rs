//! What differs with pgGit for a reason, and what cannot be run. Whatever else differs makes `cargo xtask regress` fail, and so does what differs no more.

use std::ops::RangeInclusive;

/// A file that lists what there is in a database, so that objects of pgGit's are in its lists, and nothing else differs; or shows plans.
pub(super) struct Expected {
    /// The versions whose suite it is in.
    pub versions: RangeInclusive<u32>,
    /// The file of the suite.
    pub file: &'static str,
    /// What it lists.
    pub reason: &'static str,
    /// Whether it shows plans, which may be others with more rows in the catalogs, or may not.
    pub is_plan: bool,
}

const fn lists(versions: RangeInclusive<u32>, file: &'static str, reason: &'static str) -> Expected {
    Expected { versions, file, reason, is_plan: false }
}

const fn explains(versions: RangeInclusive<u32>, file: &'static str, reason: &'static str) -> Expected {
    Expected { versions, file, reason, is_plan: true }
}

/// Drift that is no fault of capture: the versions, the file, words of what is said of it, and why.
pub(super) const DRIFT: &[(RangeInclusive<u32>, &str, &str, &str)] = &[
    (17..=18, "event_trigger", "create event trigger test_event_trigger_guc", "no command on event triggers fires one"),
    (
        17..=18,
        "event_trigger",
        "drop policy pguc on public.event_trigger_test",
        "it was dropped with event_triggers = off, when none fires",
    ),
];

/// Files that crash the server by themselves, so that nothing can be said of what comes after: the versions of the server, the file, and why.
pub(super) const CRASHES: &[(RangeInclusive<u32>, &str, &str)] = &[
    (18..=18, "sqljson", "IS JSON over a domain crashes PostgreSQL 18.4"),
    (18..=18, "hash_part", "satisfies_hash_partition() with VARIADIC NULL crashes PostgreSQL 18.4"),
];

/// All that is known.
pub(super) const EXPECTED: &[Expected] = &[
    lists(15..=18, "alter_table", "it lists the locks that its transactions hold, and recording holds some"),
    explains(18..=18, "btree_index", "it explains queries over pg_proc, and pgGit's functions are in it: another plan may be cheaper"),
    lists(15..=18, "event_trigger", "it lists the event triggers"),
    lists(15..=15, "generated", "it lists the columns that are generated"),
    lists(15..=18, "opr_sanity", "it lists the functions that it finds odd, in all schemas"),
];
