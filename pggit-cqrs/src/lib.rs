//! Atomic changesets over command and query schemas for pgGit.
