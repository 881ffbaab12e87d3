//! How pgGit is developed.

fn main() {}
