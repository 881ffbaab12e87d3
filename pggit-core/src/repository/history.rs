//! Reading the history, and committing.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Jsonb, Nullable, Text as SqlText, Timestamptz};
use serde::Serialize;
use serde_json::Value;

use super::{MaybeText, Repository, Text};
use crate::error::Error;

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct LogEntry {
    /// The id of the commit.
    #[diesel(sql_type = SqlText)]
    pub commit_id: String,
    /// What was done, in words.
    #[diesel(sql_type = SqlText)]
    pub message: String,
    /// The session user who did it.
    #[diesel(sql_type = SqlText)]
    pub author: String,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub authored_at: DateTime<Utc>,
    /// The branch on which it was committed.
    #[diesel(sql_type = SqlText)]
    pub branch_name: String,
    /// How many elements it changed.
    #[diesel(sql_type = Integer)]
    pub changes_count: i32,
}

/// A commit with its changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Commit {
    /// The id of the commit.
    pub commit_id: String,
    /// What was done, in words.
    pub message: String,
    /// The session user who did it.
    pub author: String,
    /// When.
    pub authored_at: DateTime<Utc>,
    /// How it came about, as `transaction` or `deployment`.
    pub kind: String,
    /// What it changed, in order.
    pub changes: Vec<Change>,
}

/// One element's step in a commit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// `create`, `alter`, `drop` or `rename`.
    pub operation: String,
    /// The type of the element, as `table column`.
    pub object_type: String,
    /// Its identity, as `public.users.email`.
    pub object_identity: String,
    /// The identity before, of what was renamed.
    pub previous_identity: Option<String>,
    /// The definition before.
    pub old_definition: Option<Value>,
    /// The definition after.
    pub new_definition: Option<Value>,
    /// The statement that made the change, as far as it is known.
    pub statement: Option<String>,
}

#[derive(QueryableByName)]
struct ShowRow {
    #[diesel(sql_type = SqlText)]
    commit_id: String,
    #[diesel(sql_type = SqlText)]
    message: String,
    #[diesel(sql_type = SqlText)]
    author: String,
    #[diesel(sql_type = Timestamptz)]
    authored_at: DateTime<Utc>,
    #[diesel(sql_type = SqlText)]
    kind: String,
    #[diesel(sql_type = Nullable<SqlText>)]
    operation: Option<String>,
    #[diesel(sql_type = Nullable<SqlText>)]
    object_type: Option<String>,
    #[diesel(sql_type = Nullable<SqlText>)]
    object_identity: Option<String>,
    #[diesel(sql_type = Nullable<SqlText>)]
    previous_identity: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    old_definition: Option<Value>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    new_definition: Option<Value>,
    #[diesel(sql_type = Nullable<SqlText>)]
    statement: Option<String>,
}

/// A difference between two trees.
#[derive(Debug, Clone, PartialEq, Serialize, QueryableByName)]
pub struct DiffEntry {
    /// `create`, `alter`, `drop` or `rename`.
    #[diesel(sql_type = SqlText)]
    pub operation: String,
    /// The type of the element.
    #[diesel(sql_type = SqlText)]
    pub object_type: String,
    /// Its identity.
    #[diesel(sql_type = SqlText)]
    pub object_identity: String,
    /// The identity before, of what was renamed.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub previous_identity: Option<String>,
    /// The definition before.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub old_definition: Option<Value>,
    /// The definition after.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub new_definition: Option<Value>,
}

/// Who made an element what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct BlameLine {
    /// The type of the element.
    #[diesel(sql_type = SqlText)]
    pub object_type: String,
    /// Its identity.
    #[diesel(sql_type = SqlText)]
    pub object_identity: String,
    /// The commit that changed it last.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub commit_id: Option<String>,
    /// Its author.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub author: Option<String>,
    /// When.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub authored_at: Option<DateTime<Utc>>,
    /// Its message.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub message: Option<String>,
    /// The statement that did it, as far as it is known.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub statement: Option<String>,
}

/// A change to an object, in its history.
#[derive(Debug, Clone, PartialEq, Serialize, QueryableByName)]
pub struct HistoryEntry {
    /// The commit.
    #[diesel(sql_type = SqlText)]
    pub commit_id: String,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub authored_at: DateTime<Utc>,
    /// Who.
    #[diesel(sql_type = SqlText)]
    pub author: String,
    /// `create`, `alter`, `drop` or `rename`.
    #[diesel(sql_type = SqlText)]
    pub operation: String,
    /// The type of the element.
    #[diesel(sql_type = SqlText)]
    pub object_type: String,
    /// Its identity.
    #[diesel(sql_type = SqlText)]
    pub object_identity: String,
    /// The identity before, of what was renamed.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub previous_identity: Option<String>,
    /// The commit's message.
    #[diesel(sql_type = SqlText)]
    pub message: String,
    /// The definition before.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub old_definition: Option<Value>,
    /// The definition after.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub new_definition: Option<Value>,
}

impl Repository {
    /// The commits behind a revision (HEAD when none is given), newest first.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), pggit_core::Error> {
    /// let mut repository = pggit_core::Repository::open("postgresql://localhost/shop")?;
    /// for entry in repository.log(Some("v1.0"), 20)? {
    ///     println!("{} {} by {}: {} changes", entry.authored_at, entry.message, entry.author, entry.changes_count);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the revision does not exist.
    pub fn log(&mut self, revision: Option<&str>, max_count: i32) -> Result<Vec<LogEntry>, Error> {
        let query = diesel::sql_query("select * from pggit.log($1, $2)");
        Ok(query.bind::<Nullable<SqlText>, _>(revision).bind::<Integer, _>(max_count).load(self.connection())?)
    }

    /// A commit with its changes.
    ///
    /// # Errors
    /// When the revision does not exist.
    pub fn show(&mut self, revision: &str) -> Result<Commit, Error> {
        let rows: Vec<ShowRow> = diesel::sql_query("select * from pggit.show($1)").bind::<SqlText, _>(revision).load(self.connection())?;
        let mut rows = rows.into_iter().peekable();
        let first = rows.peek().ok_or(diesel::result::Error::NotFound)?;
        let mut commit = Commit {
            commit_id: first.commit_id.clone(),
            message: first.message.clone(),
            author: first.author.clone(),
            authored_at: first.authored_at,
            kind: first.kind.clone(),
            changes: Vec::new(),
        };
        for row in rows {
            if let (Some(operation), Some(object_type), Some(object_identity)) = (row.operation, row.object_type, row.object_identity) {
                commit.changes.push(Change {
                    operation,
                    object_type,
                    object_identity,
                    previous_identity: row.previous_identity,
                    old_definition: row.old_definition,
                    new_definition: row.new_definition,
                    statement: row.statement,
                });
            }
        }
        Ok(commit)
    }

    /// What leads from one revision (HEAD when none is given) to another (the working schema when none is given).
    ///
    /// Without revisions it gives drift: what was changed and not recorded.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), pggit_core::Error> {
    /// let mut repository = pggit_core::Repository::open("postgresql://localhost/shop")?;
    /// for entry in repository.diff(Some("v1.0"), Some("HEAD"))? {
    ///     println!("{} {} {}", entry.operation, entry.object_type, entry.object_identity);
    /// }
    /// assert!(repository.diff(None, None)?.is_empty(), "somebody changed the schema unseen");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When a revision does not exist.
    pub fn diff(&mut self, from: Option<&str>, to: Option<&str>) -> Result<Vec<DiffEntry>, Error> {
        let query = diesel::sql_query("select * from pggit.diff($1, $2)");
        Ok(query.bind::<Nullable<SqlText>, _>(from).bind::<Nullable<SqlText>, _>(to).load(self.connection())?)
    }

    /// For each element of an object the commit that made it what it is.
    ///
    /// # Errors
    /// When the history knows no such object.
    pub fn blame(&mut self, object: &str) -> Result<Vec<BlameLine>, Error> {
        Ok(diesel::sql_query("select * from pggit.blame($1)").bind::<SqlText, _>(object).load(self.connection())?)
    }

    /// Every change to an object and its elements, newest first.
    ///
    /// # Errors
    /// When the history knows no such object.
    pub fn history(&mut self, object: &str) -> Result<Vec<HistoryEntry>, Error> {
        Ok(diesel::sql_query("select * from pggit.history($1)").bind::<SqlText, _>(object).load(self.connection())?)
    }

    /// The semantic version of an object.
    ///
    /// # Errors
    /// When the history knows no such object.
    pub fn version(&mut self, object: &str) -> Result<String, Error> {
        let row: Text =
            diesel::sql_query("select pggit.get_version($1) as value").bind::<SqlText, _>(object).get_result(self.connection())?;
        Ok(row.value)
    }

    /// The definition of an object with its elements, at a revision (HEAD when none is given).
    ///
    /// An object of `object_type`, `object_identity`, `definition` and `elements`, each of which has the first three.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), pggit_core::Error> {
    /// let mut repository = pggit_core::Repository::open("postgresql://localhost/shop")?;
    /// let then = repository.object_definition("public.users", Some("main@{2 weeks ago}"))?;
    /// println!("owned by {}", then["definition"]["owner"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the revision has no such object.
    pub fn object_definition(&mut self, object: &str, revision: Option<&str>) -> Result<Value, Error> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Jsonb)]
            value: Value,
        }
        let query = diesel::sql_query("select pggit.object_definition($1, $2) as value");
        let row: Row = query.bind::<SqlText, _>(object).bind::<Nullable<SqlText>, _>(revision).get_result(self.connection())?;
        Ok(row.value)
    }

    /// Commits what is staged, or drift; gives the id of HEAD, which is the one before when there was nothing to commit.
    ///
    /// # Errors
    /// When a deployment is under way, or a tag exists already.
    pub fn commit(&mut self, message: &str, tags: &[String]) -> Result<Option<String>, Error> {
        let query = diesel::sql_query("select pggit.commit($1, $2) as value");
        let row: MaybeText = query.bind::<SqlText, _>(message).bind::<Array<SqlText>, _>(tags).get_result(self.connection())?;
        Ok(row.value)
    }

    /// Commits what the catalogs hold and the index does not; gives the id of the commit, or none when nothing differs, or when
    /// tracking is paused or a deployment collects changes.
    ///
    /// # Errors
    /// When HEAD is held by another transaction for too long.
    pub fn reconcile(&mut self, message: &str) -> Result<Option<String>, Error> {
        let query = diesel::sql_query(
            "select case when exists (select from pggit.drift()) then pggit.reconcile($1) end as value \
             from pggit.repository as r \
             where r.active_deployment is null and not r.holds_staged \
               and coalesce(greatest(r.paused_until, r.disabled_until), '-infinity') < pg_catalog.clock_timestamp()",
        );
        let row: Option<MaybeText> = query.bind::<SqlText, _>(message).get_result(self.connection()).optional()?;
        Ok(row.and_then(|row| row.value))
    }

    /// Names a commit.
    ///
    /// # Errors
    /// When the name is taken or cannot be, or the revision does not exist.
    pub fn tag(&mut self, name: &str, revision: &str) -> Result<String, Error> {
        let query = diesel::sql_query("select pggit.tag($1, $2) as value");
        let row: Text = query.bind::<SqlText, _>(name).bind::<SqlText, _>(revision).get_result(self.connection())?;
        Ok(row.value)
    }
}
