//! The command line of pgGit.

fn main() {}
