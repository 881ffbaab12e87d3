//! Changesets: what is changed on the command side and on the query side, as one unit.

use pggit_sql::analysis::{Action, Name, analyze_statement};
use pggit_sql::{Script, ScriptError};
use serde::{Deserialize, Serialize};

use crate::sides::{Side, Sides};

/// A changeset that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangesetError {
    /// It has no operation.
    #[error("the changeset \"{0}\" has no operation: add one with command() or query()")]
    Empty(String),
    /// An operation is not SQL.
    #[error("operation {number} on the {side} side: {reason}")]
    NotSql {
        /// Which operation of that side, from 1.
        number: usize,
        /// The side.
        side: Side,
        /// The parser's own words.
        reason: ScriptError,
    },
    /// An operation is more than one statement, or none.
    #[error("operation {number} on the {side} side has {statements} statements; give each statement as an operation of its own")]
    NotOne {
        /// Which operation of that side, from 1.
        number: usize,
        /// The side.
        side: Side,
        /// How many statements it has.
        statements: usize,
    },
    /// An operation changes what belongs to another side, or to none.
    #[error("operation {number} on the {side} side changes {object}, which is {place}; the {side} side is {schemas}")]
    WrongSide {
        /// Which operation of that side, from 1.
        number: usize,
        /// The side.
        side: Side,
        /// What it changes.
        object: Name,
        /// Where that is.
        place: String,
        /// The schemas of the side.
        schemas: String,
    },
    /// An operation on the command side needs the query side.
    #[error(
        "operation {number} on the command side needs {object} on the query side: the query side depends on the command side, never the other way"
    )]
    Violation {
        /// Which operation of the command side, from 1.
        number: usize,
        /// What it needs.
        object: Name,
    },
    /// Only running an operation would tell what it changes.
    #[error(
        "operation {number} on the {side} side: only running it would tell what it changes ({reason}); allow it (`Sides::allows_unknown`, --allow-unknown), \
         and the server checks afterwards what it has changed of the schema"
    )]
    Unknown {
        /// Which operation of that side, from 1.
        number: usize,
        /// The side.
        side: Side,
        /// Why that is so.
        reason: String,
    },
    /// A statement of a script that is on no side.
    #[error(
        "line {line}: the statement changes nothing on the command side or the query side: {text}; in a TOML file its side can be named"
    )]
    NoSide {
        /// The line, from 1.
        line: usize,
        /// The statement.
        text: String,
    },
}

/// Changes to both sides that are made together or not at all.
///
/// ```
/// use pggit_cqrs::Changeset;
/// let changeset = Changeset::new("Add order priority")
///     .command("alter table command.orders add column priority text")
///     .query("create view query.priorities as select priority from command.orders")
///     .version("2.1.0");
/// assert!(changeset.check().is_ok());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changeset {
    /// What it is for.
    pub description: String,
    /// A version of the user's own, if any.
    #[serde(default)]
    pub version: Option<String>,
    /// The statements on the command side, in order; they run first.
    #[serde(default)]
    pub command_operations: Vec<String>,
    /// The statements on the query side, in order.
    #[serde(default)]
    pub query_operations: Vec<String>,
}

impl Changeset {
    /// An empty changeset.
    #[must_use]
    pub fn new(description: &str) -> Self {
        Self { description: description.to_owned(), ..Self::default() }
    }

    /// Adds a statement on the command side.
    #[must_use]
    pub fn command(mut self, sql: &str) -> Self {
        self.command_operations.push(sql.to_owned());
        self
    }

    /// Adds a statement on the query side.
    #[must_use]
    pub fn query(mut self, sql: &str) -> Self {
        self.query_operations.push(sql.to_owned());
        self
    }

    /// Gives it a version.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        self.version = Some(version.to_owned());
        self
    }

    /// A changeset from a script: each statement goes to the side whose schema it changes, in order.
    ///
    /// ```
    /// use pggit_cqrs::{Changeset, Sides};
    /// let script = "create table command.a (id int); create view query.a as select id from command.a";
    /// let changeset = Changeset::from_script("Add a", script, &Sides::default())?;
    /// assert_eq!((changeset.command_operations.len(), changeset.query_operations.len()), (1, 1));
    /// # Ok::<(), pggit_cqrs::ChangesetError>(())
    /// ```
    ///
    /// # Errors
    /// [`ChangesetError::NotSql`] and [`ChangesetError::NoSide`].
    pub fn from_script(description: &str, script: &str, sides: &Sides) -> Result<Self, ChangesetError> {
        let not_sql = |reason| ChangesetError::NotSql { number: 1, side: Side::Command, reason };
        let mut changeset = Self::new(description);
        for statement in Script::parse(script).map_err(not_sql)?.statements {
            let (line, text) = (statement.line, statement.text.clone());
            let analysis = analyze_statement(statement).map_err(not_sql)?;
            let changed = analysis.touched.iter().filter(|t| t.action != Action::Read);
            match changed.filter_map(|t| sides.of(&t.name, &t.object_type)).next() {
                Some(Side::Query) => changeset.query_operations.push(text),
                Some(_) => changeset.command_operations.push(text),
                None => return Err(ChangesetError::NoSide { line, text }),
            }
        }
        Ok(changeset)
    }

    /// Checks that there is something to do, that each operation is one statement that PostgreSQL understands, and that it changes its
    /// own side only.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check_sides(&self, sides: &Sides) -> Result<(), ChangesetError> {
        self.check()?;
        for (side, operations) in [(Side::Command, &self.command_operations), (Side::Query, &self.query_operations)] {
            for (index, operation) in operations.iter().enumerate() {
                sides.check(side, index + 1, operation)?;
            }
        }
        Ok(())
    }

    /// Checks that there is something to do and that each operation is one statement that PostgreSQL understands.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), ChangesetError> {
        if self.command_operations.is_empty() && self.query_operations.is_empty() {
            return Err(ChangesetError::Empty(self.description.clone()));
        }
        for (side, operations) in [(Side::Command, &self.command_operations), (Side::Query, &self.query_operations)] {
            for (index, operation) in operations.iter().enumerate() {
                let number = index + 1;
                let script = Script::parse(operation).map_err(|reason| ChangesetError::NotSql { number, side, reason })?;
                if script.statements.len() != 1 {
                    return Err(ChangesetError::NotOne { number, side, statements: script.statements.len() });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        assert!(matches!(Changeset::new("nothing").check(), Err(ChangesetError::Empty(_))));
        let two = Changeset::new("two").query("select 1; select 2").check();
        assert_eq!(two, Err(ChangesetError::NotOne { number: 1, side: Side::Query, statements: 2 }));
        let error = Changeset::new("typo").command("select 1").command("alter tabel t").check().expect_err("not SQL");
        assert!(error.to_string().starts_with("operation 2 on the command side"), "{error}");
    }
}
