//! Whose tables stand there. A build brings up to date what its own migrations made, as far as these had come; tables that other migrations
//! made may lack what its functions write, and would record nothing more.

use diesel::prelude::*;
use diesel::sql_types::Text;
use include_dir::{Dir, include_dir};
use sha2::{Digest as _, Sha256};

use super::Word;
use crate::error::Error;

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations");

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

/// The migrations of this build by version, with their text.
fn known() -> Vec<(String, &'static [u8])> {
    let mut known: Vec<_> = MIGRATIONS
        .dirs()
        .filter_map(|migration| {
            let name = migration.path().file_name()?.to_str()?;
            let version = name.split('_').next()?.replace('-', "");
            Some((version, MIGRATIONS.get_file(migration.path().join("up.sql"))?.contents()))
        })
        .collect();
    known.sort();
    known
}

/// What tells the tables that migrations made from those of any other; `None` where one of the migrations is none of this build's.
fn layout(applied: &[String]) -> Option<String> {
    let known = known();
    let mut digest = Sha256::new();
    for version in applied {
        let (_, text) = known.iter().find(|(known, _)| known == version)?;
        digest.update(text);
    }
    Some(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn layout_of_applied(connection: &mut PgConnection) -> Result<Option<String>, Error> {
    let applied: Vec<Version> =
        diesel::sql_query("select version::text as version from pggit.__diesel_schema_migrations order by version").load(connection)?;
    Ok(layout(&applied.into_iter().map(|v| v.version).collect::<Vec<_>>()))
}

/// Refuses tables that another build has made otherwise.
pub(super) fn require(connection: &mut PgConnection, database: &str) -> Result<(), Error> {
    let found: Option<Word> = diesel::sql_query("select pg_catalog.to_jsonb(r) ->> 'layout' as value from pggit.repository as r")
        .get_result(connection)
        .optional()?;
    // without a row nothing is known, and there is nothing to refuse
    let Some(found) = found else { return Ok(()) };
    if found.value.is_some() && found.value == layout_of_applied(connection)? {
        return Ok(());
    }
    Err(Error::OtherLayout { database: database.to_owned() })
}

/// Leaves on record which migrations made the tables.
pub(super) fn record(connection: &mut PgConnection) -> Result<(), Error> {
    if let Some(layout) = layout_of_applied(connection)? {
        diesel::sql_query("update pggit.repository set layout = $1 where layout is distinct from $1")
            .bind::<Text, _>(layout)
            .execute(connection)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_of_migrations_that_are_known() {
        let all: Vec<_> = known().into_iter().map(|(version, _)| version).collect();
        let whole = layout(&all).expect("of this build");
        assert_ne!(layout(&all[..1]), Some(whole));
        assert_eq!(layout(&["20200101000001".into()]), None);
    }
}
