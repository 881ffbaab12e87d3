//! What can go wrong with a server of one's own.

use std::path::PathBuf;

/// An error of the private server, with what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// PostgreSQL's programs are nowhere, and could not be fetched.
    #[error("PostgreSQL{} is not on this machine: {reason}", version.map(|v| format!(" {v}")).unwrap_or_default())]
    NotFound {
        /// The major version that was asked for.
        version: Option<u32>,
        /// Why it could not be fetched.
        reason: String,
    },
    /// A program failed.
    #[error("{program} failed: {output}")]
    Program {
        /// Its name.
        program: String,
        /// What it printed.
        output: String,
    },
    /// A file or directory could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The machine has no unprivileged user to run as.
    #[error("PostgreSQL refuses to run as root, and no other user could be had: {0}")]
    NoUser(String),
    /// The user has no home directory.
    #[error("neither HOME nor XDG_DATA_HOME is set")]
    NoHome,
}

impl Error {
    /// What to do about it, in one sentence.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotFound { .. } => "Install PostgreSQL 15 or later (Debian: apt-get install postgresql; macOS: brew install postgresql), or set PGGIT_POSTGRES_BIN to the directory of its programs.".into(),
            Self::Program { .. } => "The output above is the program's own.".into(),
            Self::Io { .. } => "Check the permissions, and whether the disk is full.".into(),
            Self::NoUser(_) => "Create a user, as useradd --system pggit does, or run as an ordinary user.".into(),
            Self::NoHome => "Set HOME.".into(),
        }
    }

    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
