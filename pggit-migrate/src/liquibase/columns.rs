//! Columns of changes, with their constraints.

use super::node::{Exact, Node, Value, trimmed};
use super::serialize::{Field, Fields};

/// What a change's columns may say beyond the common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Columns {
    /// `createTable`, `insert`, `update`, `dropColumn`.
    Plain,
    /// `addColumn`: where the column goes.
    Placed,
    /// `createIndex`: placed, and whatever describes the column itself is left out.
    Indexed,
}

const TEXTS: [&str; 10] = [
    "name",
    "type",
    "encoding",
    "remarks",
    "value",
    "valueBlobFile",
    "valueClobFile",
    "defaultValueConstraintName",
    "defaultValue",
    "generationType",
];
const FLAGS: [&str; 6] = ["computed", "autoIncrement", "descending", "valueBoolean", "defaultValueBoolean", "defaultOnNull"];
const INTEGERS: [&str; 2] = ["startWith", "incrementBy"];
const SEQUENCES: [&str; 3] = ["valueSequenceNext", "valueSequenceCurrent", "defaultValueSequenceNext"];
const PLACES: [&str; 3] = ["beforeColumn", "afterColumn", "position"];
/// They are text that may turn out to be an expression.
const GUESSED: [&str; 6] =
    ["valueNumeric", "valueDate", "valueComputed", "defaultValueNumeric", "defaultValueDate", "defaultValueComputed"];
/// Left out of an index.
const NOT_INDEXED: [&str; 9] =
    ["type", "autoIncrement", "constraints", "defaultValue", "value", "startWith", "incrementBy", "encoding", "remarks"];

const CONSTRAINT_TEXTS: [&str; 11] = [
    "notNullConstraintName",
    "primaryKeyName",
    "primaryKeyTablespace",
    "references",
    "referencedTableCatalogName",
    "referencedTableSchemaName",
    "referencedTableName",
    "referencedColumnNames",
    "uniqueConstraintName",
    "checkConstraint",
    "foreignKeyName",
];
const CONSTRAINT_FLAGS: [&str; 10] = [
    "nullable",
    "primaryKey",
    "unique",
    "deleteCascade",
    "initiallyDeferred",
    "deferrable",
    "validateNullable",
    "validateUnique",
    "validatePrimaryKey",
    "validateForeignKey",
];

/// The columns of a change, in order.
pub(super) fn columns(change: &Node, kind: Columns) -> Exact<Vec<Fields>> {
    let mut found = Vec::new();
    for node in change.named("columns").chain(change.named("column")) {
        if !matches!(node.name.as_str(), "columns" | "column") {
            continue;
        }
        let mut inner = node.named("column").peekable();
        if inner.peek().is_none() {
            found.push(column(node, kind)?);
        }
        for node in inner {
            found.push(column(node, kind)?);
        }
    }
    Ok(found)
}

fn is_known(name: &str, kind: Columns) -> bool {
    let common = TEXTS.iter().chain(&FLAGS).chain(&INTEGERS).chain(&SEQUENCES).chain(&GUESSED);
    common.copied().any(|known| known == name) || name == "constraints" || kind != Columns::Plain && PLACES.contains(&name)
}

fn column(node: &Node, kind: Columns) -> Exact<Fields> {
    if let Some(strange) = node.children.iter().find(|child| !is_known(&child.name, kind)) {
        return Err(format!("a column has \"{}\", which Liquibase does not know", strange.name));
    }
    let mut fields = Fields::new();
    let mut put = |name: &'static str, value: Option<String>| fields.extend(value.map(|value| (name, Field::Text(value))));
    for name in TEXTS {
        let mut value = node.text(name)?;
        if name == "value" && value.is_none() {
            value = match &node.value {
                Value::Absent => None,
                Value::Text(text) => trimmed(text).map(str::to_owned),
                _ => return Err("a column is no text".into()),
            };
        }
        put(name, value);
    }
    for name in FLAGS {
        put(name, node.flag(name)?.map(|flag| flag.to_string()));
    }
    for name in INTEGERS {
        put(name, node.integer(name)?);
    }
    for name in SEQUENCES {
        put(name, node.text(name)?);
    }
    let (number, date, computed) = guessed(node, ["valueNumeric", "valueDate", "valueComputed"], true)?;
    put("valueNumeric", number);
    put("valueDate", date);
    put("valueComputed", computed);
    // What autoIncrement was set to does not matter then.
    if node.text("defaultValueNumeric")?.as_deref() == Some("GENERATED_BY_DEFAULT") {
        return Err("a default is GENERATED_BY_DEFAULT".into());
    }
    let (number, date, computed) = guessed(node, ["defaultValueNumeric", "defaultValueDate", "defaultValueComputed"], false)?;
    put("defaultValueNumeric", number);
    put("defaultValueDate", date);
    put("defaultValueComputed", computed);
    if kind != Columns::Plain {
        put("beforeColumn", node.text("beforeColumn")?);
        put("afterColumn", node.text("afterColumn")?);
        put("position", node.integer("position")?);
    }
    if let Some(node) = node.child("constraints")? {
        fields.push(("constraints", Field::Object(constraints(node)?)));
    }
    if kind == Columns::Indexed {
        fields.retain(|(name, _)| !NOT_INDEXED.contains(name));
    }
    Ok(fields)
}

fn constraints(node: &Node) -> Exact<Fields> {
    let mut fields = Fields::new();
    for name in CONSTRAINT_TEXTS {
        fields.extend(node.text(name)?.map(|text| (name, Field::Text(text))));
    }
    for name in CONSTRAINT_FLAGS {
        fields.extend(node.flag(name)?.map(|flag| (name, Field::Text(flag.to_string()))));
    }
    Ok(fields)
}

/// A number, a date and an expression; what is no number or no date is an expression.
fn guessed(node: &Node, names: [&str; 3], keeps_brackets: bool) -> Exact<(Option<String>, Option<String>, Option<String>)> {
    let (mut number, mut date, mut computed) = (None, None, None);
    if let Some(text) = node.text(names[0])?.filter(|text| !text.eq_ignore_ascii_case("null")) {
        let inside = text.strip_prefix('(').map_or(text.as_str(), |inside| inside.strip_suffix(')').unwrap_or(inside));
        if is_number(inside)? {
            number = Some(inside.to_owned());
        } else {
            computed = Some(if keeps_brackets { text } else { inside.to_owned() });
        }
    }
    if let Some(text) = node.text(names[1])? {
        match super::dates::moment(&text)? {
            Some(moment) => date = Some(moment),
            None => computed = Some(text),
        }
    }
    if let Some(text) = node.text(names[2])? {
        computed = Some(text);
    }
    Ok((number, date, computed))
}

/// Whether Java reads a number at the beginning of a text.
fn is_number(text: &str) -> Exact<bool> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let rest = unsigned.strip_prefix('.').unwrap_or(unsigned);
    match (rest.chars().next(), text.chars().next()) {
        (Some(c), _) if c.is_ascii_digit() => Ok(true),
        (_, Some(c)) if (c.is_ascii_alphabetic() && c != 'N') || matches!(c, '+' | '\'' | '"' | '(' | ':' | ' ') => Ok(false),
        _ => Err(format!("it is not known whether \"{text}\" is a number")),
    }
}
