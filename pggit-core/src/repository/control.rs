//! Configuration, deployments, and the emergency switches.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Jsonb, Nullable, Text as SqlText, Timestamptz};
use serde::Serialize;

use super::{MaybeText, Repository, Text};
use crate::error::Error;
use crate::model::rules::TrackingConfig;

/// A line of the status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct StatusLine {
    /// What the line is about, as `Tracking`.
    #[diesel(sql_type = SqlText)]
    pub component: String,
    /// How it is, in a word.
    #[diesel(sql_type = SqlText)]
    pub status: String,
    /// More about it.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub details: Option<String>,
}

/// A deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct Deployment {
    /// Its id, a UUID.
    #[diesel(sql_type = SqlText)]
    pub deployment_id: String,
    /// Its name.
    #[diesel(sql_type = SqlText)]
    pub deployment_name: String,
    /// Who began it.
    #[diesel(sql_type = SqlText)]
    pub started_by: String,
    /// When it began.
    #[diesel(sql_type = Timestamptz)]
    pub started_at: DateTime<Utc>,
    /// When it ended.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub ended_at: Option<DateTime<Utc>>,
    /// `active`, `staged`, `completed` or `cancelled`.
    #[diesel(sql_type = SqlText)]
    pub status: String,
    /// The commit that it became.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub commit_id: Option<String>,
}

/// One line of a consistency check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct Check {
    /// What was checked, as `commits`.
    #[diesel(sql_type = SqlText)]
    pub check_name: String,
    /// `ok`, `warning` or `error`.
    #[diesel(sql_type = SqlText)]
    pub status: String,
    /// What is wrong, or what it means that nothing is.
    #[diesel(sql_type = SqlText)]
    pub details: String,
    /// Whether it was repaired.
    #[diesel(sql_type = Bool)]
    pub fixed: bool,
}

impl Repository {
    /// How pgGit is.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn status(&mut self) -> Result<Vec<StatusLine>, Error> {
        Ok(diesel::sql_query("select * from pggit.status()").load(self.connection())?)
    }

    /// The configuration of HEAD's branch.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn config(&mut self) -> Result<TrackingConfig, Error> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Jsonb)]
            rules: serde_json::Value,
        }
        let row: Row = diesel::sql_query("select rules from pggit.repository").get_result(self.connection())?;
        serde_json::from_value(row.rules).map_err(|e| Error::Database(diesel::result::Error::DeserializationError(e.into())))
    }

    /// Replaces the whole configuration of HEAD's branch.
    ///
    /// ```no_run
    /// use pggit_core::model::rules::TrackingConfig;
    /// # fn main() -> Result<(), pggit_core::Error> {
    /// let mut repository = pggit_core::Repository::open("postgresql://localhost/shop")?;
    /// let mut config: TrackingConfig = repository.config()?;
    /// config.ignore_schemas.push("monitoring".into());
    /// repository.set_config(&config)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When a pattern is broken or an operation unknown; nothing is changed then.
    pub fn set_config(&mut self, config: &TrackingConfig) -> Result<(), Error> {
        self.connection.transaction(|connection| {
            diesel::sql_query("select pggit.configure_tracking($1, $2, $3, $4)")
                .bind::<Array<SqlText>, _>(&config.track_schemas)
                .bind::<Array<SqlText>, _>(&config.ignore_schemas)
                .bind::<Array<SqlText>, _>(&config.track_operations)
                .bind::<Array<SqlText>, _>(&config.ignore_operations)
                .execute(connection)?;
            diesel::sql_query("select pggit.set_ignore_patterns($1)")
                .bind::<Array<SqlText>, _>(&config.ignore_patterns)
                .execute(connection)?;
            Ok(())
        })
    }

    /// Begins a deployment; gives its id.
    ///
    /// From then on the changes of all sessions join it. `auto_commit` makes `end_deployment` commit also without a message.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), pggit_core::Error> {
    /// let mut repository = pggit_core::Repository::open("postgresql://localhost/shop")?;
    /// repository.begin_deployment("Release 2", true)?;
    /// // ... migrations run, on any connection ...
    /// let commit = repository.end_deployment(Some("Release 2"), &["v2.0".to_owned()])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When one is under way.
    pub fn begin_deployment(&mut self, name: &str, auto_commit: bool) -> Result<String, Error> {
        let query = diesel::sql_query("select pggit.begin_deployment($1, $2)::text as value");
        let row: Text = query.bind::<SqlText, _>(name).bind::<Bool, _>(auto_commit).get_result(self.connection())?;
        Ok(row.value)
    }

    /// Ends the deployment; gives the commit that it became, if it became one.
    ///
    /// # Errors
    /// When none is under way.
    pub fn end_deployment(&mut self, message: Option<&str>, tags: &[String]) -> Result<Option<String>, Error> {
        let query = diesel::sql_query("select pggit.end_deployment($1, $2) as value");
        let row: MaybeText = query.bind::<Nullable<SqlText>, _>(message).bind::<Array<SqlText>, _>(tags).get_result(self.connection())?;
        Ok(row.value)
    }

    /// Cancels the deployment: every transaction becomes a commit of its own.
    ///
    /// # Errors
    /// When none is under way.
    pub fn cancel_deployment(&mut self, reason: Option<&str>) -> Result<(), Error> {
        diesel::sql_query("select pggit.cancel_deployment($1)").bind::<Nullable<SqlText>, _>(reason).execute(self.connection())?;
        Ok(())
    }

    /// The deployments, newest first.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn deployments(&mut self) -> Result<Vec<Deployment>, Error> {
        let query = diesel::sql_query(
            "select deployment_id::text, deployment_name, started_by, started_at, ended_at, status, commit_id from pggit.deployment_mode order by started_at desc",
        );
        Ok(query.load(self.connection())?)
    }

    /// Recomputes every hash and walks every chain. `fix` repairs what can be derived from the history.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), pggit_core::Error> {
    /// let mut repository = pggit_core::Repository::open("postgresql://localhost/shop")?;
    /// for check in repository.verify(false)?.iter().filter(|c| c.status != "ok") {
    ///     eprintln!("{}: {}", check.check_name, check.details);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server cannot be asked; what is wrong with the history is in the result.
    pub fn verify(&mut self, fix: bool) -> Result<Vec<Check>, Error> {
        let query = diesel::sql_query("select check_name, status, details, fixed from pggit.verify_consistency($1, true)");
        Ok(query.bind::<Bool, _>(fix).load(self.connection())?)
    }

    /// Whether HEAD's history goes back to a commit, given by its whole id, also where a purge has taken the commit away: together
    /// with a clean [`Repository::verify`] that proves that what the id covers was not rewritten since it was noted.
    ///
    /// # Errors
    /// When the server cannot be asked; whether it does is in the result.
    pub fn verify_since(&mut self, commit_id: &str) -> Result<Check, Error> {
        let query = diesel::sql_query("select 'since' as check_name, s.status, s.details, false as fixed from pggit.verify_since($1) as s");
        Ok(query.bind::<SqlText, _>(commit_id).get_result(self.connection())?)
    }

    /// Pauses tracking; gives the time at which it resumes by itself. `duration` is an interval as PostgreSQL reads it.
    ///
    /// # Errors
    /// When the duration is not positive, or no interval.
    pub fn pause(&mut self, duration: &str) -> Result<String, Error> {
        self.switch("select pggit.pause_tracking($1::interval)::text as value", duration)
    }

    /// Switches capture off; gives the time at which it goes on by itself.
    ///
    /// # Errors
    /// When the duration is not positive, or no interval.
    pub fn emergency_disable(&mut self, duration: &str) -> Result<String, Error> {
        self.switch("select pggit.emergency_disable($1::interval)::text as value", duration)
    }

    fn switch(&mut self, sql: &str, duration: &str) -> Result<String, Error> {
        let row: Text = diesel::sql_query(sql).bind::<SqlText, _>(duration).get_result(self.connection())?;
        Ok(row.value)
    }

    /// Ends a pause; gives the commit of what changed meanwhile.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn resume(&mut self) -> Result<Option<String>, Error> {
        let row: MaybeText = diesel::sql_query("select pggit.resume_tracking() as value").get_result(self.connection())?;
        Ok(row.value)
    }

    /// Ends `emergency_disable`; gives the commit of what changed meanwhile.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn emergency_enable(&mut self) -> Result<Option<String>, Error> {
        let row: MaybeText = diesel::sql_query("select pggit.emergency_enable() as value").get_result(self.connection())?;
        Ok(row.value)
    }
}
