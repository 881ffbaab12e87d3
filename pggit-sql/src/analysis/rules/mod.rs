//! The rules, one a file. A rule looks at one statement and says what it finds, or nothing.

mod adds_required_column;
mod cascades;
mod changes_type;
mod disables_trigger;
mod drops_column;
mod drops_constraint;
mod drops_schema;
mod drops_sequence;
mod drops_table;
mod enables_row_security;
mod locks_table;
mod new_enum_value;
mod outside_transactions;
mod renames;
mod revokes_rights;
mod rewrites_table;
mod scans_table;
mod touches_every_row;
mod truncates;

use pg_query::NodeEnum;
use pg_query::protobuf::node::Node;
use pg_query::protobuf::{AlterTableCmd, AlterTableType, ConstrType, Constraint, DropBehavior};

use super::{Finding, Name, Parsed, Severity};

pub type Rule = fn(&Parsed<'_>) -> Vec<Finding>;

/// Every rule by its name, in the order in which their findings are told.
pub const RULES: &[(&str, Rule)] = &[
    ("locks_table", locks_table::check),
    ("rewrites_table", rewrites_table::check),
    ("scans_table", scans_table::check),
    ("drops_table", drops_table::check),
    ("drops_column", drops_column::check),
    ("drops_schema", drops_schema::check),
    ("drops_sequence", drops_sequence::check),
    ("drops_constraint", drops_constraint::check),
    ("truncates", truncates::check),
    ("changes_type", changes_type::check),
    ("adds_required_column", adds_required_column::check),
    ("touches_every_row", touches_every_row::check),
    ("cascades", cascades::check),
    ("renames", renames::check),
    ("revokes_rights", revokes_rights::check),
    ("disables_trigger", disables_trigger::check),
    ("enables_row_security", enables_row_security::check),
    ("new_enum_value", new_enum_value::check),
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

/// The constraints that a statement adds to a table: by themselves, or with columns.
fn constraints(node: &Node) -> Vec<&Constraint> {
    match node {
        Node::CreateStmt(s) => s.table_elts.iter().flat_map(|n| constraints_of(n.node.as_ref())).collect(),
        _ => commands(node).into_iter().filter_map(|(_, c)| c.def.as_deref()).flat_map(|n| constraints_of(n.node.as_ref())).collect(),
    }
}

fn constraints_of(node: Option<&NodeEnum>) -> Vec<&Constraint> {
    match node {
        Some(NodeEnum::Constraint(c)) => vec![c.as_ref()],
        Some(NodeEnum::ColumnDef(c)) => c.constraints.iter().flat_map(|n| constraints_of(n.node.as_ref())).collect(),
        _ => Vec::new(),
    }
}

/// Whether an option is given, and not switched off.
fn has_option(options: &[pg_query::protobuf::Node], name: &str) -> bool {
    let value = |e: &pg_query::protobuf::DefElem| e.arg.as_ref().and_then(|a| a.node.as_ref()).map(crate::analysis::tree::value);
    let is_off = |value: serde_json::Value| {
        let text = value.to_string();
        text.contains("\"false\"") || text.contains("\"off\"") || text.contains("\"ival\":0") || text.contains("\"boolval\":false")
    };
    options.iter().any(|o| matches!(&o.node, Some(NodeEnum::DefElem(e)) if e.defname == name && !value(e).is_some_and(is_off)))
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
