//! What became of a migration that was edited after it ran: compared with the statements that pgGit saw it run.

use diesel::prelude::*;
use diesel::sql_types::Text;
use pggit_core::Repository;
use pggit_sql::Script;
use serde::Serialize;

use crate::MigrationError;

/// What differs between a file and what ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Edit {
    /// Nothing but blanks and comments, as far as the statements go that changed the schema.
    BlanksAndComments,
    /// Statements that are in the file and did not run, or ran and are not in the file any more.
    Statements {
        /// In the file; did not run.
        added: Vec<String>,
        /// Ran; not in the file any more.
        removed: Vec<String>,
    },
    /// pgGit saw nothing of it, or one of the texts cannot be parsed.
    Unknown,
}

impl std::fmt::Display for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let first =
            |statements: &[String]| statements.iter().map(|s| format!("\"{}\"", s.replace('\n', " "))).collect::<Vec<_>>().join(", ");
        match self {
            Self::BlanksAndComments => f.write_str("only blanks and comments differ"),
            Self::Statements { added, removed } if removed.is_empty() => write!(f, "did not run: {}", first(added)),
            Self::Statements { added, removed } if added.is_empty() => write!(f, "ran, and is not there any more: {}", first(removed)),
            Self::Statements { added, removed } => write!(f, "ran: {}; is there now: {}", first(removed), first(added)),
            Self::Unknown => f.write_str("pgGit did not see it run"),
        }
    }
}

/// Compares a file with the statements that ran. Statements that change no schema are not on record and are left out of the comparison.
///
/// ```
/// use pggit_migrate::{Edit, edit};
/// let ran = ["create table t (id int)".to_owned()];
/// assert_eq!(edit(&ran, "-- a comment\ncreate  table t (id INT);"), Edit::BlanksAndComments);
/// assert!(matches!(edit(&ran, "create table t (id bigint);"), Edit::Statements { .. }));
/// ```
#[must_use]
pub fn edit(ran: &[String], file: &str) -> Edit {
    let parse = |text: &str| Script::parse(text).ok().map(|script| script.statements);
    let Some(recorded) = ran.iter().map(|text| parse(text)).collect::<Option<Vec<_>>>() else { return Edit::Unknown };
    let (recorded, Some(there)) = (recorded.concat(), parse(file)) else { return Edit::Unknown };
    if recorded.is_empty() {
        return Edit::Unknown;
    }
    let is_ddl = |text: &str| {
        let word = text.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        !matches!(
            word.as_str(),
            "select"
                | "insert"
                | "update"
                | "delete"
                | "set"
                | "begin"
                | "commit"
                | "with"
                | "merge"
                | "copy"
                | "truncate"
                | "analyze"
                | "vacuum"
                | "lock"
                | "reset"
        )
    };
    let texts = |one: &[pggit_sql::Statement], other: &[pggit_sql::Statement]| -> Vec<String> {
        let missing = one
            .iter()
            .filter(|s| is_ddl(&s.text) && !other.iter().any(|o| o.fingerprint == s.fingerprint && same_constants(&o.text, &s.text)));
        missing.map(|s| s.text.clone()).collect()
    };
    let (added, removed) = (texts(&there, &recorded), texts(&recorded, &there));
    if added.is_empty() && removed.is_empty() { Edit::BlanksAndComments } else { Edit::Statements { added, removed } }
}

/// A fingerprint goes over constants; the deparsed text does not.
fn same_constants(one: &str, other: &str) -> bool {
    let canonical = |text: &str| pggit_sql::script::canonical(text);
    canonical(one) == canonical(other)
}

#[derive(QueryableByName)]
struct Statement {
    #[diesel(sql_type = Text)]
    statement: String,
}

/// The statements that pgGit saw a migration run, by its key in the tool's own table, in order.
///
/// # Errors
/// [`MigrationError::Table`] when the server cannot be asked.
pub fn recorded_statements(repository: &mut Repository, tool: &str, key: &str) -> Result<Vec<String>, MigrationError> {
    let rows: Vec<Statement> = diesel::sql_query(
        "select s.statement from pggit.external_migrations as m join pggit.statements as s on s.transaction_id = any (m.transaction_ids) \
         where m.tool_name = $1 and $2 in (m.migration_key, m.migration_id::text) and s.statement is not null order by s.statement_id",
    )
    .bind::<Text, _>(tool)
    .bind::<Text, _>(key)
    .load(repository.connection())
    .map_err(|e| MigrationError::Table { tool: tool.to_owned(), table: "pggit.external_migrations".into(), reason: e.to_string() })?;
    Ok(rows.into_iter().map(|r| r.statement).collect())
}
