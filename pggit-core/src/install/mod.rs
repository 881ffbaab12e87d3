//! Puts pgGit into a database, brings it up to date, takes it out.
//!
//! Tables come from `migrations/`, in order and once; functions, views and triggers from `sql/` and `objects/`, anew each
//! time. All of it is one transaction.

mod access;
mod adopt;
mod generate;
mod layout;
mod outside;
mod path;
mod presence;
mod sources;
mod temporary;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use include_dir::{Dir, include_dir};
use serde::Serialize;

pub use adopt::{Adoption, Imported, Restoration, adopt, restore, set_aside};
pub use presence::{Presence, presence};

use crate::error::Error;
use path::pinned;
pub(crate) use path::put_catalog_first;
use sources::{functions, in_encoding};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");
static SQL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sql");

/// How pgGit learns of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Event triggers record every change as it happens.
    EventTrigger,
    /// The role may not create event triggers: changes are found by comparison when someone commits.
    Snapshot,
}

impl Mode {
    fn as_str(self) -> &'static str {
        match self {
            Self::EventTrigger => "event_trigger",
            Self::Snapshot => "snapshot",
        }
    }
}

/// What an installation did.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The name of the database.
    pub database: String,
    /// True when pgGit was there before: its functions are replaced, its history is kept.
    pub upgraded: bool,
    /// The migrations that were run, by name.
    pub migrations: Vec<String>,
    /// How changes are found.
    pub mode: Mode,
    /// The first commit, when this installation made it.
    pub initial_commit: Option<String>,
    /// How many elements HEAD holds now.
    pub elements: i64,
}

/// A step of an installation, for those who show progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Creating or migrating the tables.
    Tables,
    /// Creating functions, views and triggers.
    Functions,
    /// Importing what an older pgGit recorded.
    Import,
    /// Recording the schema as it stands.
    FirstCommit,
    /// Committing the transaction.
    Commit,
}

#[derive(QueryableByName)]
struct Flag {
    #[diesel(sql_type = Bool)]
    value: bool,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = Integer)]
    number: i32,
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Text)]
    database: String,
}

fn server(connection: &mut PgConnection) -> Result<Server, Error> {
    // no operator in it, nor a name without its schema: it is asked outside of any transaction
    let server: Server = diesel::sql_query(
        "select pg_catalog.current_setting('server_version_num')::int as number, pg_catalog.current_setting('server_version') as version, \
         pg_catalog.current_database()::text as database",
    )
    .get_result(connection)?;
    if server.number < 150_000 {
        return Err(Error::UnsupportedServer { version: server.version });
    }
    Ok(server)
}

fn file(name: &str) -> &'static str {
    SQL.get_file(name).and_then(include_dir::File::contents_utf8).unwrap_or_else(|| panic!("sql/{name} is part of the library"))
}

/// Runs all of it as one transaction, whatever the defaults of the session say about transactions; within one that is open, as a part of it.
fn in_transaction<T>(connection: &mut PgConnection, work: impl FnOnce(&mut PgConnection) -> Result<T, Error>) -> Result<T, Error> {
    use diesel::connection::TransactionManager as _;
    let is_open = diesel::connection::AnsiTransactionManager::transaction_manager_status_mut(connection)
        .transaction_depth()
        .is_ok_and(|depth| depth.is_some());
    let work = |connection: &mut PgConnection| pinned(connection, work);
    if is_open { connection.transaction(work) } else { connection.build_transaction().read_committed().read_write().run(work) }
}

/// Installs pgGit, or brings an installation up to date. One transaction: either all of it is there, or nothing changed.
///
/// `progress` is told each step as it begins.
///
/// # Errors
/// [`Error::OlderPggit`] when the pgGit that is written in SQL stands there, which [`adopt()`] takes over; [`Error::ForeignSchema`]
/// when a schema `pggit` stands there that is neither; [`Error::OtherLayout`] when another build made pgGit's tables there, and
/// otherwise; [`Error::StoodOn`] when what others have made stands on a view or function that is another one in this build;
/// [`Error::UnsupportedServer`]; what the server says when the role may not
/// create a schema.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use diesel::Connection as _;
/// let mut connection = diesel::PgConnection::establish("postgresql://localhost/shop")?;
/// let report = pggit_core::install::install(&mut connection, &mut |_| {})?;
/// assert!(report.elements > 0);
/// # Ok(())
/// # }
/// ```
pub fn install(connection: &mut PgConnection, progress: &mut dyn FnMut(Step)) -> Result<Report, Error> {
    let server = server(connection)?;
    let upgraded = match presence(connection)? {
        Presence::Absent => false,
        Presence::Installed => true,
        Presence::Older => return Err(Error::OlderPggit { database: server.database }),
        Presence::Foreign(found) => return Err(Error::ForeignSchema { database: server.database, found }),
    };
    in_transaction(connection, |connection| {
        lock(connection)?;
        let upgraded = upgraded && !clear_empty(connection, &server.database)?;
        if upgraded {
            layout::require(connection, &server.database)?;
        }
        let (mode, migrations) = create(connection, &server.database, upgraded, progress)?;
        progress(Step::FirstCommit);
        let initial_commit = if upgraded {
            upgrade_repository(connection, mode)?;
            None
        } else {
            create_repository(connection, mode)?;
            first_commit(connection, mode)?
        };
        report(connection, server, upgraded, migrations, mode, initial_commit, progress)
    })
}

/// Two installers at once must not meet half way: the second to create the schema fails, the second to bring one up to date waits for a
/// table that only owners may lock. Then all is held, or nobody is kept waiting for it. Settings of the session that change how SQL reads are none of ours.
fn lock(connection: &mut PgConnection) -> Result<(), Error> {
    connection.batch_execute(
        "set local standard_conforming_strings = on; set local client_min_messages = warning; \
         do $lock$ begin if pg_catalog.to_regclass('pggit.__diesel_schema_migrations') is not null \
         then lock table pggit.__diesel_schema_migrations in share row exclusive mode; end if; end $lock$",
    )?;
    Ok(connection.batch_execute(file("install/hold.sql"))?)
}

/// Tables, functions and triggers; gives how changes are found from now on, and the migrations that were run.
fn create(
    connection: &mut PgConnection,
    database: &str,
    upgraded: bool,
    progress: &mut dyn FnMut(Step),
) -> Result<(Mode, Vec<String>), Error> {
    progress(Step::Tables);
    if !upgraded {
        connection.batch_execute("create schema pggit")?;
    }
    connection.batch_execute("set local search_path = pggit; set local check_function_bodies = off")?;
    let granted = if upgraded { access::granted(connection)? } else { Vec::new() };
    let outside = outside::find(connection)?;
    if upgraded {
        connection.batch_execute(file("install/clear.sql"))?;
        outside.clear(connection)?;
    }
    let migrations = connection
        .run_pending_migrations(MIGRATIONS)
        .map_err(|e| Error::Migration(e.to_string()))?
        .into_iter()
        .map(|m| m.to_string())
        .collect();
    connection.batch_execute("set local search_path = pg_catalog, pg_temp")?;
    progress(Step::Functions);
    let encoding: Word = diesel::sql_query("select pg_catalog.getdatabaseencoding()::text as value").get_result(connection)?;
    outside.replace(connection, database, &in_encoding(functions(), encoding.value.as_deref()))?;
    connection.batch_execute(file("install/fold.sql"))?;
    connection.batch_execute(file("install/replication.sql"))?;
    load_grammar(connection)?;
    if upgraded {
        // The functions went with the triggers on the tables of migration tools.
        connection.batch_execute("select pggit.attach_integrations()")?;
    }
    access::set(connection, &granted)?;
    Ok((create_event_triggers(connection)?, migrations))
}

fn report(
    connection: &mut PgConnection,
    server: Server,
    upgraded: bool,
    migrations: Vec<String>,
    mode: Mode,
    initial_commit: Option<String>,
    progress: &mut dyn FnMut(Step),
) -> Result<Report, Error> {
    let elements: Count = diesel::sql_query("select pg_catalog.count(*) as value from pggit.elements").get_result(connection)?;
    progress(Step::Commit);
    Ok(Report { database: server.database, upgraded, migrations, mode, initial_commit, elements: elements.value })
}

/// Tables without any history, as a restore of the schema alone leaves them, are no installation to keep. True when they are gone.
fn clear_empty(connection: &mut PgConnection, database: &str) -> Result<bool, Error> {
    let empty: Flag = diesel::sql_query(
        "select not exists (select from pggit.repository) and not exists (select from pggit.commits) and not exists (select from pggit.statement_records) as value",
    )
    .get_result(connection)?;
    if empty.value {
        drop_all(connection, database)?;
    }
    Ok(empty.value)
}

/// Puts the grammar of `objects/` where the SQL functions read it.
fn load_grammar(connection: &mut PgConnection) -> Result<(), Error> {
    connection.batch_execute("delete from pggit.ddl_grammar")?;
    for kind in crate::objects::kinds() {
        diesel::sql_query("insert into pggit.ddl_grammar (kind, object_types, grammar) values ($1, $2, $3)")
            .bind::<Text, _>(&kind.kind)
            .bind::<diesel::sql_types::Array<Text>, _>(&kind.object_types)
            .bind::<diesel::sql_types::Jsonb, _>(kind.grammar())
            .execute(connection)?;
    }
    Ok(())
}

/// Creates the event triggers, if the role may.
fn create_event_triggers(connection: &mut PgConnection) -> Result<Mode, Error> {
    let created = connection.transaction(|connection| connection.batch_execute(file("install/triggers.sql")));
    match created {
        Ok(()) => Ok(Mode::EventTrigger),
        Err(diesel::result::Error::DatabaseError(_, info)) if info.message().contains("event trigger") => Ok(Mode::Snapshot),
        Err(other) => Err(other.into()),
    }
}

fn upgrade_repository(connection: &mut PgConnection, mode: Mode) -> Result<(), Error> {
    layout::record(connection)?;
    // After a restore the oids in the index are those of another place.
    connection.batch_execute(
        "select pggit.hold_head(); select pggit.move_in(); \
         update pggit.repository set trigger_marks = pggit.trigger_marks(), unseen_by = '{*}'",
    )?;
    diesel::sql_query("update pggit.repository set mode = $1 where mode <> $1").bind::<Text, _>(mode.as_str()).execute(connection)?;
    diesel::sql_query(
        "insert into pggit.system_events (event_type, event_data) values ('upgraded', pg_catalog.jsonb_build_object('version', $1))",
    )
    .bind::<Text, _>(env!("CARGO_PKG_VERSION"))
    .execute(connection)?;
    Ok(())
}

fn create_repository(connection: &mut PgConnection, mode: Mode) -> Result<(), Error> {
    diesel::sql_query(
        "insert into pggit.repository (head_branch, mode, home, home_index, trigger_marks, unseen_by)
         values ('main', $1, pggit.own_home(), 'pggit.repository_pkey'::pg_catalog.regclass, pggit.trigger_marks(), '{*}')",
    )
    .bind::<Text, _>(mode.as_str())
    .execute(connection)?;
    layout::record(connection)?;
    connection.batch_execute(
        "insert into pggit.branch_records (branch_name) values ('main');
         select pggit.seal('branch', array['main'])",
    )?;
    Ok(())
}

fn first_commit(connection: &mut PgConnection, mode: Mode) -> Result<Option<String>, Error> {
    let commit: Word = diesel::sql_query("select pggit.record_initial('The schema as it stood when pgGit was installed') as value")
        .get_result(connection)?;
    diesel::sql_query("insert into pggit.system_events (event_type, event_data) values ('installed', pg_catalog.jsonb_build_object('version', $1, 'mode', $2))")
        .bind::<Text, _>(env!("CARGO_PKG_VERSION"))
        .bind::<Text, _>(mode.as_str())
        .execute(connection)?;
    Ok(commit.value)
}

/// Takes pgGit out of the database with its whole history. Nothing is left behind. Gives the number of commits that went.
/// An older pgGit that [`adopt()`] moved aside stays where it is: [`restore`] still puts it back.
///
/// # Errors
/// [`Error::NotInstalled`]; [`Error::OlderPggit`] or [`Error::ForeignSchema`] when the schema is not ours; [`Error::StoodOn`] when what
/// others have made stands on something in it.
pub fn uninstall(connection: &mut PgConnection) -> Result<i64, Error> {
    let server = server(connection)?;
    match presence(connection)? {
        Presence::Absent => return Err(Error::NotInstalled { database: server.database }),
        Presence::Older => return Err(Error::OlderPggit { database: server.database }),
        Presence::Foreign(found) => return Err(Error::ForeignSchema { database: server.database, found }),
        Presence::Installed => {}
    }
    in_transaction(connection, |connection| {
        lock(connection)?;
        let commits: Count = diesel::sql_query("select pg_catalog.count(*) as value from pggit.commit_records").get_result(connection)?;
        drop_all(connection, &server.database)?;
        Ok(commits.value)
    })
}

fn drop_all(connection: &mut PgConnection, database: &str) -> Result<(), Error> {
    outside::find(connection)?.require_none(database)?;
    Ok(connection.batch_execute(file("install/drop.sql"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_a_comment() {
        let sql = functions();
        for part in sql.split("create or replace function ").skip(1) {
            let name = part.split('(').next().unwrap_or_default();
            assert!(sql.contains(&format!("comment on function {name}(")), "{name} has no comment");
        }
    }

    #[test]
    fn a_definers_function_pins_its_search_path() {
        for part in functions().split("create or replace function ").skip(1) {
            let head = part.split("$$").next().unwrap_or_default();
            assert!(!head.contains("security definer") || head.contains("set search_path = pg_catalog, pg_temp"), "{head}");
        }
    }

    #[test]
    fn functions_read_tables_and_not_the_views_that_fold() {
        let views = ["commits", "branches", "changes", "tracked_objects", "function_signatures", "function_versions", "function_history"];
        for file in SQL.files() {
            let text = file.contents_utf8().unwrap_or_default();
            let read: Vec<_> =
                ["from pggit.", "join pggit.", "update pggit.", "into pggit."].iter().flat_map(|w| text.split(w).skip(1)).collect();
            let names = read.iter().map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default());
            let found: Vec<_> = names.filter(|n| views.contains(n)).collect();
            assert!(found.is_empty(), "{}: {found:?}: they fold while the function runs; use the tables", file.path().display());
        }
    }
}
