//! Branches, purging, reports, events, and the migrations of other tools.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Double, Integer, Jsonb, Nullable, Text as SqlText, Timestamptz};
use serde::Serialize;

use super::{Repository, Text};
use crate::error::Error;

/// A branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct Branch {
    /// Its name.
    #[diesel(sql_type = SqlText)]
    pub branch_name: String,
    /// The commit that it names; none before the first.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub commit_id: Option<String>,
    /// The branch that it comes from.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub parent_branch: Option<String>,
    /// Whether the database is on it.
    #[diesel(sql_type = Bool)]
    pub is_head: bool,
}

/// What a purge did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct Purged {
    /// `archive` or `delete`, after `would` in a dry run.
    #[diesel(sql_type = SqlText)]
    pub action: String,
    /// `commit`, `tag`, `change`, `blob` or `statement`.
    #[diesel(sql_type = SqlText)]
    pub object_type: String,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    /// Bytes of rows.
    #[diesel(sql_type = BigInt)]
    pub space_freed: i64,
}

/// What may be purged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurgeOptions {
    /// The age of what may go, as PostgreSQL reads intervals: `6 months`.
    pub older_than: String,
    /// Whether tags and the points where branches part stay.
    pub keep_milestones: bool,
    /// Whether to say only what would be done.
    pub dry_run: bool,
    /// Whether what goes is kept in the archive.
    pub archive: bool,
}

/// A figure that was measured.
#[derive(Debug, Clone, PartialEq, Serialize, QueryableByName)]
pub struct Metric {
    /// Its name.
    #[diesel(sql_type = SqlText)]
    pub metric_name: String,
    /// Its value; none where nothing was measured.
    #[diesel(sql_type = Nullable<Double>)]
    pub metric_value: Option<f64>,
    /// Its unit, as `ms`.
    #[diesel(sql_type = SqlText)]
    pub metric_unit: String,
}

/// A difference between two environments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct EnvironmentDifference {
    /// The type of the element.
    #[diesel(sql_type = SqlText)]
    pub object_type: String,
    /// Its identity.
    #[diesel(sql_type = SqlText)]
    pub object_name: String,
    /// `present` or `missing` in the first.
    #[diesel(sql_type = SqlText)]
    pub env1_status: String,
    /// `present` or `missing` in the second.
    #[diesel(sql_type = SqlText)]
    pub env2_status: String,
    /// What differs.
    #[diesel(sql_type = SqlText)]
    pub difference: String,
}

/// An element of an environment, with its definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct EnvironmentElement {
    /// The type of the element.
    #[diesel(sql_type = SqlText)]
    pub object_type: String,
    /// Its identity.
    #[diesel(sql_type = SqlText)]
    pub object_identity: String,
    /// Its properties.
    #[diesel(sql_type = Jsonb)]
    pub definition: serde_json::Value,
}

/// Something that happened to pgGit itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct SystemEvent {
    /// Its number: later ones are higher.
    #[diesel(sql_type = BigInt)]
    pub event_id: i64,
    /// What happened, as `tracking_paused`.
    #[diesel(sql_type = SqlText)]
    pub event_type: String,
    /// More about it.
    #[diesel(sql_type = Jsonb)]
    pub event_data: serde_json::Value,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// By whom.
    #[diesel(sql_type = SqlText)]
    pub created_by: String,
}

/// A migration of another tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct Migration {
    /// The tool.
    #[diesel(sql_type = SqlText)]
    pub tool_name: String,
    /// Its number; two tools may use the same.
    #[diesel(sql_type = BigInt)]
    pub migration_id: i64,
    /// What the tool itself calls it, where that is more than a number.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub migration_key: Option<String>,
    /// What the tool calls it for people.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub migration_name: Option<String>,
    /// When it was applied; none while it runs.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub applied_at: Option<DateTime<Utc>>,
    /// By whom.
    #[diesel(sql_type = SqlText)]
    pub applied_by: String,
    /// How it ended; none while it runs.
    #[diesel(sql_type = Nullable<Bool>)]
    pub success: Option<bool>,
    /// The last of its commits.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub commit_id: Option<String>,
    /// How the commit is known: `transaction`, `time` or `explicit`.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub link: Option<String>,
}

/// Something that is wrong with a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct MigrationIssue {
    /// The tool.
    #[diesel(sql_type = SqlText)]
    pub tool_name: String,
    /// The number of the migration.
    #[diesel(sql_type = BigInt)]
    pub migration_id: i64,
    /// `gap`, `failed`, `running` or `unlinked`.
    #[diesel(sql_type = SqlText)]
    pub status: String,
    /// What is wrong.
    #[diesel(sql_type = SqlText)]
    pub message: String,
}

/// What a migration did to an element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct MigrationImpact {
    /// The type of the element.
    #[diesel(sql_type = SqlText)]
    pub object_type: String,
    /// Its identity.
    #[diesel(sql_type = SqlText)]
    pub object_name: String,
    /// `create`, `alter`, `drop` or `rename`.
    #[diesel(sql_type = SqlText)]
    pub operation: String,
    /// `low`, `medium` or `high`.
    #[diesel(sql_type = SqlText)]
    pub impact_level: String,
}

impl Repository {
    /// The branches, by name.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn branches(&mut self) -> Result<Vec<Branch>, Error> {
        Ok(diesel::sql_query("select * from pggit.list_branches()").load(self.connection())?)
    }

    /// Names a line of history that begins at a revision; gives the commit's id.
    ///
    /// # Errors
    /// When the name is taken or no name, or the revision does not exist.
    pub fn create_branch(&mut self, name: &str, from_revision: &str) -> Result<String, Error> {
        let query = diesel::sql_query("select pggit.create_branch($1, $2) as value");
        let row: Text = query.bind::<SqlText, _>(name).bind::<SqlText, _>(from_revision).get_result(self.connection())?;
        Ok(row.value)
    }

    /// Deletes a branch.
    ///
    /// # Errors
    /// When it is HEAD or does not exist; without `force` also when nothing else leads to its commits.
    pub fn delete_branch(&mut self, name: &str, force: bool) -> Result<(), Error> {
        let query = diesel::sql_query("select pggit.delete_branch($1, $2)");
        query.bind::<SqlText, _>(name).bind::<Bool, _>(force).execute(self.connection())?;
        Ok(())
    }

    /// Takes old commits out of the history, or says what that would do.
    ///
    /// # Errors
    /// When the age is no interval, or HEAD is held by another transaction.
    pub fn purge_history(&mut self, options: &PurgeOptions) -> Result<Vec<Purged>, Error> {
        Ok(diesel::sql_query("select * from pggit.purge_history($1::interval, $2, $3, $4)")
            .bind::<SqlText, _>(&options.older_than)
            .bind::<Bool, _>(options.keep_milestones)
            .bind::<Bool, _>(options.dry_run)
            .bind::<Bool, _>(options.archive)
            .load(self.connection())?)
    }

    /// What was measured in the last days.
    ///
    /// # Errors
    /// When the days are negative.
    pub fn performance_report(&mut self, days_back: i32) -> Result<Vec<Metric>, Error> {
        let query = diesel::sql_query(
            "select r.metric_name, r.metric_value::float8 as metric_value, r.metric_unit from pggit.performance_report($1) as r",
        );
        Ok(query.bind::<Integer, _>(days_back).load(self.connection())?)
    }

    /// How two revisions of this database differ.
    ///
    /// # Errors
    /// When a revision does not exist.
    pub fn compare_environments(&mut self, one: &str, other: &str) -> Result<Vec<EnvironmentDifference>, Error> {
        let query = diesel::sql_query("select * from pggit.compare_environments($1, $2)");
        Ok(query.bind::<SqlText, _>(one).bind::<SqlText, _>(other).load(self.connection())?)
    }

    /// The elements of a revision with their definitions, to compare them with those of another database.
    ///
    /// # Errors
    /// When the revision does not exist.
    pub fn environment(&mut self, revision: &str) -> Result<Vec<EnvironmentElement>, Error> {
        let query = diesel::sql_query("select * from pggit.environment_elements($1) order by object_identity, object_type");
        Ok(query.bind::<SqlText, _>(revision).load(self.connection())?)
    }

    /// What happened to pgGit after an event, in order; 0 for all.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn events(&mut self, after: i64) -> Result<Vec<SystemEvent>, Error> {
        let query = diesel::sql_query("select * from pggit.system_events where event_id > $1 order by event_id");
        Ok(query.bind::<BigInt, _>(after).load(self.connection())?)
    }

    /// The migrations of all tools, as they were applied.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn migrations(&mut self) -> Result<Vec<Migration>, Error> {
        let query = diesel::sql_query("select * from pggit.migration_history order by applied_at, tool_name, migration_id");
        Ok(query.load(self.connection())?)
    }

    /// What is wrong with the migrations of a tool, or of all.
    ///
    /// # Errors
    /// When the name is no name for a tool.
    pub fn validate_migrations(&mut self, tool: Option<&str>) -> Result<Vec<MigrationIssue>, Error> {
        let query = diesel::sql_query("select * from pggit.validate_migrations($1)");
        Ok(query.bind::<Nullable<SqlText>, _>(tool).load(self.connection())?)
    }

    /// What the migrations with a number changed.
    ///
    /// # Errors
    /// When there is no such migration.
    pub fn migration_impact(&mut self, migration_id: i64) -> Result<Vec<MigrationImpact>, Error> {
        let query = diesel::sql_query("select * from pggit.analyze_migration_impact($1)");
        Ok(query.bind::<BigInt, _>(migration_id).load(self.connection())?)
    }
}
