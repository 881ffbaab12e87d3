//! Takes over from the older pgGit that is written in SQL and lives in the same schema, and puts it back.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::Serialize;

use super::{Count, Presence, Report, Step, Word};
use crate::error::Error;

/// What became of one sort of what the older pgGit had recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct Imported {
    /// What it is, as `commits`.
    #[diesel(sql_type = Text)]
    pub what: String,
    /// How many were imported.
    #[diesel(sql_type = BigInt)]
    pub imported: i64,
    /// How many were not.
    #[diesel(sql_type = BigInt)]
    pub left_out: i64,
    /// Why not, or what is to be known of those that were.
    #[diesel(sql_type = Nullable<Text>)]
    pub note: Option<String>,
}

/// What an adoption did.
#[derive(Debug, Clone, Serialize)]
pub struct Adoption {
    /// The installation.
    #[serde(flatten)]
    pub report: Report,
    /// The schema that the older pgGit has now.
    pub schema: String,
    /// What was imported, and what was not.
    pub imported: Vec<Imported>,
}

/// What putting the older pgGit back did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restoration {
    /// The name of the database.
    pub database: String,
    /// The schema that the older pgGit had.
    pub schema: String,
    /// How many commits were deleted that were recorded since the adoption.
    pub commits_deleted: i64,
}

/// Moves the older pgGit aside, installs pgGit and imports what the older one recorded: its history, its configuration, versions of
/// functions, changesets, conflicts and migrations. One transaction: all of it, or nothing changed. [`restore`] undoes it.
///
/// The older one keeps all its tables and functions, in a schema `pggit_legacy`; its event triggers, and its triggers on tables of
/// others, are switched off.
///
/// # Errors
/// [`Error::NothingToAdopt`] when no older pgGit is there, [`Error::ForeignSchema`] when the schema `pggit` is somebody else's; what
/// the server says when the role does not own what has to be moved.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use diesel::Connection as _;
/// let mut connection = diesel::PgConnection::establish("postgresql://localhost/shop")?;
/// for line in pggit_core::install::adopt(&mut connection, &mut |_| {})?.imported {
///     println!("{}: {} imported, {} left out", line.what, line.imported, line.left_out);
/// }
/// # Ok(())
/// # }
/// ```
pub fn adopt(connection: &mut PgConnection, progress: &mut dyn FnMut(Step)) -> Result<Adoption, Error> {
    let server = super::server(connection)?;
    match super::presence(connection)? {
        Presence::Older => {}
        Presence::Absent | Presence::Installed => return Err(Error::NothingToAdopt { database: server.database }),
        Presence::Foreign(found) => return Err(Error::ForeignSchema { database: server.database, found }),
    }
    super::in_transaction(connection, |connection| {
        super::lock(connection)?;
        connection.batch_execute("set local search_path = pg_catalog, pg_temp")?;
        let free: Word = diesel::sql_query(
            "select n.name as value from (select 'pggit_legacy' || case i when 1 then '' else '_' || i end, i from pg_catalog.generate_series(1, 99) as i) as n (name, i) \
             where pg_catalog.to_regnamespace(n.name) is null order by n.i limit 1",
        )
        .get_result(connection)?;
        let schema = free.value.unwrap_or_default();
        name_aside(connection, &schema)?;
        run(connection, "aside")?;
        let (mode, migrations) = super::create(connection, &server.database, false, progress)?;
        super::create_repository(connection, mode)?;
        progress(Step::Import);
        run(connection, "tools")?;
        run(connection, "commits")?;
        progress(Step::FirstCommit);
        let initial_commit = super::first_commit(connection, mode)?;
        progress(Step::Import);
        for part in ["configuration", "functions", "records", "done"] {
            run(connection, part)?;
        }
        let imported = diesel::sql_query(format!(
            "select what, imported, left_out, note from {schema}.pggit_adoption_lines where imported > 0 or left_out > 0 order by line_number"
        ))
        .load(connection)?;
        let report = super::report(connection, server, false, migrations, mode, initial_commit, progress)?;
        Ok(Adoption { report, schema, imported })
    })
}

/// The schema of an older pgGit that was moved aside in this database, if there is one.
///
/// # Errors
/// When the server cannot be asked.
pub fn set_aside(connection: &mut PgConnection) -> Result<Option<String>, Error> {
    let schema: Option<Word> = connection.transaction(|connection| super::path::pinned(connection, newest_aside))?;
    Ok(schema.and_then(|row| row.value))
}

fn newest_aside(connection: &mut PgConnection) -> Result<Option<Word>, Error> {
    Ok(diesel::sql_query(
        "select n.nspname::text as value from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
         where c.relname = 'pggit_adoption' and c.relkind = 'r' and n.nspname ~ '^pggit_legacy(_\\d+)?$' order by c.oid desc limit 1",
    )
    .get_result(connection)
    .optional()?)
}

/// Takes pgGit out, if it is there, and puts the older one back that [`adopt()`] moved aside, with its triggers as they were.
///
/// What pgGit recorded since goes with it: that needs `discard` once there are commits since the adoption.
///
/// # Errors
/// [`Error::NothingToRestore`] when none was moved aside, [`Error::Untrusted`] when a lesser role owns it, [`Error::HistoryAtStake`] when commits would be lost and `discard` is
/// false, [`Error::StoodOn`] when what others have made stands on pgGit, [`Error::ForeignSchema`] when the schema `pggit` is somebody else's
/// by now. Nothing is changed then.
pub fn restore(connection: &mut PgConnection, discard: bool) -> Result<Restoration, Error> {
    let server = super::server(connection)?;
    let database = server.database;
    let Some(schema) = set_aside(connection)? else {
        return Err(Error::NothingToRestore { database });
    };
    connection
        .transaction(|connection| super::path::pinned(connection, |connection| super::presence::require_trust(connection, &schema)))?;
    let installed = match super::presence(connection)? {
        Presence::Installed => true,
        Presence::Absent => false,
        Presence::Older => return Err(Error::OlderPggit { database }),
        Presence::Foreign(found) => return Err(Error::ForeignSchema { database, found }),
    };
    super::in_transaction(connection, |connection| {
        super::lock(connection)?;
        let mut commits = 0;
        if installed {
            connection.batch_execute("select pggit.settle()")?;
            let since: Count = diesel::sql_query(
                "select pg_catalog.count(*) as value from pggit.commits as c \
                 where c.commit_number > (select pg_catalog.max(i.commit_number) from pggit.commits as i where i.kind = 'initial')",
            )
            .get_result(connection)?;
            commits = since.value;
            if commits > 0 && !discard {
                return Err(Error::HistoryAtStake { database, commits });
            }
            super::drop_all(connection, &database)?;
        }
        connection.batch_execute("set local search_path = pg_catalog, pg_temp")?;
        name_aside(connection, &schema)?;
        run(connection, "restore")?;
        Ok(Restoration { database, schema, commits_deleted: commits })
    })
}

/// Tells the scripts the schema.
fn name_aside(connection: &mut PgConnection, schema: &str) -> Result<(), Error> {
    diesel::sql_query("select pg_catalog.set_config('pggit.aside', $1, true)").bind::<Text, _>(schema).execute(connection)?;
    Ok(())
}

fn run(connection: &mut PgConnection, part: &str) -> Result<(), Error> {
    Ok(connection.batch_execute(super::file(&format!("install/adopt/{part}.sql")))?)
}
