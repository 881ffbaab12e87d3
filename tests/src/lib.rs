//! End-to-end tests of pgGit against real servers.
