//! What cannot run in a transaction, and so can end half done.

use pg_query::protobuf::ObjectType;
use pg_query::protobuf::node::Node;

use super::{Finding, Parsed, Severity, commands, finding, has_option};

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let what = match parsed.node {
        Node::IndexStmt(s) if s.concurrent => "CREATE INDEX CONCURRENTLY",
        Node::DropStmt(s) if s.concurrent && s.remove_type == ObjectType::ObjectIndex as i32 => "DROP INDEX CONCURRENTLY",
        Node::ReindexStmt(s) if has_option(&s.params, "concurrently") || s.kind > 2 => "this REINDEX",
        Node::VacuumStmt(s) if s.is_vacuumcmd => "VACUUM",
        Node::CreatedbStmt(_) => "CREATE DATABASE",
        Node::DropdbStmt(_) => "DROP DATABASE",
        Node::CreateTableSpaceStmt(_) => "CREATE TABLESPACE",
        Node::DropTableSpaceStmt(_) => "DROP TABLESPACE",
        Node::AlterSystemStmt(_) => "ALTER SYSTEM",
        Node::AlterTableStmt(_) if detaches(parsed) => "DETACH PARTITION CONCURRENTLY",
        _ => return Vec::new(),
    };
    let message = format!("{what} cannot run in a transaction; when it fails it can leave something behind");
    vec![finding(Severity::Note, parsed.target(), message, Some("Run it by itself."))]
}

fn detaches(parsed: &Parsed<'_>) -> bool {
    use pg_query::NodeEnum;
    commands(parsed.node)
        .iter()
        .any(|(_, c)| c.def.as_ref().and_then(|d| d.node.as_ref()).is_some_and(|n| matches!(n, NodeEnum::PartitionCmd(p) if p.concurrent)))
}
