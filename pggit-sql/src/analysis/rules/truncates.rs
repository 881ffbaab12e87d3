//! TRUNCATE loses all rows.

use pg_query::protobuf::node::Node;

use super::{Finding, Parsed, Severity, finding, is_cascade};
use crate::analysis::Action;

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let Node::TruncateStmt(statement) = parsed.node else { return Vec::new() };
    let message = if is_cascade(statement.behavior) { "all rows go, also those of tables that refer to it" } else { "all rows go" };
    parsed.touched.iter().filter(|t| t.action == Action::Write).map(|t| finding(Severity::Danger, Some(&t.name), message, None)).collect()
}
