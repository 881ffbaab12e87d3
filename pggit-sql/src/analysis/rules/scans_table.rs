//! What reads a whole table under its lock to prove something.

use pg_query::protobuf::node::Node;
use pg_query::protobuf::{AlterTableType, ConstrType, Constraint};

use super::{Finding, Parsed, Severity, added_constraint, commands, constraints_of, finding};

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |message: String, hint: Option<&str>| found.push(finding(Severity::Warning, parsed.target(), message, hint));
    if let Node::IndexStmt(index) = parsed.node {
        let hint = if index.concurrent { None } else { Some("CREATE INDEX CONCURRENTLY lets writers go on.") };
        add("every row is read to build the index".into(), hint);
    }
    for (kind, command) in commands(parsed.node) {
        if kind == AlterTableType::AtAddColumn
            && constraints_of(command.def.as_ref().and_then(|d| d.node.as_ref())).iter().any(|c| is_proven(c))
        {
            add("every row is read to prove the constraint of the new column, or to build its index".into(), None);
        }
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

/// A constraint of a new column that PostgreSQL looks at every row for.
fn is_proven(constraint: &Constraint) -> bool {
    matches!(ConstrType::try_from(constraint.contype), Ok(ConstrType::ConstrCheck | ConstrType::ConstrUnique | ConstrType::ConstrPrimary))
}
