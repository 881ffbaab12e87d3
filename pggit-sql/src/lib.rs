//! SQL as text and as graph for pgGit: parsing and fingerprints ([`script`]), what a statement does ([`analysis`]), and the one door to
//! a live schema, which may be on a server without pgGit ([`working`]).

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod analysis;
pub mod body;
pub mod compare;
pub mod graph;
mod portable;
mod queries;
pub mod script;
mod settled;
pub mod working;

pub use compare::{Environment, EnvironmentError};
pub use graph::DependencyGraph;
pub use script::{Script, ScriptError, Statement};
pub use working::{Element, WorkingError, WorkingSchema};
