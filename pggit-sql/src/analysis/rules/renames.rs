//! A new name, or a new schema, breaks who uses the old one.

use pg_query::protobuf::node::Node;

use super::{Finding, Parsed, Severity, finding};

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let message = match parsed.node {
        Node::RenameStmt(s) if s.subname.is_empty() => format!("the name is {} from then on", s.newname),
        Node::RenameStmt(s) => format!("{} is called {} from then on", s.subname, s.newname),
        Node::AlterObjectSchemaStmt(s) => format!("the schema is {} from then on", s.newschema),
        _ => return Vec::new(),
    };
    let hint = "Views follow; functions with a text as their body, and applications, do not.";
    vec![finding(Severity::Warning, parsed.target(), message, Some(hint))]
}
