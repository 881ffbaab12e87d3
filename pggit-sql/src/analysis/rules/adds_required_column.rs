//! A new column that must have a value, and has none for the rows that are there.

use pg_query::protobuf::{AlterTableType, ConstrType};

use super::{Finding, Parsed, Severity, column, commands, finding};

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (kind, command) in commands(parsed.node) {
        let (AlterTableType::AtAddColumn, Some(definition)) = (kind, column(command)) else { continue };
        let kinds: Vec<_> = super::constraints_of(command.def.as_ref().and_then(|d| d.node.as_ref())).iter().map(|c| c.contype).collect();
        let has = |wanted: &[ConstrType]| wanted.iter().any(|kind| kinds.contains(&(*kind as i32)));
        let is_serial =
            definition.type_name.as_ref().is_some_and(|t| crate::analysis::tree::strings(&t.names).iter().any(|n| n.contains("serial")));
        let is_required = has(&[ConstrType::ConstrNotnull, ConstrType::ConstrPrimary]);
        if is_required && !is_serial && !has(&[ConstrType::ConstrDefault, ConstrType::ConstrIdentity, ConstrType::ConstrGenerated]) {
            let message = format!("it fails if the table has rows: {} is NOT NULL and has no default", definition.colname);
            found.push(finding(
                Severity::Warning,
                parsed.target(),
                message,
                Some("Give it a default, or add it without NOT NULL and fill it first."),
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::analysis::analyze;

    fn found(sql: &str) -> usize {
        analyze(sql).expect("SQL").iter().flat_map(|a| &a.findings).filter(|f| f.rule == "adds_required_column").count()
    }

    #[test]
    fn only_what_has_no_value_for_the_rows_that_are_there() {
        assert_eq!(found("alter table t add a int not null"), 1);
        assert_eq!(found("alter table t add a int primary key, add b int not null"), 2);
        for sql in
            ["add a int", "add a int not null default 1", "add a bigserial not null", "add a int generated always as identity primary key"]
        {
            assert_eq!(found(&format!("alter table t {sql}")), 0, "{sql}");
        }
    }
}
