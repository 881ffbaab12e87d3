//! What a statement runs besides itself, and where only running it would tell what it changes: DO, calls of functions, dynamic SQL, and
//! statements whose objects have no name here.

use pg_query::NodeEnum;
use pg_query::protobuf::node::Node;
use serde_json::Value;

use super::{Action, Touched, objects, references, tree};

/// PostgreSQL's own functions that change nothing and are written without a schema.
const HARMLESS: &[&str] = &[
    "array_agg",
    "array_length",
    "avg",
    "cardinality",
    "clock_timestamp",
    "concat",
    "count",
    "current_database",
    "current_setting",
    "format",
    "gen_random_uuid",
    "generate_series",
    "jsonb_build_object",
    "length",
    "lower",
    "max",
    "min",
    "now",
    "quote_ident",
    "quote_literal",
    "replace",
    "string_agg",
    "sum",
    "to_regclass",
    "to_regproc",
    "to_regtype",
    "unnest",
    "upper",
    "version",
];

/// The statements in the body of DO, as far as its text has them.
pub fn body(node: &Node, text: &str) -> Vec<Node> {
    match node {
        Node::DoStmt(_) => references::block_statements(node, text).0,
        _ => Vec::new(),
    }
}

/// Why only running a statement would tell what it changes; nothing where its text tells.
pub fn unknown(node: &Node, text: &str, touched: &[Touched]) -> Vec<String> {
    match node {
        Node::DoStmt(_) => {
            let (statements, mut reasons) = references::block_statements(node, text);
            for statement in &statements {
                let mut own = Vec::new();
                objects::collect(statement, &mut own);
                reasons.extend(unknown(statement, text, &own));
            }
            reasons.dedup();
            reasons
        }
        Node::CallStmt(_) => vec!["a procedure is called".to_owned()],
        Node::ExecuteStmt(_) => vec!["a prepared statement is run".to_owned()],
        Node::SelectStmt(_) => called(node),
        Node::ExplainStmt(explain) => match explain.query.as_ref().and_then(|q| q.node.as_ref()) {
            Some(query @ Node::SelectStmt(_)) => called(query),
            Some(Node::ExecuteStmt(_)) => vec!["a prepared statement is run".to_owned()],
            _ => Vec::new(),
        },
        Node::VariableSetStmt(_)
        | Node::VariableShowStmt(_)
        | Node::NotifyStmt(_)
        | Node::ListenStmt(_)
        | Node::UnlistenStmt(_)
        | Node::LockStmt(_)
        | Node::DiscardStmt(_)
        | Node::CheckPointStmt(_)
        | Node::ConstraintsSetStmt(_)
        | Node::PrepareStmt(_)
        | Node::DeallocateStmt(_)
        | Node::DeclareCursorStmt(_)
        | Node::FetchStmt(_)
        | Node::ClosePortalStmt(_)
        | Node::CopyStmt(_)
        | Node::TransactionStmt(_)
        | Node::VacuumStmt(_)
        | Node::ReindexStmt(_) => Vec::new(),
        _ if touched.iter().any(|t| t.action != Action::Read) => Vec::new(),
        _ => vec!["its text names no object that it changes".to_owned()],
    }
}

/// The functions that a query calls.
fn called(node: &Node) -> Vec<String> {
    let mut found = Vec::new();
    tree::walk(&tree::value(node), &mut |fields| {
        let parts = fields.get("FuncCall").and_then(|call| call.get("funcname")).map(tree::value_strings);
        let is_harmless = |parts: &[String]| match parts {
            [name] => HARMLESS.contains(&name.as_str()),
            _ => false,
        };
        if let Some(parts) = parts.filter(|parts| !is_harmless(parts)) {
            let reason = format!("{}() is called", parts.join("."));
            if !found.contains(&reason) {
                found.push(reason);
            }
        }
    });
    found
}

/// Relations that a query writes in its WITH, or wherever else a statement stands in another one.
pub fn written_inside(node: &Node) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let is_query = matches!(
        node,
        NodeEnum::SelectStmt(_)
            | NodeEnum::InsertStmt(_)
            | NodeEnum::UpdateStmt(_)
            | NodeEnum::DeleteStmt(_)
            | NodeEnum::MergeStmt(_)
            | NodeEnum::ExplainStmt(_)
            | NodeEnum::CopyStmt(_)
    );
    if !is_query {
        return found;
    }
    tree::walk(&tree::value(node), &mut |fields| {
        let writing = ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"].iter().filter_map(|kind| fields.get(*kind)?.get("relation"));
        for relation in writing {
            let part = |name: &str| relation.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            found.push((part("schemaname"), part("relname")));
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use crate::analysis::analyze;

    fn unknown(sql: &str) -> Vec<String> {
        analyze(sql).expect("SQL").into_iter().flat_map(|a| a.unknown_effects).collect()
    }

    #[test]
    fn what_only_running_tells_is_said() {
        for (sql, expected) in [
            ("select 1", &[][..]),
            ("select count(*), now() from a.t", &[]),
            ("select a.f(1)", &["a.f() is called"]),
            ("select setval('s', 3)", &["setval() is called"]),
            ("call p()", &["a procedure is called"]),
            ("do $$ begin alter table a.t add x int; end $$", &[]),
            ("do 'begin perform f(); end'", &["f() is called"]),
            ("do $$ begin execute 'drop table a.t'; end $$", &["dynamic SQL (EXECUTE)"]),
            ("do $$ declare n int; begin n := g(); end $$", &["g() is called"]),
            ("do language plpython3u 'x'", &["the language plpython3u is not read"]),
            ("reassign owned by a to b", &["its text names no object that it changes"]),
            ("create role r", &["its text names no object that it changes"]),
            ("create table a.t (id int)", &[]),
            ("set search_path = a", &[]),
            ("explain analyze select f()", &["f() is called"]),
        ] {
            assert_eq!(unknown(sql), expected, "{sql}");
        }
    }
}
