//! UPDATE and DELETE without WHERE.

use pg_query::protobuf::node::Node;

use super::{Finding, Parsed, Severity, finding};

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let (severity, message) = match parsed.node {
        Node::DeleteStmt(s) if s.where_clause.is_none() => (Severity::Danger, "DELETE without WHERE: every row goes"),
        Node::UpdateStmt(s) if s.where_clause.is_none() => {
            (Severity::Warning, "UPDATE without WHERE: every row is written anew and locked until the end of the transaction")
        }
        _ => return Vec::new(),
    };
    vec![finding(severity, parsed.target(), message, Some("Work in batches where the table is large."))]
}
