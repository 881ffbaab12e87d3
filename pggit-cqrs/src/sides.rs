//! The sides of a schema, and what belongs to which.

use pggit_sql::Script;
use pggit_sql::analysis::{Action, Name, analyze_statement};
use serde::{Deserialize, Serialize};

use crate::changeset::ChangesetError;

/// A side of a CQRS schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Where commands write.
    Command,
    /// Where queries read.
    Query,
    /// What both sides use: types, functions, lookup tables.
    Reference,
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Command => "command",
            Self::Query => "query",
            Self::Reference => "reference",
        })
    }
}

/// Which schemas make up which side.
///
/// ```
/// let sides = pggit_cqrs::Sides::default();
/// assert_eq!(sides.command, ["command"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sides {
    /// The schemas of the command side.
    pub command: Vec<String>,
    /// The schemas of the query side.
    pub query: Vec<String>,
    /// The schemas that both may change and use.
    pub reference: Vec<String>,
    /// Whether operations may run of which only running them tells what they change, as DO with dynamic SQL. The server checks
    /// afterwards what they have changed of the schema.
    pub allows_unknown: bool,
}

impl Default for Sides {
    fn default() -> Self {
        Self { command: vec!["command".into()], query: vec!["query".into()], reference: Vec::new(), allows_unknown: false }
    }
}

impl Sides {
    /// The side of a schema; none for a schema that is on none.
    #[must_use]
    pub fn of_schema(&self, schema: &str) -> Option<Side> {
        let holds = |list: &[String]| list.iter().any(|s| s == schema);
        [(Side::Command, &self.command), (Side::Query, &self.query), (Side::Reference, &self.reference)]
            .into_iter()
            .find(|(_, list)| holds(list))
            .map(|(side, _)| side)
    }

    /// The side of an object as a statement names it; a schema stands for itself.
    #[must_use]
    pub fn of(&self, name: &Name, object_type: &str) -> Option<Side> {
        self.of_schema(if object_type == "schema" { &name.name } else { name.schema.as_deref()? })
    }

    /// The schemas of a side, in words.
    fn schemas(&self, side: Side) -> String {
        let list = match side {
            Side::Command => &self.command,
            Side::Query => &self.query,
            Side::Reference => &self.reference,
        };
        format!("{} {}", if list.len() == 1 { "the schema" } else { "the schemas" }, list.join(", "))
    }

    /// Checks one operation: what it changes is known and belongs to its side or to the reference side, and the command side needs
    /// nothing of the query side.
    pub(crate) fn check(&self, side: Side, number: usize, operation: &str) -> Result<(), ChangesetError> {
        let not_sql = |reason| ChangesetError::NotSql { number, side, reason };
        for statement in Script::parse(operation).map_err(not_sql)?.statements {
            let analysis = analyze_statement(statement).map_err(not_sql)?;
            if let (false, Some(reason)) = (self.allows_unknown, analysis.unknown_effects.first()) {
                return Err(ChangesetError::Unknown { number, side, reason: reason.clone() });
            }
            for touched in &analysis.touched {
                let found = self.of(&touched.name, &touched.object_type);
                if touched.action == Action::Read {
                    if side == Side::Command && found == Some(Side::Query) {
                        return Err(ChangesetError::Violation { number, object: touched.name.clone() });
                    }
                } else if found != Some(side) && found != Some(Side::Reference) {
                    let place = match (found, &touched.name.schema) {
                        (Some(other), _) => format!("on the {other} side"),
                        (None, Some(_)) => "on no side".to_owned(),
                        (None, None) => "without a schema: write it with one".to_owned(),
                    };
                    return Err(ChangesetError::WrongSide {
                        number,
                        side,
                        object: touched.name.clone(),
                        place,
                        schemas: self.schemas(side),
                    });
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
    fn an_operation_changes_its_own_side() {
        let sides = Sides { reference: vec!["shared".into()], ..Sides::default() };
        let check = |side, sql| sides.check(side, 1, sql).err().map(|e| e.to_string()).unwrap_or_default();
        assert_eq!(check(Side::Command, "alter table command.orders add column a int"), "");
        assert_eq!(check(Side::Command, "create type shared.state as enum ('a')"), "");
        assert_eq!(check(Side::Query, "create view query.v as select * from command.orders"), "");
        assert_eq!(check(Side::Query, "create schema query"), "");
        assert!(check(Side::Query, "alter table command.orders add a int").contains("on the command side"));
        assert!(check(Side::Command, "alter table orders add a int").contains("without a schema"));
        assert!(check(Side::Command, "alter table other.orders add a int").contains("on no side"));
        assert!(check(Side::Command, "create view command.v as select * from query.x").contains("never the other way"));
        assert_eq!(check(Side::Command, "do $$ begin alter table command.orders add a int; end $$"), "");
        assert!(check(Side::Command, "do $$ begin drop view query.v; end $$").contains("on the query side"));
        assert!(
            check(Side::Command, "with gone as (delete from query.t returning *) insert into command.t select * from gone")
                .contains("query")
        );
        for unknown in ["do $$ begin execute 'drop view query.v'; end $$", "select command.f()", "call command.p()", "create role r"] {
            assert!(check(Side::Command, unknown).contains("--allow-unknown"), "{unknown}");
            let allowed = Sides { allows_unknown: true, ..sides.clone() };
            assert_eq!(allowed.check(Side::Command, 1, unknown), Ok(()), "{unknown}");
        }
    }
}
