//! A script of SQL: its statements, parsed by PostgreSQL's own parser.

mod splitting;

use serde::Serialize;

/// Text that PostgreSQL cannot parse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// The parser's own words.
    #[error("this is not SQL that PostgreSQL understands: {0}")]
    Syntax(String),
}

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// Its text, without the semicolon and the blanks around it.
    pub text: String,
    /// The line that it begins on, from 1.
    pub line: usize,
    /// The same for statements that differ in blanks, comments, case of keywords and constants only.
    pub fingerprint: String,
}

/// Statements in order.
///
/// ```
/// use pggit_sql::Script;
/// let script = Script::parse("create table t (id int);\n\n-- a comment\nalter table t add b text;")?;
/// assert_eq!(script.statements.len(), 2);
/// assert_eq!(script.statements[1].line, 4);
/// # Ok::<(), pggit_sql::ScriptError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Script {
    /// The statements.
    pub statements: Vec<Statement>,
}

impl Script {
    /// Parses a script. Nothing but blanks and comments is a script of no statements.
    ///
    /// # Errors
    /// [`ScriptError::Syntax`] for the first thing that PostgreSQL would refuse.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let syntax = |e: pg_query::Error| ScriptError::Syntax(e.to_string());
        let parsed = pg_query::parse(text, 0).map_err(syntax)?;
        let mut statements = Vec::new();
        for raw in &parsed.protobuf.stmts {
            let start = usize::try_from(raw.stmt_location).unwrap_or(0);
            let end = match usize::try_from(raw.stmt_len) {
                Ok(0) | Err(_) => text.len(),
                Ok(length) => (start + length).min(text.len()),
            };
            let Some(slice) = text.get(start..end) else {
                return Err(ScriptError::Syntax(format!("a statement does not end on a character, at byte {start}")));
            };
            let begin = start + leading(slice);
            let statement = text[begin..end].trim_end();
            statements.push(Statement {
                text: statement.to_owned(),
                line: text[..begin].matches('\n').count() + 1,
                fingerprint: pg_query::fingerprint(statement, 0, 0).map_err(syntax)?.hex,
            });
        }
        Ok(Self { statements })
    }
}

/// Text in which no statement can be told from the next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Unending {
    /// The line on which the trouble begins, from 1.
    pub line: usize,
    /// What it is.
    pub reason: String,
}

/// The texts of the statements of a script with the lines that they begin on, whether they can be parsed or not.
///
/// ```
/// use pggit_sql::script::pieces;
/// assert_eq!(pieces("select 1;\n-- two\ncreat nothing;")?, [(1, "select 1"), (3, "creat nothing")]);
/// assert_eq!(pieces("select 1;\nselect 'x;").expect_err("no end").line, 2);
/// # Ok::<(), pggit_sql::script::Unending>(())
/// ```
///
/// # Errors
/// [`Unending`] for a quote or a comment that does not end, and for a zero byte.
pub fn pieces(text: &str) -> Result<Vec<(usize, &str)>, Unending> {
    if let Some(place) = text.find('\0') {
        return Err(Unending { line: line_of(text, place), reason: "a zero byte: this is not text".into() });
    }
    let found = splitting::split(text)
        .map_err(|place| Unending { line: line_of(text, place), reason: "a quote or a comment does not end".into() })?;
    let (mut pieces, mut start, mut line) = (Vec::new(), 0, 1);
    for piece in found {
        let begin = start + leading(piece);
        line += text[start..begin].matches('\n').count();
        let statement = text[begin..start + piece.len()].trim_end();
        if !statement.is_empty() {
            pieces.push((line, statement));
        }
        // The semicolon stands between the pieces.
        let next = (start + piece.len() + 1).min(text.len());
        line += text[begin..next].matches('\n').count();
        start = next;
    }
    Ok(pieces)
}

fn line_of(text: &str, place: usize) -> usize {
    text[..place].matches('\n').count() + 1
}

/// A statement in one spelling for all that differ in blanks, comments and the case of keywords only; none for what cannot be parsed.
///
/// ```
/// use pggit_sql::script::canonical;
/// assert_eq!(canonical("SELECT  1 -- one"), canonical("select 1"));
/// assert_ne!(canonical("select 1"), canonical("select 2"));
/// ```
#[must_use]
pub fn canonical(statement: &str) -> Option<String> {
    pg_query::parse(statement, 0).and_then(|parsed| parsed.deparse(pg_query::DeparseOptions::default())).ok()
}

/// The length of the blanks and comments that a text begins with.
fn leading(text: &str) -> usize {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start();
        let after = if let Some(comment) = trimmed.strip_prefix("--") {
            comment.find('\n').map_or("", |n| &comment[n..])
        } else if trimmed.starts_with("/*") {
            block_comment(trimmed)
        } else {
            return text.len() - trimmed.len();
        };
        rest = after;
    }
}

/// What follows a block comment; they nest.
fn block_comment(text: &str) -> &str {
    let mut depth = 0;
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix("/*") {
            depth += 1;
            rest = inner;
        } else if let Some(outer) = rest.strip_prefix("*/") {
            depth -= 1;
            rest = outer;
            if depth == 0 {
                return rest;
            }
        } else {
            let mut characters = rest.chars();
            characters.next();
            rest = characters.as_str();
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<Statement> {
        Script::parse(text).expect("SQL").statements
    }

    #[test]
    fn statements_are_found_with_their_lines() {
        let found =
            parse("/* a /* nested */ one */ select 1;\n-- é\nselect ';' ; create function f() returns int language sql as $$ select 1; $$");
        assert_eq!(found.iter().map(|s| s.text.as_str()).collect::<Vec<_>>()[..2], ["select 1", "select ';'"]);
        assert_eq!(found.iter().map(|s| s.line).collect::<Vec<_>>(), [1, 3, 3]);
        assert!(found[2].text.ends_with("$$"));
    }

    #[test]
    fn blanks_comments_and_case_do_not_change_a_fingerprint() {
        let one = &parse("CREATE TABLE t (id int)")[0];
        let same = &parse("create  table t -- here\n (id int)")[0];
        let other = &parse("create table t (id bigint)")[0];
        assert_eq!(one.fingerprint, same.fingerprint);
        assert_ne!(one.fingerprint, other.fingerprint);
    }

    #[test]
    fn nothing_is_a_script_of_no_statements_and_nonsense_is_an_error() {
        assert!(parse(" -- nothing\n").is_empty());
        assert!(Script::parse("creat table t ()").expect_err("not SQL").to_string().contains("creat"));
    }
}
