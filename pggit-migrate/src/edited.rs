//! What became of a migration that was edited after it ran: compared with the statements that pgGit saw it run.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use pggit_core::Repository;
use pggit_sql::Script;
use serde::Serialize;

use crate::{Fault, LocalMigration, MigrationAdapter, MigrationError, State, Verdict};

/// What differs between a file and what ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Edit {
    /// Nothing but blanks and comments.
    BlanksAndComments,
    /// The statements that change the schema are those that ran. Others are in the file, and nobody has recorded whether they ran so.
    SchemaIsTheSame {
        /// How many others.
        unrecorded: usize,
    },
    /// Statements that are in the file and did not run, or ran and are not in the file any more.
    Statements {
        /// In the file; not on record.
        added: Vec<String>,
        /// Ran; not in the file any more.
        removed: Vec<String>,
    },
    /// pgGit saw nothing of it, or one of the texts cannot be parsed.
    Unknown,
}

impl std::fmt::Display for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = |statements: &[String]| {
            statements.iter().map(|s| format!("\"{}\"", s.split_whitespace().collect::<Vec<_>>().join(" "))).collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::BlanksAndComments => f.write_str("only blanks and comments differ"),
            Self::SchemaIsTheSame { unrecorded } => {
                write!(f, "what changes the schema is what ran; of {unrecorded} other statements it is not known whether they ran so")
            }
            Self::Statements { added, removed } if removed.is_empty() => write!(f, "did not run: {}", all(added)),
            Self::Statements { added, removed } if added.is_empty() => write!(f, "ran, and is not there any more: {}", all(removed)),
            Self::Statements { added, removed } => write!(f, "ran: {}; is there now: {}", all(removed), all(added)),
            Self::Unknown => f.write_str("pgGit did not see it run"),
        }
    }
}

/// How a statement that holds a secret ends in pgGit's record.
const REDACTED: &str = "'***'";

/// Compares a file with the statements that ran. Statements that change no schema are on record only where the tool sends a file as one
/// text; of others nothing is claimed.
///
/// ```
/// use pggit_migrate::{Edit, edit};
/// let ran = ["create table t (id int)".to_owned()];
/// assert_eq!(edit(&ran, "-- a comment\ncreate  table t (id INT);"), Edit::BlanksAndComments);
/// assert_eq!(edit(&ran, "create table t (id int); insert into t values (1)"), Edit::SchemaIsTheSame { unrecorded: 1 });
/// assert!(matches!(edit(&ran, "create table t (id bigint);"), Edit::Statements { .. }));
/// ```
#[must_use]
pub fn edit(ran: &[String], file: &str) -> Edit {
    let parse = |text: &str| Script::parse(text).ok().map(|script| script.statements.into_iter().map(|s| s.text).collect::<Vec<_>>());
    let (redacted, whole): (Vec<_>, Vec<_>) = ran.iter().partition(|text| text.trim_end().ends_with(REDACTED));
    let (Some(recorded), Some(mut there)) = (whole.iter().map(|text| parse(text)).collect::<Option<Vec<_>>>(), parse(file)) else {
        return Edit::Unknown;
    };
    if ran.is_empty() {
        return Edit::Unknown;
    }
    let is_whole_file = recorded.iter().any(|statements| statements.len() > 1);
    let mut removed = Vec::new();
    for text in redacted {
        let start = comparable(text.trim_end().trim_end_matches(REDACTED));
        match there.iter().position(|statement| comparable(statement).starts_with(&start)) {
            Some(place) => drop(there.remove(place)),
            None => removed.push(text.clone()),
        }
    }
    let mut left: HashMap<String, Vec<String>> = HashMap::new();
    for text in recorded.into_iter().flatten() {
        left.entry(spelling(&text)).or_default().push(text);
    }
    there.retain(|text| left.get_mut(&spelling(text)).is_none_or(|same| same.pop().is_none()));
    removed.extend(left.into_values().flatten().filter(|text| !is_of_transactions(text)));
    removed.sort();
    let (unsure, added): (Vec<_>, Vec<_>) =
        there.into_iter().filter(|text| !is_of_transactions(text)).partition(|text| !is_whole_file && !is_recorded_for_sure(text));
    match (added.is_empty() && removed.is_empty(), unsure.len()) {
        (true, 0) => Edit::BlanksAndComments,
        (true, unrecorded) => Edit::SchemaIsTheSame { unrecorded },
        (false, _) => Edit::Statements { added, removed },
    }
}

/// One spelling for all texts that differ in blanks, comments and the case of keywords only.
fn spelling(text: &str) -> String {
    pggit_sql::script::canonical(text).unwrap_or_else(|| comparable(text))
}

fn comparable(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn first_word(text: &str) -> String {
    text.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default().to_lowercase()
}

/// BEGIN and its like: tools send them in their own way.
fn is_of_transactions(text: &str) -> bool {
    ["begin", "start", "commit", "end", "rollback"].contains(&first_word(text).as_str())
}

/// Whether pgGit would have it on record if it had run: it changes the schema, whatever was there before.
fn is_recorded_for_sure(text: &str) -> bool {
    let changes = ["create", "alter", "drop", "comment", "grant", "revoke", "security", "import"].contains(&first_word(text).as_str());
    let text = comparable(text);
    let may_do_nothing = [" if not exists ", " if exists ", " temp ", " temporary ", " pg_temp."].iter().any(|words| text.contains(words));
    changes
        && !may_do_nothing
        && !["create role", "create user", "create database", "alter role", "alter user", "drop role", "drop user", "alter system"]
            .iter()
            .any(|s| text.starts_with(s) && !text.contains("user mapping"))
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
    let rows: Vec<Statement> = diesel::sql_query("select s.statement from pggit.migration_statements($1, $2) as s order by s.statement_id")
        .bind::<Text, _>(tool)
        .bind::<Text, _>(key)
        .load(repository.connection())
        .map_err(|e| MigrationError::Table { tool: tool.to_owned(), table: "pggit.external_migrations".into(), reason: e.to_string() })?;
    Ok(rows.into_iter().map(|r| r.statement).collect())
}

/// Says of every migration that was edited after it ran what differs.
///
/// # Errors
/// [`MigrationError::Table`] when the server cannot be asked.
pub fn add_edits(
    repository: &mut Repository,
    adapter: &dyn MigrationAdapter,
    local: &[LocalMigration],
    verdicts: &mut [Verdict],
) -> Result<(), MigrationError> {
    for verdict in verdicts {
        let is_edited = verdict.state == State::Outdated || verdict.problem.as_ref().is_some_and(|p| p.fault == Fault::Edited);
        let (true, Some(key)) = (is_edited, &verdict.key) else { continue };
        let file = local.iter().find(|l| Some(&l.path) == verdict.path.as_ref() && adapter.order(&l.id, &verdict.id).is_eq());
        let mut ran = recorded_statements(repository, adapter.name(), key)?;
        ran.retain(|text| adapter.table().is_none_or(|table| !text.contains(table)));
        verdict.edit = Some(file.and_then(|f| f.sql.as_deref()).map_or(Edit::Unknown, |sql| edit(&ran, sql)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(ran: &[&str], file: &str) -> String {
        edit(&ran.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>(), file).to_string()
    }

    #[test]
    fn what_differs_is_named() {
        let ran = ["create table a (id int default 1)", "create index on a (id)"];
        assert_eq!(told(&ran, "CREATE TABLE a (id int default 1); /* x */ create index on a(id);"), "only blanks and comments differ");
        assert_eq!(
            told(&ran, "create table a (id int default 2); create index on a (id)"),
            "ran: \"create table a (id int default 1)\"; is there now: \"create table a (id int default 2)\""
        );
        assert_eq!(told(&ran, "create table a (id int default 1)"), "ran, and is not there any more: \"create index on a (id)\"");
        assert_eq!(told(&ran[..1], "create table a (id int default 1); drop table b"), "did not run: \"drop table b\"");
        assert_eq!(told(&[], "select 1"), "pgGit did not see it run");
        assert_eq!(told(&ran, "create tabl"), "pgGit did not see it run");
    }

    #[test]
    fn nothing_is_claimed_of_what_is_never_recorded() {
        let ran = ["create table a (id int)"];
        for more in [
            "insert into a values (1)",
            "create table if not exists b (id int)",
            "create temp table c (id int)",
            "do $$ begin end $$",
            "create role r",
        ] {
            assert_eq!(
                edit(&ran.map(str::to_owned), &format!("create table a (id int); {more}")),
                Edit::SchemaIsTheSame { unrecorded: 1 },
                "{more}"
            );
        }
        // A tool that sends a file as one text has all of it on record.
        assert_eq!(
            told(&["create table a (id int); insert into a values (1)"], "create table a (id int); insert into a values (2)"),
            "ran: \"insert into a values (1)\"; is there now: \"insert into a values (2)\""
        );
        assert_eq!(told(&["begin", "create table a (id int)"], "create table a (id int); commit"), "only blanks and comments differ");
    }

    #[test]
    fn a_statement_with_a_secret_is_compared_as_far_as_it_is_kept() {
        let ran = ["create user mapping for public server s options (user '***'"];
        assert_eq!(
            told(&ran, "create user mapping for public  server s options (user 'u', password 'x')"),
            "only blanks and comments differ"
        );
        assert!(told(&ran, "create user mapping for ann server s options (user 'u')").starts_with("ran: "));
    }
}
