//! DROP CONSTRAINT, and DROP NOT NULL: rows that were refused are let in from then on.

use pg_query::protobuf::AlterTableType;

use super::{Finding, Parsed, Severity, commands, finding};

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (kind, command) in commands(parsed.node) {
        let message = match kind {
            AlterTableType::AtDropConstraint => format!("{} no longer refuses rows; foreign keys that need it hinder it", command.name),
            AlterTableType::AtDropNotNull => format!("{} may be null from then on: those who read it have to expect that", command.name),
            _ => continue,
        };
        found.push(finding(Severity::Note, parsed.target(), message, None));
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::analysis::analyze;

    fn found(sql: &str) -> usize {
        analyze(sql).expect("SQL").iter().flat_map(|a| &a.findings).filter(|f| f.rule == "drops_constraint").count()
    }

    #[test]
    fn both_ways_of_refusing_less() {
        assert_eq!(found("alter table t drop constraint k, alter a drop not null"), 2);
        assert_eq!(found("alter table t drop column a"), 0);
    }
}
