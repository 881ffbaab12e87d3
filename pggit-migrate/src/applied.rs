//! What a tool's own table says.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Jsonb, Text};
use pggit_core::Repository;
use serde::Deserialize;

use crate::{AppliedMigration, MigrationAdapter, MigrationError, Outcome};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Jsonb)]
    migration: serde_json::Value,
}

#[derive(QueryableByName)]
struct Lock {
    #[diesel(sql_type = Text)]
    holder: String,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    is_there: bool,
}

/// A row as an adapter's query gives it; what it does not give is not known.
#[derive(Deserialize)]
struct Columns {
    id: String,
    rank: i64,
    description: Option<String>,
    checksum: Option<String>,
    success: Option<bool>,
    kind: Option<String>,
    script: Option<String>,
}

/// The migrations that a tool has applied to a database, by its own table in a schema, in the order of their ranks.
///
/// # Errors
/// [`MigrationError::NoTable`] when the table is not there, and [`MigrationError::Table`] when it is not the tool's.
pub fn applied(repository: &mut Repository, adapter: &dyn MigrationAdapter, schema: &str) -> Result<Vec<AppliedMigration>, MigrationError> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let place =
        adapter.table().map_or_else(|| format!("in the schema {}", quoted(schema)), |t| format!("{}.{}", quoted(schema), quoted(t)));
    let wrong = |reason: String| MigrationError::Table { tool: adapter.name().to_owned(), table: place.clone(), reason };
    if let Some(table) = adapter.table() {
        let found: Found = diesel::sql_query("select pg_catalog.to_regclass($1) is not null as is_there")
            .bind::<Text, _>(&place)
            .get_result(repository.connection())
            .map_err(|e| wrong(e.to_string()))?;
        if !found.is_there {
            return Err(MigrationError::NoTable { tool: adapter.name().to_owned(), table: table.to_owned(), schema: schema.to_owned() });
        }
    }
    let query =
        format!("select pg_catalog.to_jsonb(q) as migration from ({}) as q order by q.rank", adapter.applied_query(&quoted(schema)));
    let rows: Vec<Row> = diesel::sql_query(query).load(repository.connection()).map_err(|e| wrong(e.to_string()))?;
    let migration = |row: Row| {
        let columns: Columns = serde_json::from_value(row.migration).map_err(|e| wrong(format!("a row is not a migration: {e}")))?;
        Ok(AppliedMigration {
            id: columns.id,
            description: columns.description.unwrap_or_default(),
            checksum: columns.checksum,
            rank: columns.rank,
            outcome: if columns.success == Some(false) { Outcome::Failed } else { Outcome::Succeeded },
            kind: columns.kind.unwrap_or_default(),
            script: columns.script,
        })
    };
    rows.into_iter().map(migration).collect()
}

/// Who holds the tool's own lock in a schema, in words for people; nobody where the tool keeps no lock in a table, or has not made it yet.
///
/// # Errors
/// [`MigrationError::Table`] when the table of the lock cannot be read.
pub fn locks(repository: &mut Repository, adapter: &dyn MigrationAdapter, schema: &str) -> Result<Vec<String>, MigrationError> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let Some((table, query)) = adapter.locks_query(&quoted(schema)) else { return Ok(Vec::new()) };
    let place = format!("{}.{}", quoted(schema), quoted(table));
    let wrong =
        |e: diesel::result::Error| MigrationError::Table { tool: adapter.name().to_owned(), table: place.clone(), reason: e.to_string() };
    let found: Found = diesel::sql_query("select pg_catalog.to_regclass($1) is not null as is_there")
        .bind::<Text, _>(&place)
        .get_result(repository.connection())
        .map_err(wrong)?;
    if !found.is_there {
        return Ok(Vec::new());
    }
    let query = format!("select q.holder::text as holder from ({query}) as q (holder)");
    let rows: Vec<Lock> = diesel::sql_query(query).load(repository.connection()).map_err(wrong)?;
    Ok(rows.into_iter().map(|row| row.holder).collect())
}
