//! What a statement refers to: relations and functions by name, inside the bodies of functions too; and where that cannot be known.

use std::collections::BTreeSet;

use pg_query::protobuf::node::Node;
use serde::Serialize;
use serde_json::Value;

use super::{Name, tree};

/// The names in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct References {
    /// Tables, views and the like.
    pub relations: BTreeSet<Name>,
    /// Functions and procedures that are called.
    pub functions: BTreeSet<Name>,
    /// What only running it would tell, in words: dynamic SQL, a language that is not read here.
    pub unknown: Vec<String>,
}

/// Adds what a node of a statement refers to. The text is that of the whole statement, which `PL/pgSQL` is parsed from.
pub fn collect(node: &Node, text: &str, found: &mut References) {
    names(&tree::value(node), found);
    match node {
        Node::CreateFunctionStmt(function) => {
            let option = |name: &str| {
                function.options.iter().find_map(|o| match &o.node {
                    Some(Node::DefElem(e)) if e.defname == name => e.arg.as_ref().and_then(|a| a.node.as_ref()),
                    _ => None,
                })
            };
            let language = match option("language") {
                Some(Node::String(s)) => s.sval.to_lowercase(),
                _ => "sql".to_owned(),
            };
            if let Some(Node::List(body)) = option("as")
                && let Some(body) = tree::strings(&body.items).first()
            {
                let result = function.return_type.as_ref().and_then(|t| tree::strings(&t.names).pop());
                let of_trigger = match result.as_deref() {
                    Some("trigger") => Some(function_around(body, TRIGGER_VARIABLES, "record")),
                    Some("event_trigger") => Some(function_around(body, TRIGGER_VARIABLES, "void")),
                    _ => None,
                };
                body_of(&language, body, of_trigger.as_deref().unwrap_or(text), found);
            }
        }
        Node::DoStmt(_) => {
            let (statements, unknown) = block_statements(node, text);
            statements.iter().for_each(|statement| names(&tree::value(statement), found));
            found.unknown.extend(unknown);
        }
        _ => {}
    }
}

/// What a statement refers to, the body of a function that it makes included.
///
/// ```
/// use pggit_sql::analysis::statement_references;
/// let function = "create function f(which text) returns text language plpgsql as 'begin return (select name from shop.customers); end'";
/// assert_eq!(statement_references(function).relations.len(), 1);
/// ```
#[must_use]
pub fn statement_references(text: &str) -> References {
    let mut found = References::default();
    match pg_query::parse(text, 0) {
        Ok(parsed) => {
            parsed.protobuf.stmts.iter().filter_map(|s| s.stmt.as_ref()?.node.as_ref()).for_each(|node| collect(node, text, &mut found))
        }
        Err(error) => found.unknown.push(format!("a statement that cannot be parsed: {error}")),
    }
    found
}

/// What the body of a function refers to, by its language. A body in `PL/pgSQL` that uses arguments needs the whole statement:
/// [`statement_references`].
///
/// ```
/// use pggit_sql::analysis::body_references;
/// let found = body_references("sql", "select name from shop.customers");
/// assert_eq!(found.relations.iter().next().map(ToString::to_string).as_deref(), Some("shop.customers"));
/// let dynamic = body_references("plpgsql", "begin execute 'drop table ' || which; end");
/// assert_eq!(dynamic.unknown.len(), 1);
/// ```
#[must_use]
pub fn body_references(language: &str, body: &str) -> References {
    // Its parser wants to know what RETURN may give.
    let read = |(variables, result): (&str, &str)| {
        let mut found = References::default();
        body_of(language, body, &function_around(body, variables, result), &mut found);
        found
    };
    let tried =
        [("", "int"), ("", "void"), ("", "setof int"), (TRIGGER_VARIABLES, "record"), (TRIGGER_VARIABLES, "void")].into_iter().map(read);
    let fewest = tried.min_by_key(|found| found.unknown.len());
    fewest.unwrap_or_default()
}

/// What functions of triggers and event triggers find declared. The parser cannot give back what it has read of a function that returns
/// `trigger`, so that these stand as arguments.
const TRIGGER_VARIABLES: &str = "new record, old record, tg_name name, tg_when text, tg_level text, tg_op text, tg_relid oid, tg_relname name, \
    tg_table_name name, tg_table_schema name, tg_nargs int, tg_argv text[], tg_event text, tg_tag text";

fn function_around(body: &str, arguments: &str, result: &str) -> String {
    let quoted = body.replace('\'', "''").replace('\\', "\\\\");
    format!("create function pg_temp.f({arguments}) returns {result} language plpgsql as E'{quoted}'")
}

/// `PL/pgSQL` is parsed with the statement around it, for its parser wants one.
fn body_of(language: &str, body: &str, statement: &str, found: &mut References) {
    match language {
        "sql" => sql(body, found),
        "plpgsql" => plpgsql(statement, found),
        "c" | "internal" => {}
        other => found.unknown.push(format!("the language {other} is not read")),
    }
}

fn sql(text: &str, found: &mut References) {
    match pg_query::parse(text, 0) {
        Ok(parsed) => {
            for node in parsed.protobuf.stmts.iter().filter_map(|s| s.stmt.as_ref()?.node.as_ref()) {
                names(&tree::value(node), found);
            }
        }
        Err(error) => found.unknown.push(format!("a body that cannot be parsed: {error}")),
    }
}

fn plpgsql(statement: &str, found: &mut References) {
    let (statements, unknown) = plpgsql_statements(statement);
    statements.iter().for_each(|statement| names(&tree::value(statement), found));
    found.unknown.extend(unknown);
}

/// The statements and expressions of a DO block, each as a statement, and what cannot be known of it.
pub fn block_statements(node: &Node, text: &str) -> (Vec<Node>, Vec<String>) {
    let Node::DoStmt(block_of) = node else { return Default::default() };
    let option = |name: &str| {
        block_of.args.iter().find_map(|o| match &o.node {
            Some(Node::DefElem(e)) if e.defname == name => match e.arg.as_ref().and_then(|a| a.node.as_ref()) {
                Some(Node::String(s)) => Some(s.sval.clone()),
                _ => None,
            },
            _ => None,
        })
    };
    match option("language").map(|language| language.to_lowercase()) {
        Some(other) if other != "plpgsql" => (Vec::new(), vec![format!("the language {other} is not read")]),
        _ => plpgsql_statements(&format!("create function pg_temp.f() returns void language plpgsql as {}", block(text))),
    }
}

/// The same for the body of a function, in the statement that makes it.
fn plpgsql_statements(statement: &str) -> (Vec<Node>, Vec<String>) {
    let (mut statements, mut unknown) = (Vec::new(), Vec::new());
    let parsed = match pg_query::parse_plpgsql(statement) {
        Ok(parsed) => parsed,
        Err(error) => return (statements, vec![format!("a body that cannot be parsed: {error}")]),
    };
    let mut queries = Vec::new();
    tree::walk(&parsed, &mut |fields| {
        if fields.contains_key("PLpgSQL_stmt_dynexecute") || fields.contains_key("dynquery") {
            unknown.push("dynamic SQL (EXECUTE)".to_owned());
        }
        if let Some(query) = fields.get("PLpgSQL_expr").and_then(|e| e.get("query")).and_then(Value::as_str) {
            queries.push(query.to_owned());
        }
    });
    for query in queries {
        // Most expressions are no statements: x := f(y) has the text f(y).
        let as_value = format!("select {query}");
        let assigned = query.split_once(":=").map(|(_, value)| format!("select {value}"));
        let parsed = [Some(&query), Some(&as_value), assigned.as_ref()].into_iter().flatten().find_map(|t| pg_query::parse(t, 0).ok());
        match parsed {
            Some(parsed) => statements.extend(parsed.protobuf.stmts.into_iter().filter_map(|s| s.stmt?.node)),
            None => unknown.push(format!("an expression that cannot be parsed: {query}")),
        }
    }
    (statements, unknown)
}

/// The body of DO with its quotes.
fn block(text: &str) -> &str {
    let start = text.find(['$', '\'']).unwrap_or(0);
    let end = text.rfind(['$', '\'']).map_or(text.len(), |p| p + 1);
    text.get(start..end).unwrap_or("''")
}

/// The relations and functions that a tree names. A name without a schema that the statement itself defines (WITH) is none.
fn names(tree: &Value, found: &mut References) {
    let mut own = BTreeSet::new();
    tree::walk(tree, &mut |fields| {
        if let Some(name) = fields.get("ctename").and_then(Value::as_str) {
            own.insert(name);
        }
    });
    tree::walk(tree, &mut |fields| {
        if let (Some(schema), Some(name)) =
            (fields.get("schemaname").and_then(Value::as_str), fields.get("relname").and_then(Value::as_str))
            && !name.is_empty()
            && !(schema.is_empty() && own.contains(name))
        {
            found.relations.insert(Name::new(schema, name));
        }
        let called = fields.get("FuncCall").or_else(|| fields.get("CreateTrigStmt")).and_then(|c| c.get("funcname"));
        if let Some(name) = called.and_then(|parts| Name::from_parts(&tree::value_strings(parts)))
            && name.schema.as_deref() != Some("pg_catalog")
        {
            found.functions.insert(name);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(found: &References) -> Vec<String> {
        found.relations.iter().chain(&found.functions).map(ToString::to_string).collect()
    }

    #[test]
    fn bodies_are_read() {
        let body = "declare n int := a.start(); begin select count(*) into n from a.t where exists (select from b.u); perform c.f(n); if n > (select 1 from d.v) then return; end if; insert into e.w values (n); end";
        assert_eq!(all(&body_references("plpgsql", body)), ["a.t", "b.u", "d.v", "e.w", "count", "a.start", "c.f"]);
        assert_eq!(body_references("plpgsql", body).unknown, [""; 0]);
        assert_eq!(body_references("plpython3u", "x").unknown.len(), 1);
        assert_eq!(body_references("plpgsql", "begin nonsense nonsense; end").unknown.len(), 1);
    }

    #[test]
    fn bodies_of_triggers_are_read() {
        let row = "begin if tg_op = 'DELETE' then insert into a.log values (old.id); return old; end if; new.x := b.f(1); return new; end";
        let event = "declare n int; begin if tg_tag = 'x' then return; end if; perform b.f(1); insert into a.log values (tg_event); end";
        for (body, result) in [(row, "trigger"), (event, "event_trigger")] {
            let quoted = body.replace('\'', "''");
            let made = statement_references(&format!("create function f() returns {result} language plpgsql as '{quoted}'"));
            for found in [body_references("plpgsql", body), made] {
                assert_eq!((all(&found), &found.unknown[..]), (vec!["a.log".into(), "b.f".into()], &[][..]), "{result}");
            }
        }
    }

    #[test]
    fn dynamic_sql_is_unknown_and_never_guessed() {
        let found = body_references("plpgsql", "begin execute 'select * from a.t'; end");
        assert_eq!((found.relations.len(), found.unknown.len()), (0, 1));
    }
}
