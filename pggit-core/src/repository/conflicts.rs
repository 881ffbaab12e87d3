//! The registry of conflicts.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Nullable, Text as SqlText, Timestamptz};
use serde::Serialize;

use super::Repository;
use crate::error::Error;

/// A conflict on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct Conflict {
    /// Its id, a UUID.
    #[diesel(sql_type = SqlText)]
    pub conflict_id: String,
    /// `merge`, `version`, `constraint` or `dependency`.
    #[diesel(sql_type = SqlText)]
    pub conflict_type: String,
    /// The type of its object, as `table`.
    #[diesel(sql_type = SqlText)]
    pub object_type: String,
    /// The object, as `public.users`.
    #[diesel(sql_type = SqlText)]
    pub object_identifier: String,
    /// When it was registered.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// What it is about.
    #[diesel(sql_type = SqlText)]
    pub description: String,
}

/// One line about a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct ConflictDetail {
    /// What the line says, as `Current Definition`.
    #[diesel(sql_type = SqlText)]
    pub detail_type: String,
    /// Its value, if the conflict holds one.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub detail_value: Option<String>,
}

/// A property of a conflict's object that a merge left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct UnmergedProperty {
    /// Its name, as `comment`.
    #[diesel(sql_type = SqlText)]
    pub property: String,
    /// Why: both sides changed it, or it cannot be applied exactly.
    #[diesel(sql_type = SqlText)]
    pub reason: String,
}

impl Repository {
    /// The conflicts with a status (`unresolved`, `resolved`, `ignored`), oldest first; all for none.
    ///
    /// # Errors
    /// When there is no such status.
    pub fn conflicts(&mut self, status: Option<&str>) -> Result<Vec<Conflict>, Error> {
        let query = diesel::sql_query(
            "select c.conflict_id::text as conflict_id, c.conflict_type, c.object_type, c.object_identifier, c.created_at, c.description from pggit.list_conflicts($1) as c",
        );
        Ok(query.bind::<Nullable<SqlText>, _>(status).load(self.connection())?)
    }

    /// A conflict with its versions, its definitions and the resolutions on offer.
    ///
    /// # Errors
    /// When there is no such conflict.
    pub fn conflict_details(&mut self, conflict_id: &str) -> Result<Vec<ConflictDetail>, Error> {
        let query = diesel::sql_query("select * from pggit.show_conflict_details($1::uuid)");
        Ok(query.bind::<SqlText, _>(conflict_id).load(self.connection())?)
    }

    /// Resolves a conflict: `use_current`, `use_tracked`, `merge`, or `custom` with SQL. A merge may leave properties, and with them the
    /// conflict, open.
    ///
    /// # Errors
    /// When there is no such conflict or it is resolved, when the resolution does not fit, or what it runs fails; nothing is done then.
    pub fn resolve_conflict(
        &mut self,
        conflict_id: &str,
        resolution: &str,
        reason: Option<&str>,
        sql: Option<&str>,
    ) -> Result<Vec<UnmergedProperty>, Error> {
        self.connection().transaction(|connection| {
            diesel::sql_query("select pggit.resolve_conflict($1::uuid, $2, $3, $4)")
                .bind::<SqlText, _>(conflict_id)
                .bind::<SqlText, _>(resolution)
                .bind::<Nullable<SqlText>, _>(reason)
                .bind::<Nullable<Jsonb>, _>(sql.map(|sql| serde_json::json!({"sql": sql})))
                .execute(connection)?;
            let left = diesel::sql_query(
                "select u.key as property, u.value as reason from pggit.conflict_registry as r \
                 cross join pg_catalog.jsonb_each_text(r.unmerged) as u where r.conflict_id = $1::uuid order by u.key collate \"C\"",
            );
            Ok(left.bind::<SqlText, _>(conflict_id).load(connection)?)
        })
    }
}
