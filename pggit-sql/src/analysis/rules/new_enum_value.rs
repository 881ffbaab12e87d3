//! ALTER TYPE ... ADD VALUE: the value cannot be used before its transaction has committed.

use pg_query::protobuf::node::Node;

use super::{Finding, Parsed, Severity, finding};

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let Node::AlterEnumStmt(statement) = parsed.node else { return Vec::new() };
    if !statement.old_val.is_empty() {
        return Vec::new();
    }
    let message = format!("{} cannot be used in the same transaction, and cannot be taken back", statement.new_val);
    vec![finding(Severity::Note, parsed.target(), message, Some("Use it in a later migration."))]
}

#[cfg(test)]
mod tests {
    use crate::analysis::analyze;

    fn found(sql: &str) -> usize {
        analyze(sql).expect("SQL").iter().flat_map(|a| &a.findings).filter(|f| f.rule == "new_enum_value").count()
    }

    #[test]
    fn adding_and_not_renaming() {
        assert_eq!(found("alter type t add value 'x'"), 1);
        assert_eq!(found("alter type t rename value 'x' to 'y'"), 0);
    }
}
