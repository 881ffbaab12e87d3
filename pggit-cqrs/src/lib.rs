//! CQRS: a schema with a command side, which is written, and a query side, which is read. Changesets over both ([`Changeset`]), the
//! dependencies between them ([`Dependencies`]), and how all of that is run ([`runner`]).

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod changeset;
mod dependencies;
mod drawing;
pub mod runner;
mod sides;

pub use changeset::{Changeset, ChangesetError};
pub use dependencies::{Dependencies, Dependency, Kind};
pub use drawing::{dot, mermaid, svg};
pub use sides::{Side, Sides};
