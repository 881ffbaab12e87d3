//! REVOKE takes from roles what they may rely on.

use pg_query::protobuf::node::Node;

use super::{Finding, Parsed, Severity, finding};

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let Node::GrantStmt(statement) = parsed.node else { return Vec::new() };
    if statement.is_grant {
        return Vec::new();
    }
    let message = "who relies on these rights is refused from then on";
    vec![finding(Severity::Warning, parsed.target(), message, None)]
}

#[cfg(test)]
mod tests {
    use crate::analysis::analyze;

    fn found(sql: &str) -> usize {
        analyze(sql).expect("SQL").iter().flat_map(|a| &a.findings).filter(|f| f.rule == "revokes_rights").count()
    }

    #[test]
    fn only_revoke() {
        assert_eq!(found("revoke select on t from r"), 1);
        assert_eq!(found("grant select on t to r"), 0);
    }
}
