//! The one door to a database that has pgGit.
//!
//! Each method calls the SQL function of the same name, so that Rust, SQL and the command line behave alike.

mod conflicts;
mod control;
mod export;
mod functions;
mod history;
mod metrics;
mod migrations;
mod operations;

use std::ops::DerefMut;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

pub use conflicts::{Conflict, ConflictDetail, UnmergedProperty};
pub use control::{Check, Deployment, StatusLine};
pub use export::ExportedStatement;
pub use functions::{FunctionDiffLine, FunctionOverload, FunctionVersion};
pub use history::{BlameLine, Change, Commit, DiffEntry, HistoryEntry, LogEntry};
pub use metrics::MonitoringMetric;
pub use migrations::MigrationDrift;
pub use operations::{
    Branch, EnvironmentDifference, EnvironmentElement, Metric, Migration, MigrationImpact, MigrationIssue, PurgeOptions, Purged,
    SystemEvent,
};

use crate::error::Error;
use crate::install::{self, Adoption, Presence, Report, Restoration, Step};

/// A database with pgGit in it.
///
/// ```no_run
/// # fn main() -> Result<(), pggit_core::Error> {
/// let mut repository = pggit_core::Repository::open("postgresql://localhost/shop")?;
/// for entry in repository.log(None, 10)? {
///     println!("{} {}", &entry.commit_id[..12], entry.message);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Repository {
    connection: Box<dyn DerefMut<Target = PgConnection> + Send>,
}

impl Repository {
    /// Connects to a database, with or without pgGit in it yet. An empty URL leaves all to libpq's environment.
    ///
    /// # Errors
    /// [`Error::Connect`], with the URL but without its password.
    pub fn connect(url: &str) -> Result<Self, Error> {
        let mut connection = PgConnection::establish(url).map_err(|e| Error::from_connection(url, &e))?;
        // Nothing could be folded under a stricter level, and the defaults of a database bind no tool that is asked to write.
        connection.batch_execute(
            "set client_min_messages = warning; set default_transaction_isolation = 'read committed'; set default_transaction_read_only = off",
        )?;
        install::put_catalog_first(&mut connection)?;
        Ok(Self { connection: Box::new(Box::new(connection)) })
    }

    /// Connects to a database that has pgGit.
    ///
    /// # Errors
    /// [`Error::Connect`], [`Error::NotInstalled`], [`Error::OlderPggit`], [`Error::ForeignSchema`].
    pub fn open(url: &str) -> Result<Self, Error> {
        let mut repository = Self::connect(url)?;
        repository.require()?;
        Ok(repository)
    }

    /// Uses a connection that is there already. It is closed with the repository.
    ///
    /// # Errors
    /// [`Error::NotInstalled`], [`Error::OlderPggit`], [`Error::ForeignSchema`].
    pub fn from_connection(connection: PgConnection) -> Result<Self, Error> {
        Self::from_pooled(Box::new(connection))
    }

    /// Uses a connection that somebody lends, as a pool does: it goes back when the repository is dropped. What the session has set
    /// stays as it is.
    ///
    /// The guard of a pool is such a connection, as `diesel::r2d2::PooledConnection`; so is a box. `examples/pool.rs` has a whole service.
    ///
    /// ```no_run
    /// use diesel::Connection as _;
    /// use pggit_core::Repository;
    ///
    /// let connection = Box::new(diesel::PgConnection::establish("postgresql://localhost/shop")?);
    /// let mut repository = Repository::from_pooled(connection)?;
    /// println!("{} commits", repository.log(None, 10)?.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotInstalled`], [`Error::OlderPggit`], [`Error::ForeignSchema`].
    pub fn from_pooled(connection: impl DerefMut<Target = PgConnection> + Send + 'static) -> Result<Self, Error> {
        let mut repository = Self { connection: Box::new(connection) };
        repository.require()?;
        Ok(repository)
    }

    fn require(&mut self) -> Result<(), Error> {
        match self.presence()? {
            Presence::Installed => Ok(()),
            Presence::Absent => Err(Error::NotInstalled { database: self.database()? }),
            Presence::Older => Err(Error::OlderPggit { database: self.database()? }),
            Presence::Foreign(found) => Err(Error::ForeignSchema { database: self.database()?, found }),
        }
    }

    /// Installs pgGit, or brings it up to date: see [`install::install`].
    ///
    /// # Errors
    /// Those of [`install::install`].
    pub fn install(&mut self, progress: &mut dyn FnMut(Step)) -> Result<Report, Error> {
        install::install(self.connection(), progress)
    }

    /// Takes over from the older pgGit that is written in SQL: see [`install::adopt`].
    ///
    /// # Errors
    /// Those of [`install::adopt`].
    pub fn adopt(&mut self, progress: &mut dyn FnMut(Step)) -> Result<Adoption, Error> {
        install::adopt(self.connection(), progress)
    }

    /// Puts the older pgGit back that [`Repository::adopt`] moved aside: see [`install::restore`].
    ///
    /// # Errors
    /// Those of [`install::restore`].
    pub fn restore(&mut self, discard: bool) -> Result<Restoration, Error> {
        install::restore(self.connection(), discard)
    }

    /// The schema of an older pgGit that was moved aside, if there is one: see [`install::set_aside`].
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn set_aside(&mut self) -> Result<Option<String>, Error> {
        install::set_aside(self.connection())
    }

    /// Takes pgGit out: see [`install::uninstall`].
    ///
    /// # Errors
    /// Those of [`install::uninstall`].
    pub fn uninstall(&mut self) -> Result<i64, Error> {
        install::uninstall(self.connection())
    }

    /// What stands in the schema `pggit`.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn presence(&mut self) -> Result<Presence, Error> {
        install::presence(self.connection())
    }

    /// The name of the database.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn database(&mut self) -> Result<String, Error> {
        let row: Text = diesel::sql_query("select pg_catalog.current_database()::text as value").get_result(self.connection())?;
        Ok(row.value)
    }

    /// The major version of the server.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn server_version(&mut self) -> Result<u32, Error> {
        let row: Number = diesel::sql_query("select pg_catalog.current_setting('server_version_num')::int / 10000 as value")
            .get_result(self.connection())?;
        Ok(row.value.unsigned_abs())
    }

    /// The connection, for statements of one's own in the same session.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

/// One text.
#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

/// One number.
#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    value: i32,
}

/// One text, or none.
#[derive(QueryableByName)]
struct MaybeText {
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Text>)]
    value: Option<String>,
}
