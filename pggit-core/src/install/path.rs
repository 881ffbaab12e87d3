//! Where names are looked for while pgGit asks: who asks may do more than those who could have put something there.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::Word;
use crate::error::Error;

#[derive(QueryableByName)]
struct Pinned {
    #[diesel(sql_type = Text)]
    before: String,
}

/// Nobody's operators and functions but PostgreSQL's own, whatever the session's search path: who installs may do more than those who made
/// them. Runs in a transaction, and the path is what it was afterwards.
pub(super) fn pinned<T>(connection: &mut PgConnection, work: impl FnOnce(&mut PgConnection) -> Result<T, Error>) -> Result<T, Error> {
    let before: Pinned = diesel::sql_query(
        "select pg_catalog.current_setting('search_path') as before, pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true) as pinned",
    )
    .get_result(connection)?;
    let done = work(connection)?;
    diesel::sql_query("select pg_catalog.set_config('search_path', $1, true)").bind::<Text, _>(before.before).execute(connection)?;
    Ok(done)
}

/// A path may say that others' operators come before PostgreSQL's own, and whoever owns the database may set it for all who connect.
pub(crate) fn put_catalog_first(connection: &mut PgConnection) -> Result<(), Error> {
    let path: Word = diesel::sql_query("select pg_catalog.current_setting('search_path') as value").get_result(connection)?;
    let path = path.value.unwrap_or_default();
    if path.to_lowercase().find("pg_catalog").is_some_and(|place| place > 0) {
        diesel::sql_query("select pg_catalog.set_config('search_path', $1, false)")
            .bind::<Text, _>(format!("pg_catalog, {path}"))
            .execute(connection)?;
    }
    Ok(())
}
