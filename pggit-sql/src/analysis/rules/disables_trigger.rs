//! A trigger that is switched off, which may be one that a foreign key works by.

use pg_query::protobuf::AlterTableType as T;

use super::{Finding, Parsed, Severity, commands, finding};

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (kind, command) in commands(parsed.node) {
        let message = match kind {
            T::AtDisableTrigAll => "no trigger fires any more, those of foreign keys among them: nothing checks references".to_owned(),
            T::AtDisableTrigUser => "no trigger but those of constraints fires any more".to_owned(),
            T::AtDisableTrig => format!("the trigger {} does not fire any more", command.name),
            _ => continue,
        };
        found.push(finding(
            Severity::Warning,
            parsed.target(),
            message,
            Some("Switch it on again in the same transaction: what is written meanwhile is not checked later."),
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::analysis::analyze;

    fn found(sql: &str) -> usize {
        analyze(sql).expect("SQL").iter().flat_map(|a| &a.findings).filter(|f| f.rule == "disables_trigger").count()
    }

    #[test]
    fn whatever_is_switched_off() {
        assert_eq!(found("alter table t disable trigger all, disable trigger user, disable trigger k"), 3);
        assert_eq!(found("alter table t enable trigger k"), 0);
    }
}
