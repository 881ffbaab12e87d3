//! Changelogs in SQL: formatted, with `--changeset` lines, and plain files that are one changeset as a whole.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::node::{Node, Value, trimmed};
use crate::MigrationError;

/// A pattern for a whole line in any case, where `\s` and `\w` mean ASCII only and `~` is any character.
fn line_pattern(pattern: &str) -> Regex {
    let pattern = pattern
        .replace("\\s", "[ \\t\\x0b\\f\\r\\n]")
        .replace("\\S", "[^ \\t\\x0b\\f\\r\\n]")
        .replace("\\w", "[0-9A-Za-z_]")
        .replace('~', "[^\\n\\r\\x{85}\\x{2028}\\x{2029}]");
    Regex::new(&format!("(?i)\\A(?:{pattern})\\z")).expect("the pattern is written here and tested")
}

struct Patterns {
    first: Regex,
    property: Regex,
    changeset: Regex,
    comment: Regex,
    valid: Regex,
    ignored: Regex,
    rollback: Regex,
    long_rollback: Regex,
    long_end: Regex,
    precondition: Regex,
    /// Lines that look like one of these and are none, inside a changeset and anywhere.
    wrong: Regex,
    wrong_anywhere: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns {
    first: line_pattern(r"\s*--\s*liquibase\s*formatted~*"),
    property: line_pattern(r"\s*--\s*property\s+(~*:~*)\s+(~*:~*)~*"),
    changeset: line_pattern(r#"\s*--\s*changeset\s+("[^"]+"|[^:]+):\s*("[^"]+"|\S+)~*"#),
    comment: line_pattern(r"--\s*comment:? (~*)"),
    valid: line_pattern(r"--\s*validCheckSum:? (~*)"),
    ignored: line_pattern(r"--\s*ignoreLines:(\w+)"),
    rollback: line_pattern(r"\s*--\s*rollback (~*)"),
    long_rollback: line_pattern(r"\s*/\*\s*liquibase\s*rollback\s*"),
    long_end: line_pattern(r"~*\s*\*/\s*"),
    precondition: line_pattern(r"\s*--\s*(?:preconditions~*|precondition-[a-zA-Z0-9-]+(?: ~*)?)"),
    wrong: line_pattern(
        r"-\s*comment:? ~*|--\s*comments:? ~*|-\s*validCheckSum~*|\s*-\s*rollback\s~*|\s*-\s*preconditions\s~*|\s*-\s*precondition~*",
    ),
    wrong_anywhere: line_pattern(r"-\s*ignoreLines:\w+~*|--\s*ignore:\w+|-\s*changeset\s~*|\s*--\s*changeset\s*~*"),
});

/// The attributes of a `--changeset` line, each with what its value looks like.
static ATTRIBUTES: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    let word = r"\w+";
    let quoted = r#"".*?"|\S*"#;
    let attributes = [
        ("stripComments", word),
        ("splitStatements", word),
        ("endDelimiter", r"\S*"),
        ("runOnChange", word),
        ("runAlways", word),
        ("context", quoted),
        ("contextFilter", quoted),
        ("labels", quoted),
        ("logicalFilePath", r"\S*"),
        ("dbms", r"[^,][\w!,]+"),
        ("ignore", r"\w*"),
        ("name", r"\S+"),
        ("value", r"\S+"),
        ("global", r"\S+"),
    ];
    attributes.into_iter().map(|(name, value)| (name, line_pattern(&format!("~*{name}:({value})~*")))).collect()
});

/// The value of an attribute on a line: the last one, as Liquibase takes it.
fn attribute(line: &str, name: &str) -> Option<String> {
    let (_, pattern) = ATTRIBUTES.iter().find(|(known, _)| *known == name)?;
    let text = pattern.captures(line)?.get(1)?.as_str();
    Some(text.to_owned())
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// Whether a file in SQL is formatted.
pub(super) fn is_formatted(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split(['\n', '\r']).find(|line| trimmed(line).is_some()).is_some_and(|line| PATTERNS.first.is_match(line))
}

/// The changeset that a plain file is.
pub(super) fn read_plain(text: &str) -> Node {
    let mut changeset = Node::new("changeSet", 1);
    put(&mut changeset, "id", "raw");
    put(&mut changeset, "author", "includeAll");
    let mut sql = Node::new("sql", 1);
    sql.value = Value::Text(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned());
    put(&mut sql, "splitStatements", "false");
    changeset.children.push(sql);
    let mut root = Node::new("databaseChangeLog", 1);
    root.children.push(changeset);
    root
}

fn put(node: &mut Node, name: &str, text: &str) {
    let mut child = Node::new(name, node.line);
    child.value = Value::Text(text.to_owned());
    node.children.push(child);
}

/// Lines as Java reads them, with their numbers.
struct Lines<'a> {
    rest: &'a str,
    number: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let end = self.rest.find(['\n', '\r']).unwrap_or(self.rest.len());
        let (line, after) = self.rest.split_at(end);
        self.rest = after.strip_prefix("\r\n").or_else(|| after.strip_prefix(['\n', '\r'])).unwrap_or_default();
        Some(line)
    }
}

/// A changeset that is being read.
struct Open {
    node: Node,
    sql: Node,
    text: String,
}

/// The tree of a formatted changelog, the same as one in XML would have.
pub(super) fn read(path: &Path, text: &str) -> Result<Node, MigrationError> {
    let error = |line: usize, reason: &str| MigrationError::File { path: path.to_owned(), line, reason: reason.to_owned() };
    let patterns = &*PATTERNS;
    let mut root = Node::new("databaseChangeLog", 1);
    let mut lines = Lines { rest: text.strip_prefix('\u{feff}').unwrap_or(text), number: 0 };
    let mut open: Option<Open> = None;
    let mut previous: Option<Value> = None;
    while let Some(line) = lines.next() {
        let number = lines.number;
        if !line.contains(['-', '*']) {
            if let Some(open) = &mut open {
                open.text.push_str(line);
                open.text.push('\n');
            }
            continue;
        }
        if patterns.property.is_match(line) {
            root.children.push(property(line, number));
            continue;
        }
        if patterns.first.is_match(line) {
            root.children.retain(|child| child.name != "logicalFilePath");
            if let Some(path) = attribute(line, "logicalFilePath") {
                put(&mut root, "logicalFilePath", &path);
            }
        }
        if let Some(found) = patterns.ignored.captures(line) {
            ignore(&mut lines, &found[1]).map_err(|reason| error(number, reason))?;
            continue;
        }
        if let Some(found) = patterns.changeset.captures(line) {
            let (author, id) = (&found[1], &found[2]);
            if !line.contains(&format!("{author}:{id}")) {
                return Err(error(number, "a changeset begins as --changeset author:id"));
            }
            if let Some(done) = open.take() {
                let empty = done.node.line;
                let node = close(done);
                previous = node.children.last().map(|sql| sql.value.clone());
                if previous.as_ref().is_none_or(|sql| *sql == Value::Absent) {
                    return Err(error(empty, "the changeset has no SQL"));
                }
                root.children.push(node);
            }
            open = Some(begin(line, number, author, id));
            continue;
        }
        if patterns.wrong_anywhere.is_match(line) {
            return Err(error(number, "Liquibase does not understand the line"));
        }
        let Some(open) = &mut open else {
            if patterns.comment.is_match(line) {
                return Err(error(number, "a comment stands outside of changesets"));
            }
            continue;
        };
        if let Some(found) = patterns.valid.captures(line) {
            put(&mut open.node, "validCheckSum", &found[1]);
        } else if patterns.long_rollback.is_match(line) {
            if !lines.any(|line| patterns.long_end.is_match(line)) {
                return Err(error(number, "the rollback is not closed"));
            }
        } else if patterns.comment.is_match(line) || patterns.rollback.is_match(line) || patterns.precondition.is_match(line) {
            // No part of what runs.
        } else if patterns.wrong.is_match(line) {
            return Err(error(number, "Liquibase does not understand the line"));
        } else {
            open.text.push_str(line);
            open.text.push('\n');
        }
    }
    if let Some(mut done) = open {
        // Liquibase gives the last changeset the SQL of the one before when it has no line of its own.
        let inherits = done.text.is_empty();
        if trimmed(&done.text).is_some_and(|text| text.ends_with("\n/")) && done.sql.named("endDelimiter").next().is_none() {
            put(&mut done.sql, "endDelimiter", "\n/$");
        }
        let mut node = close(done);
        if let (true, Some(sql), Some(value)) = (inherits, node.children.last_mut(), previous) {
            sql.value = value;
        }
        root.children.push(node);
    }
    Ok(root)
}

/// Passes over the lines of `--ignoreLines:`.
fn ignore(lines: &mut Lines<'_>, what: &str) -> Result<(), &'static str> {
    if what == "start" {
        for line in lines.by_ref() {
            if PATTERNS.ignored.captures(line).is_some_and(|found| &found[1] == "end") {
                break;
            }
        }
        return Ok(());
    }
    let count: u64 = what.parse().map_err(|_| "ignoreLines takes start, end or a number")?;
    for _ in 0..count {
        if lines.next().is_none() {
            break;
        }
    }
    Ok(())
}

fn property(line: &str, number: usize) -> Node {
    let mut node = Node::new("property", number);
    for name in ["name", "value", "context", "contextFilter", "labels", "dbms", "global"] {
        if let Some(value) = attribute(line, name) {
            put(&mut node, name, unquoted(&value));
        }
    }
    node
}

fn begin(line: &str, number: usize, author: &str, id: &str) -> Open {
    let mut node = Node::new("changeSet", number);
    put(&mut node, "id", unquoted(id));
    put(&mut node, "author", unquoted(author));
    for name in ["runOnChange", "runAlways", "context", "contextFilter", "labels", "logicalFilePath", "dbms", "ignore"] {
        if let Some(value) = attribute(line, name) {
            put(&mut node, name, unquoted(&value));
        }
    }
    let mut sql = Node::new("sql", number);
    put(&mut sql, "stripComments", &attribute(line, "stripComments").unwrap_or_else(|| "true".to_owned()));
    for name in ["splitStatements", "endDelimiter"] {
        if let Some(value) = attribute(line, name) {
            put(&mut sql, name, &value);
        }
    }
    Open { node, sql, text: String::new() }
}

fn close(open: Open) -> Node {
    let Open { mut node, mut sql, text } = open;
    if let Some(text) = trimmed(&text) {
        sql.value = Value::Text(text.to_owned());
    }
    node.children.push(sql);
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let root = read(Path::new("x.sql"), text).expect("a changelog");
        let changesets = root.named("changeSet");
        changesets.map(|c| format!("{}:{} {}", text_of(c, "author"), text_of(c, "id"), text_of(c, "sql"))).collect()
    }

    fn text_of(node: &Node, name: &str) -> String {
        node.text(name).expect("a text").unwrap_or_default()
    }

    #[test]
    fn lines_that_do_not_run_are_left_out() {
        let text = "--liquibase formatted sql\n--property name:x value:y\r\n--changeset a:1\nselect 1;\n--comment no\n--rollback drop\n\
                    --preconditions onFail:HALT\n--precondition-sql-check expectedResult:0 select 1\n--ignoreLines:1\njunk\n\
                    --ignoreLines:start\njunk\n--ignoreLines:end\n/* liquibase rollback\n junk\n*/\n-- kept\n\
                    --changeset \"a b\":\"2 3\" endDelimiter:/\nselect 2\n--changeset a:4\n";
        assert_eq!(texts(text), ["a:1 select 1;\n-- kept", "a b:2 3 select 2", "a:4 select 2"]);
    }

    #[test]
    fn the_last_attribute_of_a_name_counts() {
        let line = "--changeset a:1 context:one context:\"t w o\" rollbackSplitStatements:false dbms:h2,postgresql";
        assert_eq!(attribute(line, "context").as_deref(), Some("\"t w o\""));
        assert_eq!(attribute(line, "splitStatements").as_deref(), Some("false"));
        assert_eq!(attribute(line, "dbms").as_deref(), Some("h2,postgresql"));
        assert_eq!(attribute(line, "labels"), None);
    }

    #[test]
    fn wrong_lines_are_named() {
        let cases = [
            ("--changeset a:1\n--changeset a:2\nselect 1", "x.sql:1: the changeset has no SQL"),
            ("\n--changeset nobody", "x.sql:2: "),
            ("--changeset a:1\n-rollback x", "x.sql:2: "),
            ("--comment a", "x.sql:1: "),
            ("--changeset a:1\n/* liquibase rollback", "x.sql:2: the rollback is not closed"),
            ("--ignoreLines:some", "x.sql:1: "),
        ];
        for (text, reason) in cases {
            let error = read(Path::new("x.sql"), text).expect_err(reason).to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
