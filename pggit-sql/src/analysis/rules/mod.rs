//! The rules, one a file. A rule looks at one statement and says what it finds, or nothing.

mod cascades;
mod changes_type;
mod drops_column;
mod drops_schema;
mod drops_table;
mod enables_row_security;
mod locks_table;
mod outside_transactions;
mod renames;
mod rewrites_table;
mod scans_table;
mod touches_every_row;
mod truncates;

use pg_query::NodeEnum;
use pg_query::protobuf::node::Node;
use pg_query::protobuf::{AlterTableCmd, AlterTableType, ConstrType, Constraint, DropBehavior};

use super::{Finding, Name, Parsed, Severity};

type Rule = fn(&Parsed<'_>) -> Vec<Finding>;

/// Every rule by its name, in the order in which their findings are told.
pub const RULES: &[(&str, Rule)] = &[
    ("locks_table", locks_table::check),
    ("rewrites_table", rewrites_table::check),
    ("scans_table", scans_table::check),
    ("drops_table", drops_table::check),
    ("drops_column", drops_column::check),
    ("drops_schema", drops_schema::check),
    ("truncates", truncates::check),
    ("changes_type", changes_type::check),
    ("touches_every_row", touches_every_row::check),
    ("cascades", cascades::check),
    ("renames", renames::check),
    ("enables_row_security", enables_row_security::check),
    ("outside_transactions", outside_transactions::check),
];

fn finding(severity: Severity, object: Option<&Name>, message: impl Into<String>, hint: Option<&str>) -> Finding {
    Finding { rule: String::new(), severity, object: object.cloned(), message: message.into(), hint: hint.map(str::to_owned) }
}

/// The commands of ALTER TABLE; none for other statements.
fn commands(node: &Node) -> Vec<(AlterTableType, &AlterTableCmd)> {
    let Node::AlterTableStmt(statement) = node else { return Vec::new() };
    statement
        .cmds
        .iter()
        .filter_map(|n| match &n.node {
            Some(NodeEnum::AlterTableCmd(c)) => {
                Some((AlterTableType::try_from(c.subtype).unwrap_or(AlterTableType::Undefined), c.as_ref()))
            }
            _ => None,
        })
        .collect()
}

/// The constraint that a command adds.
fn added_constraint(command: &AlterTableCmd) -> Option<(ConstrType, &Constraint)> {
    match command.def.as_ref()?.node.as_ref()? {
        NodeEnum::Constraint(c) => Some((ConstrType::try_from(c.contype).ok()?, c.as_ref())),
        _ => None,
    }
}

/// The column that a command adds or gives a type.
fn column(command: &AlterTableCmd) -> Option<&pg_query::protobuf::ColumnDef> {
    match command.def.as_ref()?.node.as_ref()? {
        NodeEnum::ColumnDef(c) => Some(c.as_ref()),
        _ => None,
    }
}

fn is_cascade(behavior: i32) -> bool {
    behavior == DropBehavior::DropCascade as i32
}
