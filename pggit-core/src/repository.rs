//! The one door to a database that has pgGit.

use diesel::prelude::*;

use crate::error::Error;
use crate::install::{self, Presence, Report, Step};

/// A database with pgGit in it.
pub struct Repository {
    connection: PgConnection,
}

impl Repository {
    /// Connects to a database, with or without pgGit in it yet. An empty URL leaves all to libpq's environment.
    ///
    /// # Errors
    /// [`Error::Connect`], with the URL but without its password.
    pub fn connect(url: &str) -> Result<Self, Error> {
        let connection = PgConnection::establish(url).map_err(|e| Error::from_connection(url, &e))?;
        Ok(Self { connection })
    }

    /// Installs pgGit, or brings it up to date: see [`install::install`].
    ///
    /// # Errors
    /// Those of [`install::install`].
    pub fn install(&mut self, progress: &mut dyn FnMut(Step)) -> Result<Report, Error> {
        install::install(&mut self.connection, progress)
    }

    /// Takes pgGit out: see [`install::uninstall`].
    ///
    /// # Errors
    /// Those of [`install::uninstall`].
    pub fn uninstall(&mut self) -> Result<i64, Error> {
        install::uninstall(&mut self.connection)
    }

    /// What stands in the schema `pggit`.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn presence(&mut self) -> Result<Presence, Error> {
        install::presence(&mut self.connection)
    }

    /// The connection, for statements of one's own on the same session.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
