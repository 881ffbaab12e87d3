//! Changelogs in YAML and in JSON, which Liquibase reads with the same parser.

use std::collections::HashMap;
use std::path::Path;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::node::{Node, Value};
use super::scalar;
use crate::MigrationError;

/// As deep as Liquibase's parser goes.
const DEEPEST: usize = 50;
/// How many references to collections Liquibase's parser follows.
const MOST_ALIASES: usize = 50;
/// What a document may grow to by references.
const MOST_NODES: usize = 2_000_000;

#[derive(Debug, Clone)]
enum Yaml {
    Scalar(Value, usize),
    List(Vec<Yaml>, usize),
    Map(Entries, usize),
}

type Entries = Vec<(String, Yaml)>;

impl Yaml {
    const fn line(&self) -> usize {
        match self {
            Self::Scalar(_, line) | Self::List(_, line) | Self::Map(_, line) => *line,
        }
    }

    fn size(&self) -> usize {
        1 + match self {
            Self::Scalar(..) => 0,
            Self::List(items, _) => items.iter().map(Self::size).sum(),
            Self::Map(entries, _) => entries.iter().map(|(_, value)| value.size()).sum(),
        }
    }
}

/// A collection that is not closed yet.
struct Open {
    is_map: bool,
    anchor: usize,
    line: usize,
    items: Vec<Yaml>,
}

struct Reader<'a> {
    path: &'a Path,
    open: Vec<Open>,
    anchors: HashMap<usize, Yaml>,
    aliases: usize,
    nodes: usize,
    root: Option<Yaml>,
}

/// The tree of a changelog: its root holds the entries of `databaseChangeLog`.
pub(super) fn read(path: &Path, text: &str) -> Result<Node, MigrationError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let joined;
    let text = if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")) {
        joined = join_surrogates(text);
        joined.as_str()
    } else {
        text
    };
    let mut reader = Reader { path, open: Vec::new(), anchors: HashMap::new(), aliases: 0, nodes: 0, root: None };
    for event in Parser::new_from_str(text) {
        // What is missing at the end is missed on the line after it.
        let (event, span) = event.map_err(|e| error(path, e.marker().line().min(text.lines().count()), e.info().to_owned()))?;
        reader.take(event, span.start.line())?;
    }
    let Some(Yaml::Map(entries, _)) = reader.root else {
        return Err(error(path, 1, "it has no databaseChangeLog"));
    };
    let Some((_, log)) = entries.into_iter().find(|(key, _)| key == "databaseChangeLog") else {
        return Err(error(path, 1, "it has no databaseChangeLog"));
    };
    match &log {
        Yaml::List(..) | Yaml::Scalar(Value::Absent, _) => Ok(node("databaseChangeLog", log)),
        other => Err(error(path, other.line(), "databaseChangeLog is no list")),
    }
}

fn error(path: &Path, line: usize, reason: impl Into<String>) -> MigrationError {
    MigrationError::File { path: path.to_owned(), line: line.max(1), reason: reason.into() }
}

impl Reader<'_> {
    fn error(&self, line: usize, reason: impl Into<String>) -> MigrationError {
        error(self.path, line, reason)
    }

    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), MigrationError> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => Err(self.error(line, "a second document begins")),
            Event::Scalar(text, style, anchor, tag) => {
                let value = Yaml::Scalar(value(&text, style, tag.as_deref()), line);
                self.put(value, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(false, anchor, line),
            Event::MappingStart(anchor, _) => self.begin(true, anchor, line),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                let Some(value) = self.anchors.get(&anchor).cloned() else {
                    return Err(self.error(line, "it refers to something that is not complete there"));
                };
                self.aliases += usize::from(!matches!(value, Yaml::Scalar(..)));
                self.nodes += value.size();
                if self.aliases > MOST_ALIASES || self.nodes > MOST_NODES {
                    return Err(self.error(line, "it has too many references"));
                }
                self.put(value, 0)
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, is_map: bool, anchor: usize, line: usize) -> Result<(), MigrationError> {
        if self.open.len() >= DEEPEST {
            return Err(self.error(line, format!("it is nested deeper than {DEEPEST} levels")));
        }
        self.open.push(Open { is_map, anchor, line, items: Vec::new() });
        Ok(())
    }

    fn end(&mut self) -> Result<(), MigrationError> {
        let Some(Open { is_map, anchor, line, items }) = self.open.pop() else { return Ok(()) };
        let value = if is_map { Yaml::Map(self.entries(items)?, line) } else { Yaml::List(items, line) };
        self.put(value, anchor)
    }

    fn put(&mut self, value: Yaml, anchor: usize) -> Result<(), MigrationError> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(self.error(value.line(), format!("it has more than {MOST_NODES} values")));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        match self.open.last_mut() {
            Some(open) => open.items.push(value),
            None => self.root = Some(value),
        }
        Ok(())
    }

    /// Keys and values by turns as entries: a key that comes again has its first place and its last value.
    fn entries(&self, items: Vec<Yaml>) -> Result<Entries, MigrationError> {
        let (mut merged, mut entries) = (Entries::new(), Entries::new());
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            let line = key.line();
            let Yaml::Scalar(Value::Text(key), _) = key else {
                return Err(self.error(line, "a key is no text"));
            };
            if key == "<<" {
                merged.extend(self.merged(value)?);
                continue;
            }
            match places.get(&key) {
                Some(place) => entries[*place].1 = value,
                None => {
                    places.insert(key.clone(), entries.len());
                    entries.push((key, value));
                }
            }
        }
        let mut all = Entries::new();
        for (key, value) in merged {
            if !places.contains_key(&key) && !all.iter().any(|(known, _)| *known == key) {
                all.push((key, value));
            }
        }
        all.extend(entries);
        Ok(all)
    }

    fn merged(&self, value: Yaml) -> Result<Entries, MigrationError> {
        let line = value.line();
        match value {
            Yaml::Map(entries, _) => Ok(entries),
            Yaml::List(items, _) if items.iter().all(|item| matches!(item, Yaml::Map(..))) => {
                let maps = items.into_iter().flat_map(|item| if let Yaml::Map(entries, _) = item { entries } else { Vec::new() });
                Ok(maps.collect())
            }
            _ => Err(self.error(line, "only a mapping can be merged")),
        }
    }
}

fn value(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    match tag {
        None if style == ScalarStyle::Plain => scalar::plain(text),
        None => Value::Text(text.to_owned()),
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => Value::Text(text.to_owned()),
        Some(_) => Value::Opaque("a tag"),
    }
}

/// A value as a node: what is in a map, also one in a list, becomes children.
fn node(name: &str, yaml: Yaml) -> Node {
    let mut made = Node::new(name, yaml.line());
    match yaml {
        Yaml::Scalar(value, _) => made.value = value,
        Yaml::Map(entries, _) => made.children = entries.into_iter().map(|(key, value)| node(&key, value)).collect(),
        Yaml::List(items, _) => {
            let mut values = Vec::new();
            for item in items {
                match item {
                    Yaml::Map(entries, _) => made.children.extend(entries.into_iter().map(|(key, value)| node(&key, value))),
                    Yaml::Scalar(value, _) => values.push(value),
                    Yaml::List(..) => values.push(Value::Opaque("a list in a list")),
                }
            }
            made.value = if values.len() == 1 {
                values.remove(0)
            } else if values.is_empty() {
                Value::Absent
            } else {
                Value::List(values)
            };
        }
    }
    made
}

/// JSON writes a character beyond 16 bits as two escapes; YAML knows one for it.
fn join_surrogates(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    let unit = |text: &str| text.strip_prefix("\\u").and_then(|hex| hex.get(..4)).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    while let Some(place) = rest.find('\\') {
        joined.push_str(&rest[..place]);
        rest = &rest[place..];
        match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(high @ 0xD800..=0xDBFF), Some(low @ 0xDC00..=0xDFFF)) => {
                joined.push_str(&format!("\\U{:08X}", 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)));
                rest = &rest[12..];
            }
            _ => {
                // A backslash and what it escapes.
                let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                joined.push_str(&rest[..length]);
                rest = &rest[length..];
            }
        }
    }
    joined.push_str(rest);
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(name: &str, text: &str) -> Result<Node, String> {
        read(Path::new(name), text).map_err(|e| e.to_string())
    }

    #[test]
    fn lists_of_maps_become_children() {
        let root = read_as(
            "x.yaml",
            "databaseChangeLog:\n- changeSet:\n    id: 1\n    validCheckSum: [a, b]\n    changes:\n    - sql: select 1\n",
        )
        .expect("a changelog");
        let changeset = &root.children[0];
        assert_eq!((changeset.name.as_str(), changeset.line), ("changeSet", 3));
        assert_eq!(changeset.text("id"), Ok(Some("1".into())));
        assert_eq!(changeset.children[2].children[0].value, Value::Text("select 1".into()));
    }

    #[test]
    fn references_and_merges_are_followed() {
        let text = "x: &x {a: 1, b: 2}\ndatabaseChangeLog:\n- changeSet:\n    <<: *x\n    b: 3\n";
        let root = read_as("x.yaml", text).expect("a changelog");
        let changeset = &root.children[0];
        assert_eq!((changeset.text("a"), changeset.text("b")), (Ok(Some("1".into())), Ok(Some("3".into()))));
    }

    #[test]
    fn characters_beyond_16_bits_are_read_in_json() {
        let root = read_as("x.json", r#"{"databaseChangeLog": [{"a": "\ud83d\ude00\\ud83d\n"}]}"#).expect("a changelog");
        assert_eq!(root.text("a"), Ok(Some("😀\\ud83d\n".into())));
    }

    #[test]
    fn bad_documents_are_named_with_their_line() {
        let bomb = (1..12).fold("a0: &a0 [x]\n".to_owned(), |text, level| {
            format!("{text}a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", "))
        });
        let deep = format!("databaseChangeLog:\n  {}", "[".repeat(5000));
        let cases = [
            ("databaseChangeLog:\n- {a: 1", "x.yaml:2: "),
            ("a: 1\nb: 2", "no databaseChangeLog"),
            ("databaseChangeLog: 5", "x.yaml:1: databaseChangeLog is no list"),
            ("databaseChangeLog:\n- 1: 2", "x.yaml:2: a key is no text"),
            ("a: &a [*a]", "x.yaml:1: "),
            (&bomb, "too many references"),
            (&deep, "x.yaml:2: "),
            ("---\na: 1\n---\nb: 1", "a second document"),
        ];
        for (text, reason) in cases {
            let error = read_as("x.yaml", text).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
    }
}
