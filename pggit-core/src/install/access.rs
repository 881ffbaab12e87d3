//! Who may do what with pgGit outlives an upgrade, which replaces all functions.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::file;
use crate::error::Error;

/// A role that was let in.
#[derive(QueryableByName)]
pub(super) struct Access {
    #[diesel(sql_type = Text)]
    role_name: String,
    #[diesel(sql_type = Text)]
    access: String,
}

/// The roles that are let in, before the functions go that say so.
pub(super) fn granted(connection: &mut PgConnection) -> Result<Vec<Access>, Error> {
    Ok(diesel::sql_query(file("install/levels.sql")).load(connection)?)
}

/// Gives everything to the owner of the schema, nobody else anything, and roles what they had.
pub(super) fn set(connection: &mut PgConnection, granted: &[Access]) -> Result<(), Error> {
    connection.batch_execute(file("install/owner.sql"))?;
    connection.batch_execute(file("install/privileges.sql"))?;
    for role in granted {
        diesel::sql_query("select pggit.grant_access($1, $2)")
            .bind::<Text, _>(&role.role_name)
            .bind::<Text, _>(&role.access)
            .execute(connection)?;
    }
    Ok(())
}
