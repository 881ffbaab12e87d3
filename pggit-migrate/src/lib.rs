//! Migration tools beside pgGit: the adapter trait and its types.
