//! What a tool's own table says.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use pggit_core::Repository;

use crate::{AppliedMigration, MigrationAdapter, MigrationError, Outcome};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Nullable<Text>)]
    description: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    checksum: Option<String>,
    #[diesel(sql_type = BigInt)]
    rank: i64,
    #[diesel(sql_type = Nullable<Bool>)]
    success: Option<bool>,
}

/// The migrations that a tool has applied to a database, by its own table in a schema.
///
/// # Errors
/// [`MigrationError::Table`] when the table is not there or not the tool's.
pub fn applied(repository: &mut Repository, adapter: &dyn MigrationAdapter, schema: &str) -> Result<Vec<AppliedMigration>, MigrationError> {
    let query = adapter.applied_query(&format!("\"{}\"", schema.replace('"', "\"\"")));
    let rows: Vec<Row> = diesel::sql_query(query).load(repository.connection()).map_err(|e| MigrationError::Table {
        tool: adapter.name().to_owned(),
        table: format!("in the schema \"{schema}\""),
        reason: e.to_string(),
    })?;
    let migration = |row: Row| AppliedMigration {
        id: row.id,
        description: row.description.unwrap_or_default(),
        checksum: row.checksum,
        rank: row.rank,
        outcome: if row.success == Some(false) { Outcome::Failed } else { Outcome::Succeeded },
    };
    Ok(rows.into_iter().map(migration).collect())
}
