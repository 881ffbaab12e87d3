//! What others have made that stands on pgGit's views and functions: a dashboard's view, a column of a view's type. No install and no
//! uninstall takes it along.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Array, Oid, Text};

use super::{Count, Word, file};
use crate::error::Error;

#[derive(QueryableByName)]
struct Dependent {
    #[diesel(sql_type = Oid)]
    objid: u32,
    #[diesel(sql_type = Text)]
    dependent: String,
}

/// What stands outside on something in pgGit's schema.
pub(super) struct Outside(Vec<Dependent>);

pub(super) fn find(connection: &mut PgConnection) -> Result<Outside, Error> {
    Ok(Outside(diesel::sql_query(file("install/outside.sql")).load(connection)?))
}

impl Outside {
    /// Takes away pgGit's views and functions, but for those that must be replaced where they stand.
    pub(super) fn clear(&self, connection: &mut PgConnection) -> Result<(), Error> {
        let stood_on: Vec<u32> = self.0.iter().map(|d| d.objid).collect();
        let drops: Vec<Word> = diesel::sql_query(file("install/doomed.sql")).bind::<Array<Oid>, _>(stood_on).load(connection)?;
        for drop in drops.into_iter().filter_map(|word| word.value) {
            connection.batch_execute(&drop)?;
        }
        Ok(())
    }

    /// Puts views and functions there, or says who is in the way where what stands there cannot become what it has to be.
    pub(super) fn replace(&self, connection: &mut PgConnection, database: &str, sql: &str) -> Result<(), Error> {
        match connection.batch_execute(sql) {
            Err(diesel::result::Error::DatabaseError(..)) if !self.0.is_empty() => return Err(self.in_the_way(database)),
            other => other?,
        }
        if !self.0.is_empty() {
            let stale: Count = diesel::sql_query(
                "select pg_catalog.count(*) as value from pg_catalog.pg_proc as p
                 where p.pronamespace = 'pggit'::pg_catalog.regnamespace
                   and pg_catalog.age(p.xmin) > pg_catalog.age(pg_catalog.pg_current_xact_id()::pg_catalog.xid)",
            )
            .get_result(connection)?;
            if stale.value > 0 {
                return Err(self.in_the_way(database));
            }
        }
        Ok(())
    }

    /// Refuses to take the schema away as long as anything stands on it.
    pub(super) fn require_none(&self, database: &str) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(self.in_the_way(database)) }
    }

    fn in_the_way(&self, database: &str) -> Error {
        let mut dependents: Vec<&str> = self.0.iter().map(|d| d.dependent.as_str()).collect();
        dependents.dedup();
        Error::StoodOn { database: database.to_owned(), dependents: dependents.join(", ") }
    }
}
