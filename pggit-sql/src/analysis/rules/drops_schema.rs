//! DROP SCHEMA, and what stands in it with CASCADE.

use pg_query::protobuf::node::Node;

use super::{Finding, Parsed, Severity, finding, is_cascade};
use crate::analysis::Action;

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let Node::DropStmt(statement) = parsed.node else { return Vec::new() };
    let (severity, message) = if is_cascade(statement.behavior) {
        (Severity::Danger, "the schema goes with everything in it, rows included")
    } else {
        (Severity::Note, "the schema goes if nothing is in it")
    };
    let schemas = parsed.touched.iter().filter(|t| t.action == Action::Drop && t.object_type == "schema");
    schemas.map(|t| finding(severity, Some(&t.name), message, None)).collect()
}
