//! The locks that a statement takes on relations, where others wait for them.

use pg_query::NodeEnum;
use pg_query::protobuf::node::Node;
use pg_query::protobuf::{AlterTableCmd, AlterTableType, ConstrType, ObjectType, RangeVar};

use super::{Finding, Name, Parsed, Severity, added_constraint, commands, constraints, finding, has_option};
use crate::analysis::tree;

/// Locks that others notice, weaker ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lock {
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

impl Lock {
    const fn words(self) -> (Severity, &'static str) {
        match self {
            Self::ShareUpdateExclusive => (Severity::Note, "SHARE UPDATE EXCLUSIVE: reading and writing go on"),
            Self::Share => (Severity::Warning, "SHARE: writers wait until the transaction ends"),
            Self::ShareRowExclusive => (Severity::Warning, "SHARE ROW EXCLUSIVE: writers wait until the transaction ends"),
            Self::Exclusive => (Severity::Warning, "EXCLUSIVE: writers wait until the transaction ends"),
            Self::AccessExclusive => (Severity::Warning, "ACCESS EXCLUSIVE: readers and writers wait until the transaction ends"),
        }
    }

    /// The modes of LOCK TABLE by their numbers.
    const fn of_mode(mode: i32) -> Option<Self> {
        match mode {
            4 => Some(Self::ShareUpdateExclusive),
            5 => Some(Self::Share),
            6 => Some(Self::ShareRowExclusive),
            7 => Some(Self::Exclusive),
            8 => Some(Self::AccessExclusive),
            _ => None,
        }
    }
}

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let mut taken: Vec<(Option<Name>, Lock)> = Vec::new();
    let own = own(parsed.node).map(|lock| (parsed.touched.iter().find(|t| !is_new(parsed, t)).map(|t| t.name.clone()), lock));
    for (name, lock) in own.into_iter().chain(others(parsed.node)) {
        match taken.iter_mut().find(|(n, _)| *n == name) {
            Some((_, stronger)) => *stronger = lock.max(*stronger),
            None => taken.push((name, lock)),
        }
    }
    let found = |(name, lock): (Option<Name>, Lock)| {
        let (severity, words) = lock.words();
        let hint = match (lock, parsed.node) {
            (Lock::Share, Node::IndexStmt(_)) => Some("CREATE INDEX CONCURRENTLY lets writers go on."),
            (Lock::AccessExclusive, _) => Some("Set lock_timeout, so that a queue behind it stays short, and try again."),
            _ => None,
        };
        finding(severity, name.as_ref(), words, hint)
    };
    taken.into_iter().map(found).collect()
}

/// An index or a trigger that the statement makes: its table is what is locked.
fn is_new(parsed: &Parsed<'_>, touched: &crate::analysis::Touched) -> bool {
    matches!(parsed.node, Node::IndexStmt(_) | Node::CreateTrigStmt(_)) && touched.action == crate::analysis::Action::Create
}

fn is_relation(kind: i32) -> bool {
    matches!(
        ObjectType::try_from(kind),
        Ok(ObjectType::ObjectTable
            | ObjectType::ObjectView
            | ObjectType::ObjectMatview
            | ObjectType::ObjectIndex
            | ObjectType::ObjectSequence
            | ObjectType::ObjectForeignTable
            | ObjectType::ObjectColumn
            | ObjectType::ObjectTabconstraint
            | ObjectType::ObjectTrigger
            | ObjectType::ObjectPolicy
            | ObjectType::ObjectRule)
    )
}

/// A part of a relation that a comment on it does not lock.
fn is_part(kind: i32) -> bool {
    let kind = ObjectType::try_from(kind);
    matches!(kind, Ok(ObjectType::ObjectTabconstraint | ObjectType::ObjectTrigger | ObjectType::ObjectPolicy | ObjectType::ObjectRule))
}

/// The lock on what the statement is about.
fn own(node: &Node) -> Option<Lock> {
    let is_index = |kind: i32| kind == ObjectType::ObjectIndex as i32;
    match node {
        Node::AlterTableStmt(s) => commands(node).into_iter().map(|(kind, command)| of_command(kind, command, s.objtype)).max(),
        Node::IndexStmt(s) => Some(if s.concurrent { Lock::ShareUpdateExclusive } else { Lock::Share }),
        Node::CreateTrigStmt(_) | Node::AlterSeqStmt(_) => Some(Lock::ShareRowExclusive),
        Node::DropStmt(s) if is_relation(s.remove_type) => {
            Some(if s.concurrent { Lock::ShareUpdateExclusive } else { Lock::AccessExclusive })
        }
        Node::TruncateStmt(_) | Node::ClusterStmt(_) | Node::CreatePolicyStmt(_) | Node::AlterPolicyStmt(_) | Node::RuleStmt(_) => {
            Some(Lock::AccessExclusive)
        }
        Node::RenameStmt(s) if s.relation.is_some() && is_index(s.rename_type) => Some(Lock::ShareUpdateExclusive),
        Node::RenameStmt(s) if s.relation.is_some() => Some(Lock::AccessExclusive),
        Node::AlterObjectSchemaStmt(s) if s.relation.is_some() => Some(Lock::AccessExclusive),
        Node::CommentStmt(s) if is_relation(s.objtype) && !is_part(s.objtype) => Some(Lock::ShareUpdateExclusive),
        Node::VacuumStmt(s) if s.is_vacuumcmd && has_option(&s.options, "full") => Some(Lock::AccessExclusive),
        Node::VacuumStmt(_) => Some(Lock::ShareUpdateExclusive),
        Node::RefreshMatViewStmt(s) => Some(if s.concurrent { Lock::Exclusive } else { Lock::AccessExclusive }),
        Node::ReindexStmt(s) if has_option(&s.params, "concurrently") => Some(Lock::ShareUpdateExclusive),
        Node::ReindexStmt(_) => Some(Lock::Share),
        Node::ViewStmt(s) if s.replace => Some(Lock::AccessExclusive),
        _ => None,
    }
}

/// Locks on other relations than the one that the statement is about.
fn others(node: &Node) -> Vec<(Option<Name>, Lock)> {
    let name = |var: &RangeVar| Some(Name::new(&var.schemaname, &var.relname));
    let listed = |nodes: &[pg_query::protobuf::Node], lock: Lock| -> Vec<(Option<Name>, Lock)> {
        let var = |n: &pg_query::protobuf::Node| match &n.node {
            Some(NodeEnum::RangeVar(var)) => Some((name(var), lock)),
            _ => None,
        };
        nodes.iter().filter_map(var).collect()
    };
    // A foreign key puts triggers on the table that it refers to.
    let mut found: Vec<_> = constraints(node)
        .into_iter()
        .filter(|c| c.contype == ConstrType::ConstrForeign as i32)
        .filter_map(|c| c.pktable.as_ref())
        .map(|var| (name(var), Lock::ShareRowExclusive))
        .collect();
    match node {
        Node::CreateStmt(s) if s.partbound.is_some() => found.extend(listed(&s.inh_relations, Lock::AccessExclusive)),
        Node::CreateStmt(s) => found.extend(listed(&s.inh_relations, Lock::ShareUpdateExclusive)),
        Node::CreateStatsStmt(s) => found.extend(listed(&s.relations, Lock::ShareUpdateExclusive)),
        Node::LockStmt(s) => found.extend(Lock::of_mode(s.mode).into_iter().flat_map(|lock| listed(&s.relations, lock))),
        Node::TruncateStmt(s) => found.extend(listed(&s.relations, Lock::AccessExclusive)),
        _ => {}
    }
    for (kind, command) in commands(node) {
        use AlterTableType as T;
        let Some(NodeEnum::PartitionCmd(partition)) = command.def.as_ref().and_then(|d| d.node.as_ref()) else { continue };
        // Concurrently it is locked as well, at the end and for a moment.
        if let T::AtAttachPartition | T::AtDetachPartition | T::AtDetachPartitionFinalize = kind {
            found.extend(partition.name.as_ref().map(|var| (name(var), Lock::AccessExclusive)));
        }
    }
    found
}

/// What PostgreSQL's documentation says of ALTER TABLE, command by command.
fn of_command(kind: AlterTableType, command: &AlterTableCmd, object_type: i32) -> Lock {
    use AlterTableType as T;
    match kind {
        T::AtSetRelOptions | T::AtResetRelOptions if has_heavy_option(command, object_type) => Lock::AccessExclusive,
        T::AtDetachPartition if is_concurrent(command) => Lock::ShareUpdateExclusive,
        T::AtSetStatistics
        | T::AtSetOptions
        | T::AtResetOptions
        | T::AtClusterOn
        | T::AtDropCluster
        | T::AtSetRelOptions
        | T::AtResetRelOptions
        | T::AtValidateConstraint
        | T::AtAttachPartition
        | T::AtDetachPartitionFinalize => Lock::ShareUpdateExclusive,
        T::AtEnableTrig
        | T::AtEnableAlwaysTrig
        | T::AtEnableReplicaTrig
        | T::AtDisableTrig
        | T::AtEnableTrigAll
        | T::AtDisableTrigAll
        | T::AtEnableTrigUser
        | T::AtDisableTrigUser => Lock::ShareRowExclusive,
        T::AtAddConstraint if added_constraint(command).is_some_and(|(kind, _)| kind == ConstrType::ConstrForeign) => {
            Lock::ShareRowExclusive
        }
        _ => Lock::AccessExclusive,
    }
}

/// Storage parameters that readers must not see change under them.
fn has_heavy_option(command: &AlterTableCmd, object_type: i32) -> bool {
    let whole = command.def.as_ref().and_then(|d| d.node.as_ref()).map(tree::value).unwrap_or_default();
    let mut heavy = object_type == ObjectType::ObjectView as i32;
    tree::walk(&whole, &mut |fields| {
        let name = fields.get("defname").and_then(serde_json::Value::as_str).unwrap_or_default();
        heavy |= ["user_catalog_table", "buffering", "fastupdate", "autosummarize"].contains(&name);
    });
    heavy
}

fn is_concurrent(command: &AlterTableCmd) -> bool {
    matches!(command.def.as_ref().and_then(|d| d.node.as_ref()), Some(NodeEnum::PartitionCmd(p)) if p.concurrent)
}

#[cfg(test)]
mod tests {
    use crate::analysis::analyze;

    fn locks(sql: &str) -> Vec<String> {
        let found = analyze(sql).expect("SQL").into_iter().flat_map(|a| a.findings).filter(|f| f.rule == "locks_table");
        found
            .map(|f| format!("{} {}", f.object.map(|o| o.to_string()).unwrap_or_default(), f.message.split(':').next().unwrap_or_default()))
            .collect()
    }

    #[test]
    fn every_relation_is_named_once_with_its_strongest_lock() {
        assert_eq!(locks("create table a (id int references b, c int references d)"), ["b SHARE ROW EXCLUSIVE", "d SHARE ROW EXCLUSIVE"]);
        assert_eq!(locks("alter table a add foreign key (x) references s.b"), ["a SHARE ROW EXCLUSIVE", "s.b SHARE ROW EXCLUSIVE"]);
        assert_eq!(locks("alter table a attach partition b for values in (1)"), ["a SHARE UPDATE EXCLUSIVE", "b ACCESS EXCLUSIVE"]);
        assert_eq!(locks("alter table a alter b set statistics 3, drop column c"), ["a ACCESS EXCLUSIVE"]);
        assert_eq!(locks("lock a, b in exclusive mode"), ["a EXCLUSIVE", "b EXCLUSIVE"]);
        assert_eq!(locks("lock a in row share mode"), [""; 0]);
        assert_eq!(locks("truncate a, b"), ["a ACCESS EXCLUSIVE", "b ACCESS EXCLUSIVE"]);
        assert_eq!(locks("reindex table concurrently a"), ["a SHARE UPDATE EXCLUSIVE"]);
        assert_eq!(locks("create function f() returns int language sql as 'select 1'"), [""; 0]);
    }
}
