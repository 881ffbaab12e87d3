//! A private PostgreSQL server for development, demonstrations and tests of pgGit.
//!
//! It needs no libpq: it finds PostgreSQL's programs ([`Binaries`]), or fetches them, and runs them. As root it runs them as an
//! unprivileged user, since PostgreSQL refuses to run as root.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod account;
mod binaries;
mod dev;
mod error;
mod fetch;
mod guard;
mod server;

pub use account::server_directory;
pub use binaries::Binaries;
pub use dev::DevServer;
pub use error::Error;
pub use server::{PrivateServer, run_tool};
