//! What a migration will do, known by parsing it before it runs.

use std::path::PathBuf;

use pggit_sql::analysis::{Action, Finding, Name, Touched, analyze_statement};
use pggit_sql::graph::{DependencyGraph, Object};
use pggit_sql::script::{Script, Statement, pieces};
use serde::Serialize;

use crate::LocalMigration;

/// The longest statement that is analysed, in bytes, and the most statements of one migration.
const LONGEST_STATEMENT: usize = 256 * 1024;
const MOST_STATEMENTS: usize = 10_000;

/// The longest script that is parsed as a whole, in bytes.
const LONGEST_SCRIPT: usize = 1024 * 1024;

/// An object that a statement does not name, and that it affects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependant {
    /// The object.
    #[serde(flatten)]
    pub object: Object,
    /// The objects between it and the one that the statement changes, which is the last.
    pub through: Vec<String>,
}

/// What one statement will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// The line that it begins on.
    pub line: usize,
    /// Its text.
    pub statement: String,
    /// The objects that it names.
    pub touched: Vec<Touched>,
    /// The views, functions and tables that depend on what it changes, by the catalogs of the database.
    pub dependants: Vec<Dependant>,
    /// What it locks, rewrites, loses or breaks.
    pub findings: Vec<Finding>,
    /// What only running it would tell.
    pub unknown: Vec<String>,
}

/// A part of a migration that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// The line that it begins on.
    pub line: usize,
    /// Why.
    pub reason: String,
}

/// What a migration will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Impact {
    /// The tool's name for it.
    pub id: String,
    /// Its file.
    pub path: PathBuf,
    /// Its statements, in order.
    pub effects: Vec<Effect>,
    /// What is not understood of it.
    pub unread: Vec<Unread>,
}

/// Parses a migration and says what each of its statements will do to a database with these dependencies. A name that says no schema is
/// one of the schema given.
///
/// ```
/// use pggit_migrate::{LocalMigration, impact};
/// use pggit_sql::DependencyGraph;
/// let migration = LocalMigration { sql: Some("-- goes\ndrop table orders;".into()), ..LocalMigration::default() };
/// let impact = impact(&migration, &DependencyGraph::default(), "public");
/// assert_eq!(impact.effects[0].line, 2);
/// assert!(impact.effects[0].findings.iter().any(|f| f.rule == "drops_table"));
/// ```
#[must_use]
pub fn impact(migration: &LocalMigration, graph: &DependencyGraph, schema: &str) -> Impact {
    let mut impact = Impact { id: migration.id.clone(), path: migration.path.clone(), effects: Vec::new(), unread: Vec::new() };
    let first = migration.line.max(1);
    let Some(sql) = &migration.sql else {
        let (line, reason) = migration.obstacle.clone().unwrap_or((first, "it is not SQL".into()));
        impact.unread.push(Unread { line, reason });
        return impact;
    };
    let sql = without_copied_rows(sql);
    let mut add = |statement: Statement, line: usize, unread: &mut Vec<Unread>| match analyze_statement(statement) {
        Ok(analysis) => {
            let dependants = dependants(&analysis.statement.text, &analysis.touched, graph, schema);
            impact.effects.push(Effect {
                line,
                statement: analysis.statement.text,
                touched: analysis.touched,
                dependants,
                findings: analysis.findings,
                unknown: unknown(analysis.references.unknown, analysis.unknown_effects),
            });
        }
        Err(error) => unread.push(Unread { line, reason: error.to_string() }),
    };
    let mut unread = Vec::new();
    for (number, piece) in statements(&sql).into_iter().enumerate() {
        match piece {
            _ if number == MOST_STATEMENTS => {
                unread.push(Unread { line: first, reason: format!("only the first {MOST_STATEMENTS} statements are looked at") });
                break;
            }
            Ok(statement) if statement.text.len() <= LONGEST_STATEMENT => {
                let line = first + statement.line - 1;
                add(statement, line, &mut unread);
            }
            Ok(statement) => unread.push(too_long(first + statement.line - 1, &statement.text)),
            Err(bad) => unread.push(Unread { line: first + bad.line - 1, ..bad }),
        }
    }
    impact.unread = unread;
    impact
}

fn too_long(line: usize, text: &str) -> Unread {
    Unread { line, reason: format!("a statement of {} KB is not looked at", text.len() / 1024) }
}

/// The statements of a script, or what is wrong with one. Where it cannot be parsed as a whole, each stands on its own.
fn statements(sql: &str) -> Vec<Result<Statement, Unread>> {
    if sql.len() <= LONGEST_SCRIPT
        && let Ok(script) = Script::parse(sql)
    {
        return script.statements.into_iter().map(Ok).collect();
    }
    let found = match pieces(sql) {
        Ok(found) => found,
        Err(bad) => return vec![Err(Unread { line: bad.line, reason: bad.reason })],
    };
    let mut statements = Vec::new();
    for (line, text) in found {
        if text.len() > LONGEST_STATEMENT {
            statements.push(Err(too_long(line, text)));
            continue;
        }
        match Script::parse(text) {
            Ok(script) => statements.extend(script.statements.into_iter().map(|s| Ok(Statement { line: line + s.line - 1, ..s }))),
            Err(error) => statements.push(Err(Unread { line, reason: error.to_string() })),
        }
        if statements.len() > MOST_STATEMENTS {
            break;
        }
    }
    statements
}

/// What depends on the objects that a statement changes so that who uses them can notice.
fn dependants(text: &str, touched: &[Touched], graph: &DependencyGraph, schema: &str) -> Vec<Dependant> {
    let words: Vec<_> = text.split_whitespace().take(3).map(str::to_lowercase).collect();
    let is_quiet = match words.first().map(String::as_str) {
        Some("comment" | "grant" | "revoke" | "insert" | "update" | "delete" | "merge" | "copy" | "select" | "with") => true,
        Some("create") => words.iter().any(|w| w == "index" || w == "statistics"),
        _ => false,
    };
    if is_quiet {
        return Vec::new();
    }
    let mut found: Vec<Dependant> = Vec::new();
    let changes = touched.iter().filter(|t| matches!(t.action, Action::Alter | Action::Drop | Action::Create));
    let qualified =
        |t: &Touched| Name { schema: Some(t.name.schema.clone().unwrap_or_else(|| schema.to_owned())), name: t.name.name.clone() };
    for object in changes.flat_map(|t| graph.find(&qualified(t))) {
        for path in graph.dependants(&object.identity) {
            let Some((first, rest)) = path.split_first() else { continue };
            let through = rest.iter().map(|o| o.identity.clone()).collect();
            if !found.iter().any(|d| d.object == **first) {
                found.push(Dependant { object: (*first).clone(), through });
            }
        }
    }
    found
}

/// Rows after COPY ... FROM STDIN are no SQL: their lines are emptied, up to the line that ends them.
fn without_copied_rows(sql: &str) -> std::borrow::Cow<'_, str> {
    let begins = |line: &str| {
        let line = line.trim().to_ascii_lowercase();
        line.starts_with("copy ") && line.ends_with(';') && line.contains(" from stdin")
    };
    if !sql.lines().any(begins) {
        return sql.into();
    }
    let mut copying = false;
    let kept = sql.split('\n').map(|line| match (copying, line.trim_end()) {
        (true, end) => {
            copying = end != "\\.";
            ""
        }
        (false, _) => {
            copying = begins(line);
            line
        }
    });
    kept.collect::<Vec<_>>().join("\n").into()
}

/// What cannot be known of what a statement refers to and of what it changes, each once.
fn unknown(mut references: Vec<String>, effects: Vec<String>) -> Vec<String> {
    for reason in effects {
        if !references.contains(&reason) {
            references.push(reason);
        }
    }
    references
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sql: &str) -> Impact {
        let migration = LocalMigration { sql: Some(sql.into()), line: 10, ..LocalMigration::default() };
        impact(&migration, &DependencyGraph::default(), "public")
    }

    #[test]
    fn every_statement_stands_on_its_own() {
        let found = of("create table a (id int);\n\n-- nonsense\ncreat tabel b;\nalter table a\n  drop column id;");
        assert_eq!(found.effects.iter().map(|e| e.line).collect::<Vec<_>>(), [10, 14]);
        assert_eq!(found.unread.iter().map(|u| u.line).collect::<Vec<_>>(), [13]);
        assert!(found.unread[0].reason.contains("creat"), "{:?}", found.unread);
    }

    #[test]
    fn copied_rows_are_no_sql() {
        let found = of("copy t (a) from stdin;\n1;\n'\n\\.\ndrop table t;");
        assert_eq!((found.effects.len(), found.unread.len()), (2, 0), "{found:?}");
        assert_eq!(found.effects[1].line, 14);
    }

    #[test]
    fn what_never_ends_is_found_where_it_begins() {
        for (sql, line) in [
            ("select 1;\nselect 'a\n\n", 11),
            ("/* a\n/* b */\n", 10),
            ("select 1;\n\nselect $x$ $$ a", 12),
            ("select \"a", 10),
            ("select '\0'", 10),
        ] {
            assert_eq!(of(sql).unread.iter().map(|u| u.line).collect::<Vec<_>>(), [line], "{sql:?} {:?}", of(sql));
        }
        assert_eq!(of(&format!("select '{}'", "a".repeat(LONGEST_STATEMENT))).unread[0].reason, "a statement of 256 KB is not looked at");
    }
}
