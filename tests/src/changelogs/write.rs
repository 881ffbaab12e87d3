//! Changesets in the four formats.

use std::fmt::Write as _;

use serde_json::json;

use super::Release;
use super::element::{Element, Value};
use super::random::Random;

/// A document with what stands in its root.
pub(super) fn xml_document(release: Release, inside: &str) -> String {
    let version = if release == Release::Old { "4.4" } else { "4.28" };
    let ns = "http://www.liquibase.org/xml/ns/dbchangelog";
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<databaseChangeLog xmlns=\"{ns}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n    \
         xsi:schemaLocation=\"{ns} {ns}/dbchangelog-{version}.xsd\">\n{inside}</databaseChangeLog>\n"
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\r' | '\t' => escaped.push_str(&format!("&#{};", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text of an element: escaped, in a section, or interrupted by a comment.
fn xml_text(random: &mut Random, text: &str) -> String {
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#13;");
    match random.below(3) {
        0 if !text.contains("]]>") && !text.contains('\r') => format!("\n  <![CDATA[{text}]]>  "),
        1 => {
            let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(place, _)| place);
            format!("{}<!-- a comment -->{}", plain(&text[..middle]), plain(&text[middle..]))
        }
        _ => plain(text),
    }
}

pub(super) fn xml(random: &mut Random, release: Release, changesets: &[Element]) -> String {
    let mut text = String::new();
    for changeset in changesets {
        xml_element(random, changeset, &mut text);
    }
    let document = xml_document(release, &text);
    if random.below(2) == 0 { document.replace('\n', "\r\n") } else { document }
}

fn xml_element(random: &mut Random, element: &Element, out: &mut String) {
    let _ = write!(out, "<{}", element.name);
    for (name, value) in &element.attributes {
        let text = match value {
            Value::Text(text) | Value::Number(text) => text.clone(),
            Value::Flag(flag) => flag.to_string(),
            Value::Body(_) => continue,
        };
        let blanks = if random.below(4) == 0 { "\n   " } else { " " };
        let _ = write!(out, "{blanks}{name}=\"{}\"", escaped(&text));
    }
    out.push('>');
    for child in &element.children {
        xml_element(random, child, out);
    }
    for (name, value) in &element.attributes {
        let Value::Body(text) = value else { continue };
        let text = xml_text(random, text);
        if matches!(name.as_str(), "sql" | "procedureText" | "procedureBody" | "selectQuery" | "message") {
            out.push_str(&text);
        } else {
            let _ = write!(out, "<{name}>{text}</{name}>");
        }
    }
    let _ = writeln!(out, "</{}>", element.name);
}

/// What stands below an element, as maps and lists.
fn tree(element: &Element) -> serde_json::Value {
    let mut map = serde_json::Map::new();
    for (name, value) in &element.attributes {
        let value = match value {
            Value::Text(text) | Value::Body(text) => json!(text),
            Value::Number(text) => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
            Value::Flag(flag) => json!(flag),
        };
        map.insert(name.clone(), value);
    }
    let (conditions, children): (Vec<_>, Vec<_>) = element.children.iter().partition(|child| child.name == "preConditions");
    let list: Vec<_> = children.into_iter().map(|child| json!({ child.name.as_str(): tree(child) })).collect();
    for condition in conditions {
        let attributes = condition.attributes.iter().map(|(name, _)| json!({ name.as_str(): condition.text(name) }));
        let inner = condition.children.iter().map(|child| json!({ child.name.as_str(): tree(child) }));
        map.insert("preConditions".into(), json!(attributes.chain(inner).collect::<Vec<_>>()));
    }
    match element.name.as_str() {
        "changeSet" => drop(map.insert("changes".into(), json!(list))),
        "column" => map.extend(element.children.iter().map(|child| (child.name.clone(), tree(child)))),
        _ if list.is_empty() => {}
        _ => drop(map.insert("columns".into(), json!(list))),
    }
    serde_json::Value::Object(map)
}

pub(super) fn json(changesets: &[Element]) -> String {
    let list: Vec<_> = changesets.iter().map(|changeset| json!({ "changeSet": tree(changeset) })).collect();
    let text = serde_json::to_string_pretty(&json!({ "databaseChangeLog": list })).expect("JSON");
    // Some writers of JSON know no character beyond ASCII.
    text.chars()
        .map(|c| {
            if c == '😀' || c == 'é' {
                c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
            } else {
                c.to_string()
            }
        })
        .collect()
}

pub(super) fn yaml(random: &mut Random, changesets: &[Element]) -> String {
    let mut text = "databaseChangeLog:\n".to_owned();
    for changeset in changesets {
        text.push_str("- changeSet:\n");
        yaml_value(random, &tree(changeset), 4, &mut text);
    }
    text
}

fn yaml_value(random: &mut Random, value: &serde_json::Value, indent: usize, out: &mut String) {
    let blanks = " ".repeat(indent);
    match value {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                let _ = write!(out, "{blanks}{key}:");
                match value {
                    serde_json::Value::Object(map) if map.is_empty() => out.push_str(" {}\n"),
                    serde_json::Value::Object(_) | serde_json::Value::Array(_) => {
                        out.push('\n');
                        yaml_value(random, value, indent + 2, out);
                    }
                    scalar => {
                        let _ = writeln!(out, " {}", yaml_scalar(random, scalar, indent + 2));
                    }
                }
            }
        }
        serde_json::Value::Array(list) => {
            for item in list {
                let mut inner = String::new();
                yaml_value(random, item, indent + 2, &mut inner);
                let _ = write!(out, "{blanks}- {}", inner.trim_start_matches(' '));
            }
        }
        scalar => {
            let _ = writeln!(out, "{blanks}{}", yaml_scalar(random, scalar, indent));
        }
    }
}

fn yaml_scalar(random: &mut Random, scalar: &serde_json::Value, indent: usize) -> String {
    let serde_json::Value::String(text) = scalar else { return scalar.to_string() };
    let is_block = text.contains('\n') && !text.contains('\r') && !text.starts_with([' ', '\n']) && !text.contains('\t');
    match random.below(3) {
        0 if is_block => {
            let lines: Vec<_> = text.lines().map(|line| format!("{}{line}", " ".repeat(indent))).collect();
            format!("{}\n{}", if text.ends_with('\n') { "|" } else { "|-" }, lines.join("\n"))
        }
        1 if !text.contains(['\n', '\r', '\t']) => format!("'{}'", text.replace('\'', "''")),
        // A plain one means what its text looks like.
        2 if text != "null" && text.chars().all(|c| c.is_alphanumeric() && !c.is_ascii_digit()) => text.clone(),
        _ => serde_json::to_string(text).expect("a text"),
    }
}

pub(super) fn sql(random: &mut Random, changesets: &[Element]) -> String {
    let mut text = "--liquibase formatted sql\n".to_owned();
    for changeset in changesets {
        let author = changeset.text("author").unwrap_or_default();
        let _ = write!(text, "--changeset {author}:{}", changeset.text("id").unwrap_or_default());
        for name in ["runOnChange", "runAlways", "failOnError", "logicalFilePath"] {
            if let Some(value) = changeset.text(name) {
                let _ = write!(text, " {name}:{value}");
            }
        }
        for attribute in ["splitStatements:false", "stripComments:false", "endDelimiter:/", "labels:\"a, b\""] {
            if random.below(3) == 0 {
                let _ = write!(text, " {attribute}");
            }
        }
        text.push('\n');
        if random.below(3) == 0 {
            text.push_str("--comment something\n");
        }
        text.push_str(&changeset.children[0].text("sql").unwrap_or_default());
        text.push('\n');
        if random.below(3) == 0 {
            text.push_str("--rollback drop table x\n");
        }
        if random.below(4) == 0 {
            text.push_str("--ignoreLines:start\njunk\n--ignoreLines:end\n");
        }
    }
    if random.below(2) == 0 { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text }
}
