//! Bodies of functions, by PostgreSQL's own lexer and parsers: whether two of them mean the same in other words.

use pg_query::NodeEnum;
use pg_query::protobuf::{Node, Token};
use pggit_core::model::body::normalise_body;
use serde_json::Value;

use crate::script::canonical;

/// The texts of the tokens that PostgreSQL's lexer finds, comments left out; none where it finds an error.
///
/// ```
/// assert_eq!(pggit_sql::body::lexed("select 1+2 -- three").expect("a query that can be read"), ["select", "1", "+", "2"]);
/// ```
#[must_use]
pub fn lexed(text: &str) -> Option<Vec<String>> {
    let found = pg_query::scan(text).ok()?;
    let is_comment = |token: i32| token == Token::SqlComment as i32 || token == Token::CComment as i32;
    let tokens = found.tokens.iter().filter(|t| !is_comment(t.token));
    tokens.map(|t| text.get(usize::try_from(t.start).ok()?..usize::try_from(t.end).ok()?).map(str::to_owned)).collect()
}

/// Whether two statements CREATE FUNCTION or CREATE PROCEDURE make functions of which one could stand for the other, as far as their
/// parse trees tell; none where a body is in a language that is not read here, or cannot be parsed.
///
/// ```
/// use pggit_sql::body::means_the_same;
/// let one = "create function f(a int) returns int language sql as 'SELECT a+1'";
/// assert_eq!(means_the_same(one, "create function f(a int) returns int language sql as 'select a + 1 -- one more'"), Some(true));
/// assert_eq!(means_the_same(one, "create function f(a int) returns int language sql as 'select a + 2'"), Some(false));
/// ```
#[must_use]
pub fn means_the_same(one: &str, other: &str) -> Option<bool> {
    Some(meaning(one)? == meaning(other)?)
}

/// What a function does, as a value that is equal for whatever is spelled otherwise only.
fn meaning(statement: &str) -> Option<(String, Value)> {
    let mut parsed = pg_query::parse(statement, 0).ok()?;
    let [raw] = parsed.protobuf.stmts.as_mut_slice() else { return None };
    let NodeEnum::CreateFunctionStmt(function) = raw.stmt.as_mut()?.node.as_mut()? else { return None };
    let mut language = "sql".to_owned();
    let mut body = None;
    for option in &mut function.options {
        let Some(NodeEnum::DefElem(element)) = option.node.as_mut() else { continue };
        match (element.defname.as_str(), element.arg.as_mut().and_then(|a| a.node.as_mut())) {
            ("language", Some(NodeEnum::String(s))) => language = s.sval.to_lowercase(),
            ("as", Some(NodeEnum::List(list))) => {
                if let [Node { node: Some(NodeEnum::String(s)) }] = list.items.as_mut_slice() {
                    body = Some(std::mem::take(&mut s.sval));
                }
            }
            _ => {}
        }
    }
    let frame = parsed.deparse(pg_query::DeparseOptions::default()).ok()?;
    let body = match (language.as_str(), body) {
        (_, None) => Value::Null,
        ("sql", Some(body)) => Value::String(canonical(&body)?),
        ("plpgsql", Some(_)) => {
            let mut tree = pg_query::parse_plpgsql(statement).ok()?;
            settle(&mut tree)?;
            tree
        }
        _ => return None,
    };
    Some((frame, body))
}

/// Takes out of a tree of `PL/pgSQL` where things stand, and writes what is SQL in it in one spelling.
fn settle(tree: &mut Value) -> Option<()> {
    match tree {
        Value::Object(fields) => {
            fields.retain(|name, _| !matches!(name.as_str(), "lineno" | "location"));
            for (name, field) in fields.iter_mut() {
                match field {
                    Value::String(query) if name == "query" => *query = expression(query)?,
                    _ => settle(field)?,
                }
            }
        }
        Value::Array(items) => items.iter_mut().try_for_each(settle)?,
        _ => {}
    }
    Some(())
}

/// A query, an expression or an assignment in one spelling.
fn expression(query: &str) -> Option<String> {
    if let Some(statement) = canonical(query) {
        return Some(statement);
    }
    if let Some(value) = canonical(&format!("select {query}")) {
        return Some(value);
    }
    let (target, value) = query.split_once(":=").or_else(|| query.split_once('='))?;
    Some(format!("{} := {}", normalise_body(target), canonical(&format!("select {value}"))?))
}
