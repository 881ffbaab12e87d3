//! Changelogs of Liquibase, generated: every change of its core with all it may say, in all four formats, with odd spacing and characters.

mod deployment;
mod element;
mod random;
mod write;

use std::path::Path;

use element::{Element, Value};
use random::Random;

pub use deployment::{WITHOUT_COMMIT, deployment};

const CHANGES: &str = include_str!("changes.txt");

/// What names and texts are made of.
const TEXTS: &[&str] = &[
    "t1",
    "Zürich",
    "e\u{301}te\u{301}",
    "a b",
    "  around  ",
    "quo\"te",
    "it's",
    "<&>",
    "back\\slash",
    "x, y",
    "😀 smile",
    "ﬁ\u{212b}",
    "yes",
    "012",
    "1.50",
    "null",
    "#no comment",
    "a: b",
    "- x",
    "ﷺ",
    "C:\\temp",
    "true",
    "2020-01-31",
];

const SQL: &[&str] = &[
    "select 1",
    "select  'a  b'  ;\n\n\tselect 2;",
    "-- a comment\nselect 1; /* another */\r\nselect 2",
    "create table x (\r\n  id int,\r\n  \"Ü\" text default 'é'\r\n)",
    "select '<![CDATA[' || ']]&gt;'",
    "\n\n  do $$ begin null; end $$\n/\n",
    "select 'e\u{301}', '\u{a0}', '\u{2003}'",
    "select 1\r",
    "x",
];

/// What is generated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// 4.4, which makes checksums of version 8.
    Old,
    /// 4.28, which makes checksums of version 9.
    New,
}

/// A changelog's files, by their paths.
pub type Files = Vec<(String, String)>;

/// Changelogs for a release with a number of changesets altogether, and `root.xml`, which includes them all.
#[must_use]
pub fn generate(release: Release, seed: u64, count: usize) -> Files {
    let mut random = Random::new(seed);
    let specifications: Vec<&str> = CHANGES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut files = side_files();
    let mut changesets: [Vec<Element>; 4] = Default::default();
    for number in 0..count {
        // Each change comes before any comes again.
        let specification = specifications[number % specifications.len()];
        let format = random.below(7);
        if format == 6 {
            let body = random.pick(SQL).to_owned();
            changesets[3].push(changeset(&mut random, number, vec![Element::with_body("sql", "sql", body)]));
            continue;
        }
        let mut changes = vec![change(&mut random, release, specification)];
        // A tag stands alone.
        let is_tag = |specification: &str| specification.starts_with("tagDatabase");
        while !is_tag(specification) && random.below(6) == 0 {
            let other = specifications[random.below(specifications.len())];
            if is_tag(other) {
                continue;
            }
            changes.push(change(&mut random, release, other));
        }
        changesets[format % 3].push(changeset(&mut random, number, changes));
    }
    let names = ["changes.xml", "changes.yaml", "changes.json", "changes.sql"];
    let [in_xml, in_yaml, in_json, in_sql] = changesets;
    files.push((names[0].into(), write::xml(&mut random, release, &in_xml)));
    files.push((names[1].into(), write::yaml(&mut random, &in_yaml)));
    files.push((names[2].into(), write::json(&in_json)));
    files.push((names[3].into(), write::sql(&mut random, &in_sql)));
    let includes = names.map(|name| format!("<include file=\"{name}\"/>\n"));
    files.push(("root.xml".into(), write::xml_document(release, &includes.concat())));
    files
}

/// Writes files below a directory.
///
/// # Errors
/// What the file system says.
pub fn write_to(directory: &Path, files: &Files) -> std::io::Result<()> {
    for (path, text) in files {
        let path = directory.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}

fn side_files() -> Files {
    let files = [
        ("files/a.sql", "select  1;\r\n\r\n  select 'é' ;\n"),
        ("files/b.sql", "\u{feff}select 2 as two\n-- end"),
        ("files/a.csv", "# a comment\nid,name\n1,one\n\n2,two\r\n"),
        ("files/b.csv", "id;name\r\n1;é\r\n#2;x\r\n\r\n3;y"),
    ];
    files.map(|(path, text)| (path.to_owned(), text.to_owned())).into()
}

fn changeset(random: &mut Random, number: usize, changes: Vec<Element>) -> Element {
    let mut made = Element::new("changeSet");
    made.attribute("id", Value::Text(format!("{number}")));
    made.attribute("author", Value::Text(random.pick(&["alice", "bob smith", "Zoë"]).to_string()));
    for (name, chance) in [("runOnChange", 8), ("runAlways", 12), ("failOnError", 9)] {
        if random.below(chance) == 0 {
            made.attribute(name, Value::Flag(random.below(2) == 0));
        }
    }
    if random.below(8) == 0 {
        made.attribute("labels", Value::Text("a, b".into()));
    }
    if random.below(8) == 0 {
        made.attribute("logicalFilePath", Value::Text("other/Path.xml".into()));
    }
    made.children = changes;
    made
}

fn change(random: &mut Random, release: Release, specification: &str) -> Element {
    let mut words = specification.split_whitespace();
    let mut made = Element::new(words.next().unwrap_or_default());
    for word in words {
        let word = match word.strip_prefix('*') {
            Some(_) if release == Release::Old => continue,
            known => known.unwrap_or(word),
        };
        let is_needed = word.ends_with('!') || word.contains("!") && !word.contains('=');
        if !is_needed && random.below(2) == 0 {
            continue;
        }
        let word = word.strip_suffix('!').unwrap_or(word);
        if let Some((name, words)) = word.split_once('=') {
            let words: Vec<_> = words.split('|').collect();
            made.attribute(name, Value::Text(random.pick(&words).replace('-', " ")));
        } else if let Some(name) = word.strip_suffix('?') {
            made.attribute(name, Value::Flag(random.below(2) == 0));
        } else if let Some(name) = word.strip_suffix('#') {
            made.attribute(name, Value::Number(random.pick(&["1", "7", "1000", "9223372036854775807"]).to_string()));
        } else if let Some(name) = word.strip_suffix('&') {
            let texts = if matches!(name, "comment" | "message") { TEXTS } else { SQL };
            let name = if name == "procedureText" && release == Release::Old { "procedureBody" } else { name };
            made.attribute(name, Value::Body(random.pick(texts).to_string()));
        } else if matches!(word, "columns" | "index" | "values" | "names") {
            for _ in 0..=random.below(3) {
                made.children.push(column(random, word));
            }
        } else {
            made.attribute(word, Value::Text(random.pick(TEXTS).to_string()));
        }
    }
    made
}

fn column(random: &mut Random, kind: &str) -> Element {
    let mut made = Element::new("column");
    let maybe = |random: &mut Random, made: &mut Element, name: &str, texts: &[&str]| {
        if random.below(4) == 0 {
            made.attribute(name, Value::Text(random.pick(texts).to_string()));
        }
    };
    made.attribute("name", Value::Text(random.pick(TEXTS).to_string()));
    match kind {
        "names" => {}
        "index" => {
            if random.below(2) == 0 {
                made.attribute("descending", Value::Flag(random.below(2) == 0));
            }
            maybe(random, &mut made, "type", &["int"]);
        }
        "values" => {
            let (name, texts): (&str, &[&str]) = match random.below(5) {
                0 => ("value", TEXTS),
                1 => ("valueNumeric", &["1", "-1.50", "(7)", "1e3", "length('x')", "+5", ".5"]),
                2 => ("valueDate", &["2020-01-31", "2020-01-31T10:20:30", "2020-01-31 10:20:30.120", "10:20:30", "now()"]),
                3 => ("valueComputed", &["now()", "'é' || \"x\""]),
                _ => ("valueBoolean", &["true", "false"]),
            };
            made.attribute(name, Value::Text(random.pick(texts).to_string()));
        }
        _ => {
            made.attribute(
                "type",
                Value::Text(random.pick(&["int", "varchar(255)", "timestamp with time zone", "numeric(10, 2)"]).to_string()),
            );
            maybe(random, &mut made, "remarks", TEXTS);
            match random.below(8) {
                0 => made.attribute("defaultValue", Value::Text(random.pick(TEXTS).to_string())),
                1 => made.attribute("defaultValueNumeric", Value::Text(random.pick(&["0", "1.50", "(3)", "x()"]).to_string())),
                2 => made.attribute("defaultValueDate", Value::Text(random.pick(&["2020-01-31", "now()", "CURRENT_DATE"]).to_string())),
                3 => made.attribute("defaultValueBoolean", Value::Flag(random.below(2) == 0)),
                4 => made.attribute("defaultValueComputed", Value::Text("now()".into())),
                5 => made.attribute("defaultValueSequenceNext", Value::Text(random.pick(&["q", "s.q"]).to_string())),
                6 => {
                    made.attributes.retain(|(name, _)| name != "type");
                    made.attribute("type", Value::Text("int".into()));
                    made.attribute("autoIncrement", Value::Flag(true));
                    made.attribute("startWith", Value::Number("10".into()));
                }
                _ => {}
            }
            if random.below(2) == 0 {
                made.children.push(constraints(random));
            }
        }
    }
    made
}

fn constraints(random: &mut Random) -> Element {
    let mut made = Element::new("constraints");
    for name in
        ["nullable", "primaryKey", "unique", "deleteCascade", "deferrable", "initiallyDeferred", "validateNullable", "validateUnique"]
    {
        if random.below(4) == 0 {
            made.attribute(name, Value::Flag(random.below(2) == 0));
        }
    }
    if random.below(4) == 0 {
        made.attribute("references", Value::Text("t2(id)".into()));
        made.attribute("foreignKeyName", Value::Text(random.pick(TEXTS).to_string()));
    }
    for name in ["primaryKeyName", "uniqueConstraintName", "notNullConstraintName", "checkConstraint"] {
        if random.below(5) == 0 {
            made.attribute(name, Value::Text(random.pick(TEXTS).to_string()));
        }
    }
    made
}
