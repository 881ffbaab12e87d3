//! CASCADE drops what nobody named.

use pg_query::protobuf::AlterTableType;
use pg_query::protobuf::node::Node;

use super::{Finding, Parsed, Severity, commands, finding, is_cascade};

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let cascades = match parsed.node {
        Node::DropStmt(s) => is_cascade(s.behavior),
        _ => commands(parsed.node)
            .iter()
            .any(|(kind, c)| matches!(kind, AlterTableType::AtDropColumn | AlterTableType::AtDropConstraint) && is_cascade(c.behavior)),
    };
    let message = "CASCADE drops whatever depends on it, unseen";
    if cascades { vec![finding(Severity::Warning, parsed.target(), message, Some("Name what is to go."))] } else { Vec::new() }
}
