//! Changelogs in XML.

use std::path::Path;

use roxmltree::{Document, ParsingOptions};

use super::node::{Node, Value, trimmed};
use crate::MigrationError;

const DEEPEST: usize = 200;
const MOST_NODES: u32 = 4_000_000;

/// The tree of a changelog. A document that declares a type, and with it perhaps entities that grow without bound, is not read.
pub(super) fn read(path: &Path, text: &str) -> Result<Node, MigrationError> {
    let error = |line: u32, reason: String| MigrationError::File { path: path.to_owned(), line: line.max(1) as usize, reason };
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = Document::parse_with_options(text, options).map_err(|e| {
        if matches!(e, roxmltree::Error::DtdDetected) {
            let before = text.split("<!DOCTYPE").next().unwrap_or_default();
            let line = u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX);
            return error(line, "it declares a document type, and such a document is not read".into());
        }
        let line = if e.pos().row == 1 && e.pos().col == 1 { text.lines().count() } else { e.pos().row as usize };
        error(u32::try_from(line).unwrap_or(u32::MAX), e.to_string())
    })?;
    let root = document.root_element();
    if root.tag_name().name() != "databaseChangeLog" {
        return Err(error(1, format!("its root is \"{}\", and not databaseChangeLog", root.tag_name().name())));
    }
    let lines = Lines::of(text);
    node(root, &lines, 0).ok_or_else(|| error(1, format!("it is nested deeper than {DEEPEST} levels")))
}

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(place, _)| place).collect())
    }

    fn line(&self, place: usize) -> usize {
        self.0.partition_point(|end| *end < place) + 1
    }
}

/// None for one that is nested too deep.
fn node(element: roxmltree::Node<'_, '_>, lines: &Lines, depth: usize) -> Option<Node> {
    if depth > DEEPEST {
        return None;
    }
    let line = lines.line(element.range().start);
    let mut made = Node::new(element.tag_name().name(), line);
    for attribute in element.attributes() {
        let mut child = Node::new(attribute.name(), line);
        child.value = Value::Text(attribute.value().to_owned());
        made.children.push(child);
    }
    let mut text = String::new();
    for child in element.children() {
        if child.is_element() {
            made.children.push(node(child, lines, depth + 1)?);
        } else if child.is_text() {
            text.push_str(child.text().unwrap_or_default());
        }
    }
    if let Some(text) = trimmed(&text) {
        made.value = Value::Text(text.to_owned());
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Node, String> {
        read(Path::new("x.xml"), text).map_err(|e| e.to_string())
    }

    #[test]
    fn text_and_attributes_are_read() {
        let text = "<databaseChangeLog xmlns='http://www.liquibase.org/xml/ns/dbchangelog'>\n<changeSet id='1'>\r\n\
                    <sql> a<!-- x -->b<comment>c</comment><![CDATA[<c>\r\n]]>&lt; </sql></changeSet></databaseChangeLog>";
        let root = read_text(text).expect("a changelog");
        let changeset = &root.children[0];
        assert_eq!((changeset.line, changeset.text("id")), (2, Ok(Some("1".into()))));
        assert_eq!(changeset.text("sql"), Ok(Some("ab<c>\n<".into())));
    }

    #[test]
    fn bad_documents_are_named_with_their_line() {
        let laughs = "<!DOCTYPE x [<!ENTITY a0 'lol'>".to_owned()
            + &(1..12).map(|n| format!("<!ENTITY a{n} '{}'>", format!("&a{};", n - 1).repeat(10))).collect::<String>()
            + "]>\n<databaseChangeLog>&a11;</databaseChangeLog>";
        let deep = format!("<databaseChangeLog>{}", "<a>".repeat(100_000));
        let closed = format!("<databaseChangeLog>{}{}</databaseChangeLog>", "<a>".repeat(1000), "</a>".repeat(1000));
        let cases = [
            ("<databaseChangeLog>\n<changeSet>\n", "x.xml:2: "),
            ("<databaseChangeLog>\n<a></b></databaseChangeLog>", "x.xml:2: "),
            ("<other/>", "x.xml:1: its root is \"other\""),
            ("", "x.xml:1: "),
            (&laughs, "x.xml:1: it declares a document type"),
            (&deep, "x.xml:1: "),
            (&closed, "nested deeper"),
            ("<databaseChangeLog>&xxe;</databaseChangeLog>", "x.xml:1: "),
        ];
        for (text, reason) in cases {
            let error = read_text(text).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
    }
}
