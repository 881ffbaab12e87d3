//! DROP SEQUENCE loses how far it had counted.

use super::{Finding, Parsed, Severity, finding};
use crate::analysis::Action;

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let dropped = parsed.touched.iter().filter(|t| t.action == Action::Drop && t.object_type == "sequence");
    dropped.map(|t| finding(Severity::Warning, Some(&t.name), "the sequence goes with its last value", None)).collect()
}

#[cfg(test)]
mod tests {
    use crate::analysis::analyze;

    fn found(sql: &str) -> usize {
        analyze(sql).expect("SQL").iter().flat_map(|a| &a.findings).filter(|f| f.rule == "drops_sequence").count()
    }

    #[test]
    fn each_sequence_counts() {
        assert_eq!(found("drop sequence a, b"), 2);
        assert_eq!(found("drop table a"), 0);
    }
}
