//! ALTER TABLE ... DROP COLUMN loses the column's values.

use pg_query::protobuf::AlterTableType;

use super::{Finding, Parsed, Severity, commands, finding};

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let dropped = commands(parsed.node).into_iter().filter(|(kind, _)| *kind == AlterTableType::AtDropColumn);
    dropped.map(|(_, c)| finding(Severity::Danger, parsed.target(), format!("the column {} goes with its values", c.name), None)).collect()
}
