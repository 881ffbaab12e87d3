//! The versions of functions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Jsonb, Nullable, Text as SqlText, Timestamptz};
use serde::Serialize;

use super::{Repository, Text};
use crate::error::Error;
use crate::model::signature::FunctionSignature;

/// A signature as PostgreSQL reads it, whatever its spelling; what is none is left for PostgreSQL to refuse.
fn exact(signature: &str) -> String {
    signature.parse::<FunctionSignature>().map_or_else(|_| signature.to_owned(), |s| s.to_string())
}

/// A function as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct FunctionOverload {
    /// Its signature, as `api.pay(numeric)`.
    #[diesel(sql_type = SqlText)]
    pub signature: String,
    /// Its version.
    #[diesel(sql_type = SqlText)]
    pub version: String,
    /// How many versions it has had.
    #[diesel(sql_type = BigInt)]
    pub versions: i64,
    /// When this version was made.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// Why it is deprecated, if it is.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub deprecated: Option<String>,
}

/// A version of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct FunctionVersion {
    /// The version, semantic.
    #[diesel(sql_type = SqlText)]
    pub version: String,
    /// `new`, `major`, `minor`, `patch` or `explicit`.
    #[diesel(sql_type = SqlText)]
    pub impact: String,
    /// The whole source.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub source: Option<String>,
    /// What the directives of its comments say, and what was said when it was tracked.
    #[diesel(sql_type = Jsonb)]
    pub metadata: serde_json::Value,
    /// All that was recorded of it.
    #[diesel(sql_type = Jsonb)]
    pub definition: serde_json::Value,
    /// The commit that made it.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub commit_id: Option<String>,
    /// The message of that commit.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub message: Option<String>,
    /// Who made it.
    #[diesel(sql_type = SqlText)]
    pub created_by: String,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// A line of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct FunctionDiffLine {
    /// Its place in the comparison, from 1.
    #[diesel(sql_type = Integer)]
    pub line_number: i32,
    /// What became of it.
    #[diesel(sql_type = SqlText)]
    pub change_type: String,
    /// The line in the first version.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub version1_line: Option<String>,
    /// The line in the second version.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub version2_line: Option<String>,
}

impl Repository {
    /// The functions that are there now, by signature; of one schema, or of all.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn functions(&mut self, schema: Option<&str>) -> Result<Vec<FunctionOverload>, Error> {
        let query = diesel::sql_query(
            "select distinct on (h.signature) h.signature, h.version, count(*) over (partition by h.signature_id) as versions, h.created_at, \
                    h.metadata ->> 'deprecated'::pg_catalog.text as deprecated \
             from pggit.settle(), pggit.function_history as h \
             where h.dropped_at is null and ($1 is null or h.schema_name = $1) \
             order by h.signature, h.created_at desc",
        );
        Ok(query.bind::<Nullable<SqlText>, _>(schema).load(self.connection())?)
    }

    /// The versions of a function, newest first.
    ///
    /// # Errors
    /// When there is no such function.
    pub fn function_versions(&mut self, signature: &str) -> Result<Vec<FunctionVersion>, Error> {
        // Says so when there is no such function.
        let signature = exact(signature);
        diesel::sql_query("select * from pggit.get_function_version($1)").bind::<SqlText, _>(&signature).execute(self.connection())?;
        let query = diesel::sql_query(
            "select v.version, v.impact, v.source, v.metadata, v.definition, v.commit_id, c.message, v.created_by, v.created_at \
             from pggit.versions_of(pggit.exact_signature($1)) with ordinality as v \
             left join pggit.commits as c on c.commit_id = v.commit_id \
             order by v.ordinality",
        );
        Ok(query.bind::<SqlText, _>(signature).load(self.connection())?)
    }

    /// Two versions of a function line by line; without versions the last two.
    ///
    /// # Errors
    /// When there is no such function or version.
    pub fn diff_function(&mut self, signature: &str, one: Option<&str>, other: Option<&str>) -> Result<Vec<FunctionDiffLine>, Error> {
        Ok(diesel::sql_query("select * from pggit.diff_function_versions($1, $2, $3)")
            .bind::<SqlText, _>(exact(signature))
            .bind::<Nullable<SqlText>, _>(one)
            .bind::<Nullable<SqlText>, _>(other)
            .load(self.connection())?)
    }

    /// Gives a function a version of one's own choice, or the next; gives the version.
    ///
    /// # Errors
    /// When there is no such function, or the version is none or goes backwards.
    pub fn track_function(&mut self, signature: &str, version: Option<&str>) -> Result<String, Error> {
        let query = diesel::sql_query("select pggit.track_function($1, $2) as value");
        let row: Text = query.bind::<SqlText, _>(exact(signature)).bind::<Nullable<SqlText>, _>(version).get_result(self.connection())?;
        Ok(row.value)
    }

    /// Makes a function again what it was at a version; gives the version that it has now.
    ///
    /// # Errors
    /// When there is no such function or version, or the database refuses: others may need what the function is now.
    pub fn restore_function(&mut self, signature: &str, version: &str) -> Result<String, Error> {
        let row: Text = diesel::sql_query("select pggit.restore_function($1, $2) as value")
            .bind::<SqlText, _>(exact(signature))
            .bind::<SqlText, _>(version)
            .get_result(self.connection())?;
        Ok(row.value)
    }
}
