//! The strongest lock that a statement takes on what it changes, where others wait for it.

use pg_query::protobuf::node::Node;
use pg_query::protobuf::{AlterTableType, ConstrType, ObjectType};

use super::{Finding, Parsed, Severity, added_constraint, commands, finding};
use crate::analysis::tree;

/// Locks that others notice, weaker ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lock {
    /// Nobody but others who change the table waits.
    ShareUpdateExclusive,
    /// Writers wait.
    Share,
    /// Writers wait.
    ShareRowExclusive,
    /// Writers wait, readers of rows FOR UPDATE too.
    Exclusive,
    /// Everybody waits.
    AccessExclusive,
}

impl Lock {
    const fn words(self) -> (Severity, &'static str) {
        match self {
            Self::ShareUpdateExclusive => (Severity::Note, "SHARE UPDATE EXCLUSIVE: reading and writing go on"),
            Self::Share => (Severity::Warning, "SHARE: writers wait until it has ended"),
            Self::ShareRowExclusive => (Severity::Warning, "SHARE ROW EXCLUSIVE: writers wait until the transaction ends"),
            Self::Exclusive => (Severity::Warning, "EXCLUSIVE: writers wait until the transaction ends"),
            Self::AccessExclusive => (Severity::Warning, "ACCESS EXCLUSIVE: readers and writers wait until the transaction ends"),
        }
    }
}

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let Some(lock) = strongest(parsed.node) else { return Vec::new() };
    let (severity, words) = lock.words();
    let hint = (lock == Lock::AccessExclusive).then_some("Set lock_timeout, so that a queue behind it stays short, and try again.");
    vec![finding(severity, parsed.target(), words, hint)]
}

fn strongest(node: &Node) -> Option<Lock> {
    let relation = |kind: i32| {
        matches!(
            ObjectType::try_from(kind),
            Ok(ObjectType::ObjectTable
                | ObjectType::ObjectView
                | ObjectType::ObjectMatview
                | ObjectType::ObjectIndex
                | ObjectType::ObjectForeignTable
                | ObjectType::ObjectColumn
                | ObjectType::ObjectTabconstraint
                | ObjectType::ObjectTrigger
                | ObjectType::ObjectPolicy
                | ObjectType::ObjectRule)
        )
    };
    match node {
        Node::AlterTableStmt(_) => {
            commands(node).into_iter().map(|(kind, command)| of_command(kind, added_constraint(command).map(|(c, _)| c))).max()
        }
        Node::IndexStmt(s) if !s.concurrent => Some(Lock::Share),
        Node::CreateTrigStmt(_) => Some(Lock::ShareRowExclusive),
        Node::DropStmt(s) if relation(s.remove_type) && !s.concurrent => Some(Lock::AccessExclusive),
        Node::TruncateStmt(_) | Node::ClusterStmt(_) | Node::CreatePolicyStmt(_) | Node::AlterPolicyStmt(_) | Node::RuleStmt(_) => {
            Some(Lock::AccessExclusive)
        }
        Node::RenameStmt(s) if s.relation.is_some() => Some(Lock::AccessExclusive),
        Node::AlterObjectSchemaStmt(s) if s.relation.is_some() => Some(Lock::AccessExclusive),
        Node::VacuumStmt(_) => tree::value(node).to_string().contains("\"defname\":\"full\"").then_some(Lock::AccessExclusive),
        Node::RefreshMatViewStmt(s) => Some(if s.concurrent { Lock::Exclusive } else { Lock::AccessExclusive }),
        Node::ReindexStmt(_) => Some(Lock::Share),
        Node::LockStmt(_) => Some(Lock::AccessExclusive),
        _ => None,
    }
}

/// What PostgreSQL's `AlterTableGetLockLevel` says.
fn of_command(kind: AlterTableType, constraint: Option<ConstrType>) -> Lock {
    use AlterTableType as T;
    match kind {
        T::AtSetStatistics
        | T::AtSetOptions
        | T::AtResetOptions
        | T::AtClusterOn
        | T::AtDropCluster
        | T::AtSetRelOptions
        | T::AtResetRelOptions
        | T::AtValidateConstraint
        | T::AtAttachPartition => Lock::ShareUpdateExclusive,
        T::AtEnableTrig
        | T::AtEnableAlwaysTrig
        | T::AtEnableReplicaTrig
        | T::AtDisableTrig
        | T::AtEnableTrigAll
        | T::AtDisableTrigAll
        | T::AtEnableTrigUser
        | T::AtDisableTrigUser => Lock::ShareRowExclusive,
        T::AtAddConstraint if constraint == Some(ConstrType::ConstrForeign) => Lock::ShareRowExclusive,
        _ => Lock::AccessExclusive,
    }
}
