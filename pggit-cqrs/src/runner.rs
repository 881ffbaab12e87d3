//! Changesets against a database: checked here, run there, in one transaction, by the SQL functions that psql has too.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text};
use pggit_core::Repository;
use pggit_sql::analysis::{Action, analyze_statement};
use pggit_sql::{DependencyGraph, Script};
use serde::Serialize;

use crate::changeset::{Changeset, ChangesetError};
use crate::sides::{Side, Sides};

/// What keeps a changeset from running, or from being told about.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It cannot be.
    #[error(transparent)]
    Changeset(#[from] ChangesetError),
    /// The database said no.
    #[error("{0}")]
    Database(#[from] diesel::result::Error),
    /// The schema could not be read.
    #[error(transparent)]
    Schema(#[from] pggit_sql::WorkingError),
    /// pgGit said no.
    #[error(transparent)]
    Core(#[from] pggit_core::Error),
    /// It ran, failed and was undone; the record of it is there.
    #[error("the changeset {id} failed, and nothing of it was done: {reason}")]
    Failed {
        /// The changeset.
        id: String,
        /// The operation and its error.
        reason: String,
    },
    /// A dependant that would have to be dropped is not on the query side.
    #[error("{dependant} depends on {object} and is not on the query side: change it in the changeset")]
    ForeignDependant {
        /// What the changeset changes.
        object: String,
        /// What depends on it.
        dependant: String,
    },
}

/// A changeset as it is on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct Record {
    /// Its id.
    #[diesel(sql_type = Text)]
    pub changeset_id: String,
    /// What it is for.
    #[diesel(sql_type = Text)]
    pub description: String,
    /// A version of the user's own, if any.
    #[diesel(sql_type = Nullable<Text>)]
    pub version: Option<String>,
    /// `pending`, `completed`, `partial` or `failed`.
    #[diesel(sql_type = Text)]
    pub status: String,
    /// When it was put on record, as PostgreSQL prints it.
    #[diesel(sql_type = Text)]
    pub created_at: String,
    /// How many operations it has on the command side.
    #[diesel(sql_type = BigInt)]
    pub command_ops_count: i64,
    /// How many operations it has on the query side.
    #[diesel(sql_type = BigInt)]
    pub query_ops_count: i64,
    /// The operation that failed, and its error.
    #[diesel(sql_type = Nullable<Text>)]
    pub error: Option<String>,
    /// The commit that it became.
    #[diesel(sql_type = Nullable<Text>)]
    pub commit_id: Option<String>,
}

/// A materialized view that was filled before what it is made of changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct StaleView {
    /// The materialized view.
    #[diesel(sql_type = Text)]
    pub materialized_view: String,
    /// What changed since, on the command side.
    #[diesel(sql_type = Array<Text>)]
    pub changed: Vec<String>,
    /// When it was last filled, as PostgreSQL prints it; none where that is not known.
    #[diesel(sql_type = Nullable<Text>)]
    pub refreshed_at: Option<String>,
}

/// A materialized view that was refreshed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct Refreshed {
    /// The materialized view.
    #[diesel(sql_type = Text)]
    pub materialized_view: String,
    /// True where readers went on reading meanwhile.
    #[diesel(sql_type = Bool)]
    pub is_concurrent: bool,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Text)]
    id: String,
}

#[derive(QueryableByName)]
struct Restored {
    #[diesel(sql_type = Integer)]
    place: i32,
    #[diesel(sql_type = Text)]
    statement: String,
}

const RECORDS: &str = "select changeset_id::text as changeset_id, description, version, status, created_at::text as created_at, command_ops_count, query_ops_count, error, commit_id from pggit.cqrs_history";

/// Checks a changeset and runs it as one transaction and one commit; gives its record.
///
/// # Errors
/// [`RunError::Changeset`] before anything runs; [`RunError::Failed`] when an operation failed and all was undone.
pub fn apply(repository: &mut Repository, changeset: &Changeset, sides: &Sides) -> Result<Record, RunError> {
    changeset.check_sides(sides)?;
    run(repository, changeset, sides, &[], &[])
}

/// The same for a changeset whose command side changes what views of the query side depend on: they are dropped first and made again
/// afterwards, with their privileges, indexes and comments, in the same transaction. Materialized views are filled again. What the
/// changeset's own query operations name is left to them.
///
/// # Errors
/// Those of [`apply`], and [`RunError::ForeignDependant`].
pub fn apply_restoring(repository: &mut Repository, changeset: &Changeset, sides: &Sides) -> Result<Record, RunError> {
    changeset.check_sides(sides)?;
    let (drops, restores) = dependants(repository, changeset, sides)?;
    run(repository, changeset, sides, &drops, &restores)
}

/// The server checks once more, by what each operation changed, that it is on its side.
fn run(
    repository: &mut Repository,
    changeset: &Changeset,
    sides: &Sides,
    drops: &[String],
    restores: &[String],
) -> Result<Record, RunError> {
    let of_query = |operations: &[String]| operations.iter().map(|o| (Side::Query, o.clone())).collect::<Vec<_>>();
    let mut operations = of_query(drops);
    operations.extend(changeset.command_operations.iter().map(|o| (Side::Command, o.clone())));
    operations.extend(of_query(restores));
    operations.extend(of_query(&changeset.query_operations));
    let (of_side, texts): (Vec<_>, Vec<_>) = operations.into_iter().map(|(side, text)| (side.to_string(), text)).unzip();
    let found: Id = diesel::sql_query(include_str!("track.sql"))
        .bind::<Array<Text>, _>(of_side)
        .bind::<Array<Text>, _>(texts)
        .bind::<Text, _>(&changeset.description)
        .bind::<Nullable<Text>, _>(&changeset.version)
        .bind::<Array<Text>, _>(&sides.command)
        .bind::<Array<Text>, _>(&sides.query)
        .bind::<Array<Text>, _>(&sides.reference)
        .get_result(repository.connection())?;
    ended(repository, &found.id)
}

/// Runs a changeset again that is pending or has failed, with the rights of this session. Who did not write it says who did.
///
/// # Errors
/// When there is none with the id, it is completed, or somebody else wrote it than who is named; [`RunError::Failed`].
pub fn retry(repository: &mut Repository, id: &str, written_by: Option<&str>) -> Result<Record, RunError> {
    let found: Id = diesel::sql_query("select pggit.execute_cqrs_changeset($1::text::uuid, written_by => $2)::text as id")
        .bind::<Text, _>(id)
        .bind::<Nullable<Text>, _>(written_by)
        .get_result(repository.connection())?;
    ended(repository, &found.id)
}

fn ended(repository: &mut Repository, id: &str) -> Result<Record, RunError> {
    let record: Record = diesel::sql_query(format!("{RECORDS} where changeset_id = $1::text::uuid"))
        .bind::<Text, _>(id)
        .get_result(repository.connection())?;
    match record.status.as_str() {
        "completed" => Ok(record),
        _ => Err(RunError::Failed { id: record.changeset_id, reason: record.error.unwrap_or_default() }),
    }
}

/// The changesets on record, newest first.
///
/// # Errors
/// When the server cannot be asked.
pub fn history(repository: &mut Repository) -> Result<Vec<Record>, RunError> {
    Ok(diesel::sql_query(format!("{RECORDS} order by cqrs_history.created_at desc")).load(repository.connection())?)
}

/// The materialized views of the query side that were filled before the command side changed under them.
///
/// # Errors
/// When a schema does not exist.
pub fn stale(repository: &mut Repository, sides: &Sides) -> Result<Vec<StaleView>, RunError> {
    Ok(diesel::sql_query("select materialized_view, changed, refreshed_at::text as refreshed_at from pggit.stale_query_views($1, $2)")
        .bind::<Array<Text>, _>(&sides.command)
        .bind::<Array<Text>, _>(&sides.query)
        .load(repository.connection())?)
}

/// Which materialized views to refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refresh {
    /// All of the query side.
    All,
    /// Those of the query side that are stale.
    Stale,
    /// Those with these names.
    Named(Vec<String>),
    /// Those that are made of relations with these names, directly or through others.
    DependingOn(Vec<String>),
}

/// Refreshes materialized views, what they are made of first.
///
/// # Errors
/// When a name is none of a materialized view or a relation, or a refresh fails.
pub fn refresh(repository: &mut Repository, sides: &Sides, which: &Refresh) -> Result<Vec<Refreshed>, RunError> {
    let (names, depending_on) = match which {
        Refresh::All => (None, None),
        Refresh::Stale => (Some(stale(repository, sides)?.into_iter().map(|s| s.materialized_view).collect()), None),
        Refresh::Named(names) => (Some(names.clone()), None),
        Refresh::DependingOn(names) => (None, Some(names.clone())),
    };
    Ok(diesel::sql_query("select materialized_view, is_concurrent from pggit.refresh_query_views($1, $2, $3)")
        .bind::<Nullable<Array<Text>>, _>(names)
        .bind::<Array<Text>, _>(&sides.query)
        .bind::<Nullable<Array<Text>>, _>(depending_on)
        .load(repository.connection())?)
}

/// The statements that drop the dependants of what the command side changes, and those that make them again.
fn dependants(repository: &mut Repository, changeset: &Changeset, sides: &Sides) -> Result<(Vec<String>, Vec<String>), RunError> {
    let changes = |operations: &[String]| -> Result<Vec<_>, RunError> {
        let mut names = Vec::new();
        for operation in operations {
            let not_sql = |reason| ChangesetError::NotSql { number: 1, side: Side::Command, reason };
            for statement in Script::parse(operation).map_err(not_sql)?.statements {
                let touched = analyze_statement(statement).map_err(not_sql)?.touched;
                names.extend(touched.into_iter().filter(|t| t.action != Action::Read).map(|t| t.name));
            }
        }
        Ok(names)
    };
    let graph = DependencyGraph::read(repository.connection())?;
    let own: Vec<&str> =
        changes(&changeset.query_operations)?.iter().flat_map(|n| graph.find(n)).map(|o| o.identity.as_str()).collect::<Vec<_>>();
    let mut keys = Vec::new();
    for object in changes(&changeset.command_operations)?.iter().flat_map(|n| graph.find(n)) {
        for dependant in graph.hindering(&object.identity) {
            if own.contains(&dependant.identity.as_str()) {
                continue;
            }
            if sides.of_schema(&dependant.schema) != Some(Side::Query) {
                return Err(RunError::ForeignDependant { object: object.identity.clone(), dependant: dependant.identity.clone() });
            }
            keys.push(format!("{} {}", dependant.object_type, dependant.identity));
        }
    }
    keys.sort();
    keys.dedup();
    let load = |repository: &mut Repository, function: &str| -> Result<Vec<String>, RunError> {
        let mut rows: Vec<Restored> = diesel::sql_query(format!("select place, statement from pggit.{function}($1)"))
            .bind::<Array<Text>, _>(&keys)
            .load(repository.connection())?;
        rows.sort_by_key(|r| r.place);
        Ok(rows.into_iter().map(|r| r.statement).collect())
    };
    Ok((load(repository, "dropping_statements")?, load(repository, "restoring_statements")?))
}
