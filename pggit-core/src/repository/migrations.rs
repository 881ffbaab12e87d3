//! The migrations of other tools: what no migration changed, links, and what ran before pgGit came.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text as SqlText, Timestamptz};
use serde::Serialize;

use super::{MaybeText, Repository};
use crate::error::Error;

/// A change that no migration made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct MigrationDrift {
    /// The commit that has it.
    #[diesel(sql_type = SqlText)]
    pub commit_id: String,
    /// Who made it.
    #[diesel(sql_type = SqlText)]
    pub author: String,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub authored_at: DateTime<Utc>,
    /// `create`, `alter`, `drop` or `rename`.
    #[diesel(sql_type = SqlText)]
    pub operation: String,
    /// The type of the element.
    #[diesel(sql_type = SqlText)]
    pub object_type: String,
    /// Its identity.
    #[diesel(sql_type = SqlText)]
    pub object_identity: String,
    /// The application that did it, where that is known.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub application_name: Option<String>,
    /// The statement that did it, where that is known.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub statement: Option<String>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Integer)]
    value: i32,
}

impl Repository {
    /// What was changed since the first recorded migration of a tool, or of any, and by none.
    ///
    /// # Errors
    /// When the name is no name for a tool.
    pub fn migration_drift(&mut self, tool: Option<&str>) -> Result<Vec<MigrationDrift>, Error> {
        let query = diesel::sql_query("select * from pggit.migration_drift($1)");
        Ok(query.bind::<Nullable<SqlText>, _>(tool).load(self.connection())?)
    }

    /// Links a migration to a revision, or to HEAD. Gives the id of the commit.
    ///
    /// # Errors
    /// When there is no such revision.
    pub fn link_migration(
        &mut self,
        tool: &str,
        migration_id: i64,
        description: Option<&str>,
        revision: Option<&str>,
    ) -> Result<Option<String>, Error> {
        let row: MaybeText = diesel::sql_query("select pggit.link_migration($1, $2, $3, $4) as value")
            .bind::<BigInt, _>(migration_id)
            .bind::<Nullable<SqlText>, _>(description)
            .bind::<SqlText, _>(tool)
            .bind::<Nullable<SqlText>, _>(revision)
            .get_result(self.connection())?;
        Ok(row.value)
    }

    /// Listens to the table of a tool from now on, and records what is in it.
    ///
    /// # Errors
    /// When pgGit cannot listen to the tool, or the table is not the tool's.
    pub fn integrate_migrations(&mut self, tool: &str, schema: Option<&str>, table: Option<&str>) -> Result<(), Error> {
        diesel::sql_query("select pggit.integrate_migrations($1, $2, $3)")
            .bind::<SqlText, _>(tool)
            .bind::<Nullable<SqlText>, _>(schema)
            .bind::<Nullable<SqlText>, _>(table)
            .execute(self.connection())?;
        Ok(())
    }

    /// Links every migration of a tool that has no commit to a revision. Gives how many.
    ///
    /// # Errors
    /// When there is no such revision.
    pub fn baseline_migrations(&mut self, tool: &str, revision: &str) -> Result<i32, Error> {
        let row: Number = diesel::sql_query("select pggit.baseline_migrations($1, $2) as value")
            .bind::<SqlText, _>(tool)
            .bind::<SqlText, _>(revision)
            .get_result(self.connection())?;
        Ok(row.value)
    }
}
