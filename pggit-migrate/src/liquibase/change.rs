//! Checksums of single changes.

use super::checksum::{Handling, Version};
use super::columns::columns;
use super::kinds::{self, Kind};
use super::node::{Exact, Node, trimmed};
use super::serialize::{Field, Fields, serialize};

/// What a change may look at beside itself.
pub(super) trait Surroundings {
    /// The bytes of a file that a change names.
    fn file(&self, path: &str, relative: bool) -> Exact<Vec<u8>>;

    /// A text with parameters put in.
    fn expand(&self, text: &str) -> Exact<String>;
}

/// Whether a node below a changeset is a change rather than an attribute.
pub(super) fn is_change(node: &Node) -> bool {
    const OTHERS: [&str; 7] = ["rollback", "validCheckSum", "validCheckSums", "modifySql", "preConditions", "comment", "changes"];
    !OTHERS.contains(&node.name.as_str()) && (kinds::fields(&node.name).is_some() || !node.children.is_empty())
}

/// The checksum of a change; none for one that a version passes over.
pub(super) fn checksum(change: &Node, version: Version, around: &dyn Surroundings) -> Exact<Option<String>> {
    let Some(fields) = kinds::fields(&change.name) else {
        return Err(format!("\"{}\" is no change of Liquibase's core", change.name));
    };
    let is_targeted = matches!(change.name.as_str(), "sql" | "sqlFile" | "insert" | "createProcedure");
    if version == Version::Nine && is_targeted && !super::selection::dbms_matches(change.text("dbms")?.as_deref()) {
        return Ok(None);
    }
    let sum = match change.name.as_str() {
        "sql" => version.of_sql(sql(change)?.unwrap_or_default().as_bytes(), &handling(change)?)?,
        "sqlFile" => sql_file(change, version, around)?,
        "loadData" | "loadUpdateData" => load(change, version, around)?,
        name => {
            let mut found = Fields::new();
            for field in fields.filter(|field| version == Version::Eight || !field.before_nine_only) {
                let value = match field.kind {
                    Kind::Text => change.text(field.name)?.map(Field::Text),
                    Kind::Flag => change.flag(field.name)?.map(|flag| Field::Text(flag.to_string())),
                    Kind::Integer => change.integer(field.name)?.map(Field::Text),
                    Kind::Columns(kind) => Some(Field::Objects(columns(change, kind)?)),
                };
                found.extend(value.map(|value| (field.name, value)));
            }
            adjust(change, version, &mut found)?;
            match name {
                "createView" => body(change, version, found, ["selectQuery", "selectQuery"], around)?,
                "createProcedure" => body(change, version, found, ["procedureText", "procedureBody"], around)?,
                _ => version.of_text(&serialize(name, &found)),
            }
        }
    };
    Ok(Some(sum))
}

/// What Liquibase makes of fields beyond taking them over.
fn adjust(change: &Node, version: Version, fields: &mut Fields) -> Exact<()> {
    let text = |text: &str| Field::Text(text.to_owned());
    match change.name.as_str() {
        "addForeignKeyConstraint" => {
            if let Some(cascades) = change.flag("deleteCascade")? {
                if version == Version::Eight {
                    return Err("it has deleteCascade, of which releases make different checksums".into());
                }
                let is_set = fields.iter().any(|(name, _)| *name == "onDelete");
                fields.retain(|(name, _)| *name != "onDelete");
                if cascades && !is_set {
                    fields.push(("onDelete", text("CASCADE")));
                }
            }
        }
        "dropColumn" => fields.retain(|(_, field)| !matches!(field, Field::Objects(columns) if columns.is_empty())),
        "output" => {
            let message = change.text("message")?.or(change.value.text()?);
            fields.extend(message.as_deref().and_then(trimmed).map(|message| ("message", text(message))));
            let target = change.trimmed("target")?;
            fields.push(("target", text(target.as_deref().unwrap_or("STDERR"))));
        }
        "stop" => {
            let nested = change.value.text()?;
            let message = match nested.as_deref().and_then(trimmed) {
                Some(message) => Some(message.to_owned()),
                None if change.text("message")?.is_none() => Some("Stop command in changelog file".to_owned()),
                None => change.trimmed("message")?,
            };
            fields.extend(message.map(|message| ("message", Field::Text(message))));
        }
        _ => {}
    }
    Ok(())
}

/// The text of a `sql`.
pub(super) fn sql(change: &Node) -> Exact<Option<String>> {
    let nested = change.value.text()?;
    let text = match nested.as_deref().and_then(trimmed) {
        Some(text) => Some(text.to_owned()),
        None => change.trimmed("sql")?,
    };
    Ok(text)
}

fn handling(change: &Node) -> Exact<Handling> {
    Ok(Handling {
        end_delimiter: change.text("endDelimiter")?,
        split_statements: change.flag("splitStatements")?.unwrap_or(true),
        strip_comments: change.flag("stripComments")?.unwrap_or(false),
    })
}

fn file_of(change: &Node, around: &dyn Surroundings) -> Exact<Option<Vec<u8>>> {
    let Some(path) = change.text("path")? else { return Ok(None) };
    around.file(&path, change.flag("relativeToChangelogFile")?.unwrap_or(false)).map(Some)
}

fn decoded(bytes: Vec<u8>, encoding: Option<&str>) -> Exact<String> {
    if !matches!(encoding.map(str::to_ascii_lowercase).as_deref(), None | Some("utf-8" | "utf8" | "us-ascii" | "ascii")) {
        return Err(format!("the encoding {} is not read here", encoding.unwrap_or_default()));
    }
    let text = String::from_utf8(bytes).map_err(|_| "a file that it names is not UTF-8".to_owned())?;
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
}

fn sql_file(change: &Node, version: Version, around: &dyn Surroundings) -> Exact<String> {
    let bytes = file_of(change, around)?.ok_or("it names no path")?;
    if version == Version::Eight {
        // The bytes as they are, without parameters put in.
        if std::str::from_utf8(&bytes).is_err() {
            return Err("a file that it names is not UTF-8".into());
        }
        return version.of_sql(&bytes, &handling(change)?);
    }
    // The file as it is; some releases put the parameters in first, so that it depends on them.
    let text = decoded(bytes, change.text("encoding")?.as_deref())?;
    around.expand(&text)?;
    version.of_sql(text.as_bytes(), &handling(change)?)
}

/// A view's or a procedure's checksum: of the fields and of the body.
fn body(change: &Node, version: Version, mut fields: Fields, names: [&'static str; 2], around: &dyn Surroundings) -> Exact<String> {
    let mut text = change.value.text()?;
    for name in names {
        text = text.map_or_else(|| change.text(name), |text| Ok(Some(text)))?;
    }
    let bytes = file_of(change, around)?;
    let body = match (version, bytes) {
        (Version::Eight, None) => {
            fields.extend(text.map(|text| (names[1], Field::Text(text))));
            return Ok(version.of_text(&serialize(&change.name, &fields)));
        }
        (Version::Eight, Some(_)) if text.is_some() => return Err("it has a body and a path".into()),
        (Version::Eight, Some(bytes)) => {
            if std::str::from_utf8(&bytes).is_err() {
                return Err("a file that it names is not UTF-8".into());
            }
            bytes
        }
        (Version::Nine, None) => text.unwrap_or_default().into_bytes(),
        (Version::Nine, Some(bytes)) => around.expand(&decoded(bytes, None)?)?.into_bytes(),
    };
    let own = version.of_text(&serialize(&change.name, &fields));
    let body = version.of_sql(&body, &Handling::of_body())?;
    Ok(version.of_text(&format!("{own}:{body}")))
}

/// A checksum of the table's name and the rows.
fn load(change: &Node, version: Version, around: &dyn Surroundings) -> Exact<String> {
    let path = change.text("file")?.ok_or("it names no file")?;
    let bytes = around.file(&path, change.flag("relativeToChangelogFile")?.unwrap_or(false))?;
    let comment = match change.text("commentLineStartsWith")? {
        None => Some(b'#'),
        Some(text) => match text.chars().next() {
            None => None,
            Some(first) if first.is_ascii() => u8::try_from(first).ok(),
            Some(_) => return Err("its comments begin with a character that is not ASCII".into()),
        },
    };
    let rows = super::rows::without_comments(&bytes, comment)?;
    let table = change.text("tableName")?.unwrap_or_else(|| "null".to_owned());
    Ok(version.of_text(&format!("{table}:{}", version.of_bytes(&rows))))
}

/// The checksum of what changes SQL after it is made, as `append`.
pub(super) fn visitor(node: &Node, parent: &Node, version: Version) -> Exact<Option<String>> {
    let names: &[&'static str] = match node.name.as_str() {
        "append" | "prepend" => &["value"],
        "replace" | "regExpReplace" => &["replace", "with"],
        name if node.children.is_empty() => {
            // An attribute of modifySql.
            const ATTRIBUTES: [&str; 5] = ["dbms", "contextFilter", "context", "labels", "applyToRollback"];
            return if ATTRIBUTES.contains(&name) { Ok(None) } else { Err(format!("modifySql has \"{name}\"")) };
        }
        name => return Err(format!("\"{name}\" in modifySql is not known")),
    };
    let mut fields = Fields::new();
    for name in names {
        fields.extend(node.text(name)?.map(|text| (*name, Field::Text(text))));
    }
    let applies = parent.flag("applyToRollback")?.unwrap_or(false);
    fields.push(("applyToRollback", Field::Text(applies.to_string())));
    if version == Version::Eight {
        for name in ["contextFilter", "context", "labels"] {
            if parent.trimmed(name)?.is_some() {
                return Err(format!("modifySql has {name}"));
            }
        }
        if let Some(list) = parent.trimmed("dbms")? {
            let names: Vec<_> = list.split(',').map(|name| name.trim().to_owned()).collect();
            if names.len() > 1 {
                return Err("modifySql is for several databases".into());
            }
            fields.push(("applicableDbms", Field::Names(names)));
        }
    }
    Ok(Some(version.of_text(&serialize(&node.name, &fields))))
}
