//! The core of pgGit, version control for PostgreSQL schemas.
//!
//! The `model` is pure: definitions, trees, commits and rules as values. [`Repository`] is the one door to a database
//! that has pgGit; [`install`] puts it there. [`objects`] is what pgGit knows of PostgreSQL's objects.

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod error;
pub mod install;
pub mod model;
pub mod objects;
pub mod repository;
mod shown;

pub use error::Error;
pub use model::signature::{FunctionSignature, SignatureError};
pub use repository::{ExportedStatement, Repository};
