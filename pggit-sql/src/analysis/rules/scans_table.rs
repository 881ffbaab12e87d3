//! What reads a whole table under its lock to prove something.

use pg_query::protobuf::{AlterTableType, ConstrType};

use super::{Finding, Parsed, Severity, added_constraint, commands, finding};

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |message: String, hint: Option<&str>| found.push(finding(Severity::Warning, parsed.target(), message, hint));
    for (kind, command) in commands(parsed.node) {
        match (kind, added_constraint(command)) {
            (AlterTableType::AtSetNotNull, _) => add(
                format!("every row is read to prove that {} is never null", command.name),
                Some("Add CHECK (... IS NOT NULL) NOT VALID and validate it first: the proof is taken from there."),
            ),
            (AlterTableType::AtValidateConstraint, _) => add("every row is read; reading and writing go on meanwhile".into(), None),
            (AlterTableType::AtAttachPartition, _) => add(
                "every row of the partition is read to prove that it belongs there".into(),
                Some("Give it a CHECK constraint that says so before."),
            ),
            (AlterTableType::AtAddConstraint, Some((ConstrType::ConstrForeign, c))) if !c.skip_validation => {
                add(
                    "every row is read to prove the foreign key, and both tables are locked against writing".into(),
                    Some("Add it NOT VALID, and VALIDATE CONSTRAINT afterwards."),
                );
            }
            (AlterTableType::AtAddConstraint, Some((ConstrType::ConstrCheck | ConstrType::ConstrNotnull, c))) if !c.skip_validation => {
                add("every row is read to prove the constraint".into(), Some("Add it NOT VALID, and VALIDATE CONSTRAINT afterwards."));
            }
            (
                AlterTableType::AtAddConstraint,
                Some((ConstrType::ConstrPrimary | ConstrType::ConstrUnique | ConstrType::ConstrExclusion, c)),
            ) if c.indexname.is_empty() => {
                add(
                    "an index over every row is built under the lock".into(),
                    Some("Build it with CREATE UNIQUE INDEX CONCURRENTLY, and add the constraint USING INDEX."),
                );
            }
            _ => {}
        }
    }
    found
}
