//! What is in the schema `pggit` before anything is done to it.

use diesel::prelude::*;

use super::{Flag, Word};
use crate::error::Error;

/// What stands in the schema `pggit` of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// No such schema.
    Absent,
    /// pgGit.
    Installed,
    /// The older pgGit that is written in SQL: [`adopt()`](super::adopt()) takes it over.
    Older,
    /// Something else, which is left alone; a few names of what it holds.
    Foreign(String),
}

/// Looks whether pgGit is in the database.
///
/// # Errors
/// When the server cannot be asked.
pub fn presence(connection: &mut PgConnection) -> Result<Presence, Error> {
    let exists: Flag = diesel::sql_query("select pg_catalog.to_regnamespace('pggit') is not null as value").get_result(connection)?;
    if !exists.value {
        return Ok(Presence::Absent);
    }
    let ours: Flag = diesel::sql_query(
        "select pg_catalog.count(*) = 4 as value from pg_catalog.pg_class \
         where relnamespace = 'pggit'::pg_catalog.regnamespace and relname in ('repository', 'staged_changes', 'elements', '__diesel_schema_migrations')",
    )
    .get_result(connection)?;
    if ours.value {
        return Ok(Presence::Installed);
    }
    let older: Flag = diesel::sql_query(
        "select pg_catalog.count(*) = 5 as value \
         from (values ('objects', 'object_type'), ('objects', 'full_name'), ('history', 'change_type'), ('history', 'object_id'), ('commits', 'hash')) as w (relation, name) \
         join pg_catalog.pg_attribute as a on a.attrelid = pg_catalog.to_regclass('pggit.' || w.relation) and a.attname = w.name and not a.attisdropped",
    )
    .get_result(connection)?;
    if older.value {
        return Ok(Presence::Older);
    }
    let found: Word = diesel::sql_query(
        "select pg_catalog.string_agg(name, ', ') as value from (\
           select relname::text as name from pg_catalog.pg_class where relnamespace = 'pggit'::pg_catalog.regnamespace and relkind in ('r', 'v') order by relname limit 4) as o",
    )
    .get_result(connection)?;
    Ok(Presence::Foreign(found.value.unwrap_or_else(|| "nothing".into())))
}
