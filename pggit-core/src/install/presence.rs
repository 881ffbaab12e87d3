//! What is in the schema `pggit` before anything is done to it.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::path::pinned;
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

#[derive(QueryableByName)]
struct Owner {
    #[diesel(sql_type = Text)]
    database: String,
    #[diesel(sql_type = Text)]
    owner: String,
}

/// A superuser must not run what a lesser role has put there, be it in the guise of pgGit: anybody who may create a schema could make one.
pub(super) fn require_trust(connection: &mut PgConnection, schema: &str) -> Result<(), Error> {
    let stranger: Option<Owner> = diesel::sql_query(
        "select pg_catalog.current_database()::text as database, r.rolname::text as owner \
         from (select n.oid, n.nspowner as owner from pg_catalog.pg_namespace as n \
               union select c.relnamespace, c.relowner from pg_catalog.pg_class as c \
               union select p.pronamespace, p.proowner from pg_catalog.pg_proc as p) as o \
         join pg_catalog.pg_roles as r on r.oid = o.owner \
         where o.oid = pg_catalog.to_regnamespace(pg_catalog.quote_ident($1))::pg_catalog.oid and not r.rolsuper and r.rolname <> current_user \
           and (select u.rolsuper from pg_catalog.pg_roles as u where u.rolname = current_user) limit 1",
    )
    .bind::<Text, _>(schema)
    .get_result(connection)
    .optional()?;
    match stranger {
        Some(Owner { database, owner }) => Err(Error::Untrusted { database, schema: schema.to_owned(), owner }),
        None => Ok(()),
    }
}

/// Looks whether pgGit is in the database.
///
/// # Errors
/// [`Error::Untrusted`] for a superuser where it belongs to a lesser role; when the server cannot be asked.
pub fn presence(connection: &mut PgConnection) -> Result<Presence, Error> {
    connection.transaction(|connection| pinned(connection, look))
}

fn look(connection: &mut PgConnection) -> Result<Presence, Error> {
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
        require_trust(connection, "pggit")?;
        return Ok(Presence::Installed);
    }
    let older: Flag = diesel::sql_query(
        "select pg_catalog.count(*) = 5 as value \
         from (values ('objects', 'object_type'), ('objects', 'full_name'), ('history', 'change_type'), ('history', 'object_id'), ('commits', 'hash')) as w (relation, name) \
         join pg_catalog.pg_attribute as a on a.attrelid = pg_catalog.to_regclass('pggit.' || w.relation) and a.attname = w.name and not a.attisdropped",
    )
    .get_result(connection)?;
    if older.value {
        require_trust(connection, "pggit")?;
        return Ok(Presence::Older);
    }
    let found: Word = diesel::sql_query(
        "select pg_catalog.string_agg(name, ', ') as value from (\
           select relname::text as name from pg_catalog.pg_class where relnamespace = 'pggit'::pg_catalog.regnamespace and relkind in ('r', 'v') order by relname limit 4) as o",
    )
    .get_result(connection)?;
    Ok(Presence::Foreign(found.value.unwrap_or_else(|| "nothing".into())))
}
