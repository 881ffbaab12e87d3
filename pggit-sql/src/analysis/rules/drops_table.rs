//! DROP TABLE loses rows.

use pg_query::protobuf::node::Node;

use super::{Finding, Parsed, Severity, finding};
use crate::analysis::Action;

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let Node::DropStmt(_) = parsed.node else { return Vec::new() };
    let lost = parsed.touched.iter().filter(|t| t.action == Action::Drop && t.object_type == "table");
    lost.map(|t| {
        finding(
            Severity::Danger,
            Some(&t.name),
            "the table goes with all its rows",
            Some("Rename it first, and drop it when nobody has missed it."),
        )
    })
    .collect()
}
