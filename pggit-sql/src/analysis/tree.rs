//! Parse trees as values: for questions that are the same for every kind of statement.

use serde_json::Value;

/// A node as a value, to be walked whatever it is.
pub fn value(node: &pg_query::protobuf::node::Node) -> Value {
    serde_json::to_value(node).unwrap_or_default()
}

/// Visits every object of a tree, parents first.
pub fn walk<'a>(tree: &'a Value, visit: &mut dyn FnMut(&'a serde_json::Map<String, Value>)) {
    match tree {
        Value::Object(fields) => {
            visit(fields);
            fields.values().for_each(|field| walk(field, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        _ => {}
    }
}

/// The strings of a list of nodes: the parts of a name.
pub fn strings(list: &[pg_query::protobuf::Node]) -> Vec<String> {
    let string = |n: &pg_query::protobuf::Node| match &n.node {
        Some(pg_query::NodeEnum::String(s)) => Some(s.sval.clone()),
        _ => None,
    };
    list.iter().filter_map(string).collect()
}

/// The same for a list as a value.
pub fn value_strings(list: &Value) -> Vec<String> {
    let string = |n: &Value| n.pointer("/node/String/sval").and_then(Value::as_str).map(str::to_owned);
    list.as_array().into_iter().flatten().filter_map(string).collect()
}
