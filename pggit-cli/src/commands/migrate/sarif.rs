//! Findings as a log in SARIF 2.1.0, which code hosts and editors show at the line that they are about.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::output;

/// How much a finding means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Note,
    Warning,
    Error,
}

impl Level {
    const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A rule that findings refer to.
pub struct Rule {
    pub id: String,
    pub text: String,
    pub level: Level,
}

/// A finding.
pub struct Entry {
    pub rule: String,
    pub level: Level,
    pub message: String,
    /// The file and the line, from 1.
    pub place: Option<(PathBuf, usize)>,
}

/// A log.
#[derive(Default)]
pub struct Log {
    rules: Vec<Rule>,
    entries: Vec<Entry>,
}

impl Log {
    /// Describes a rule; one that findings name and nobody describes is described by its name.
    pub fn rule(&mut self, rule: Rule) {
        if !self.rules.iter().any(|r| r.id == rule.id) {
            self.rules.push(rule);
        }
    }

    pub fn add(&mut self, entry: Entry) {
        let text = entry.rule.replace(['-', '_'], " ");
        self.rule(Rule { id: entry.rule.clone(), text, level: entry.level });
        self.entries.push(entry);
    }

    /// Prints it.
    pub fn print(&self) -> anyhow::Result<()> {
        output::raw(&format!("{}\n", serde_json::to_string_pretty(&self.value())?))
    }

    fn value(&self) -> Value {
        let rules: Vec<_> = self
            .rules
            .iter()
            .map(|r| json!({"id": r.id, "shortDescription": {"text": r.text}, "defaultConfiguration": {"level": r.level.word()}}))
            .collect();
        let results: Vec<_> = self.entries.iter().map(|entry| self.result(entry)).collect();
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {"name": "pggit", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "results": results,
            }],
        })
    }

    fn result(&self, entry: &Entry) -> Value {
        let index = self.rules.iter().position(|r| r.id == entry.rule);
        let mut result = json!({"ruleId": entry.rule, "ruleIndex": index, "level": entry.level.word(), "message": {"text": entry.message}});
        if let Some((path, line)) = &entry.place {
            result["locations"] =
                json!([{"physicalLocation": {"artifactLocation": {"uri": uri(path)}, "region": {"startLine": (*line).max(1)}}}]);
        }
        result
    }
}

/// A path as a reference that URIs allow: relative as it is, absolute as a file URI.
fn uri(path: &Path) -> String {
    let mut uri = if path.is_absolute() { "file://".to_owned() } else { String::new() };
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'\\' => uri.push('/'),
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_has_what_the_format_asks_for() {
        let mut log = Log::default();
        log.rule(Rule { id: "a".into(), text: "An A.".into(), level: Level::Error });
        let place = Some((PathBuf::from("db/V1__ä b.sql"), 0));
        log.add(Entry { rule: "b-c".into(), level: Level::Note, message: "m".into(), place });
        let value = log.value();
        assert_eq!(value["version"], "2.1.0");
        let run = &value["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"][1]["shortDescription"]["text"], "b c");
        let result = &run["results"][0];
        assert_eq!((&result["ruleIndex"], &result["level"]), (&json!(1), &json!("note")));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "db/V1__%C3%A4%20b.sql");
        assert_eq!(place["region"]["startLine"], 1);
        assert_eq!(uri(Path::new("/a/b.sql")), "file:///a/b.sql");
    }
}
