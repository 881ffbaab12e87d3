//! What Flyway is told, as far as it matters to how migrations stand.

use std::collections::BTreeMap;

use super::version::Version;
use crate::{MigrationError, Settings};

/// Where `flyway.target` says to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Nowhere.
    Latest,
    /// At the version that is there.
    Current,
    /// After the first pending one.
    Next,
    /// At a version.
    At(Version),
}

/// Settings of Flyway by their meaning.
#[derive(Debug, Clone)]
pub struct Flags {
    pub table: String,
    pub schema: String,
    pub encoding: String,
    pub prefixes: Prefixes,
    pub separator: String,
    pub suffixes: Vec<String>,
    pub replaces_placeholders: bool,
    pub placeholders: BTreeMap<String, String>,
    pub placeholder_prefix: String,
    pub placeholder_suffix: String,
    pub out_of_order: bool,
    pub target: Target,
    pub ignored: Vec<(String, String)>,
    /// Where it looks for migrations.
    pub locations: Vec<String>,
    pub working_directory: Option<String>,
    pub fails_on_missing: bool,
    /// Versions or descriptions that alone are to run; empty for all.
    pub picked: Vec<String>,
}

/// What the names of files begin with.
#[derive(Debug, Clone)]
pub struct Prefixes {
    pub versioned: String,
    pub repeatable: String,
    pub undo: String,
    pub baseline: String,
}

fn wrong(key: &str, reason: impl Into<String>) -> MigrationError {
    MigrationError::Setting { key: key.to_owned(), reason: reason.into() }
}

impl Flags {
    pub fn new(settings: &Settings) -> Result<Self, MigrationError> {
        let text = |key: &str, otherwise: &str| settings.get(key).filter(|v| !v.is_empty()).unwrap_or(otherwise).to_owned();
        let list = |key: &str, otherwise: &str| -> Vec<String> {
            let value = settings.get(key).unwrap_or(otherwise);
            value.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
        };
        let target = match text("flyway.target", "latest").trim_end_matches('?') {
            word if word.eq_ignore_ascii_case("latest") => Target::Latest,
            word if word.eq_ignore_ascii_case("current") => Target::Current,
            word if word.eq_ignore_ascii_case("next") => Target::Next,
            version => Target::At(Version::parse(version).ok_or_else(|| wrong("flyway.target", format!("\"{version}\" is no version")))?),
        };
        let pattern = |text: String| {
            let (kind, status) = text.split_once(':').unwrap_or((&text, ""));
            let (kind, status) = (kind.trim().to_ascii_lowercase(), status.trim().to_ascii_lowercase());
            let is_known = ["*", "repeatable", "versioned"].contains(&kind.as_str())
                && ["*", "missing", "pending", "ignored", "future"].contains(&status.as_str());
            let reason = format!("\"{text}\" is not of the form (repeatable|versioned|*):(missing|pending|ignored|future|*)");
            if is_known { Ok((kind, status)) } else { Err(wrong("flyway.ignoreMigrationPatterns", reason)) }
        };
        let schema = settings.get("flyway.defaultSchema").map(str::to_owned).or_else(|| list("flyway.schemas", "").into_iter().next());
        let schema = schema.filter(|s| !s.is_empty()).unwrap_or_else(|| "public".into());
        let mut placeholders: BTreeMap<_, _> =
            settings.below("flyway.placeholders.").map(|(key, value)| (key.to_ascii_lowercase(), value.to_owned())).collect();
        for (key, value) in [("flyway:defaultschema", &schema), ("flyway:table", &text("flyway.table", "flyway_schema_history"))] {
            placeholders.entry(key.to_owned()).or_insert_with(|| value.clone());
        }
        if let Some(user) = settings.get("flyway.user") {
            placeholders.entry("flyway:user".to_owned()).or_insert_with(|| user.to_owned());
        }
        Ok(Self {
            table: text("flyway.table", "flyway_schema_history"),
            schema,
            encoding: text("flyway.encoding", "UTF-8"),
            prefixes: Prefixes {
                versioned: text("flyway.sqlMigrationPrefix", "V"),
                repeatable: text("flyway.repeatableSqlMigrationPrefix", "R"),
                undo: text("flyway.undoSqlMigrationPrefix", "U"),
                baseline: text("flyway.baselineMigrationPrefix", "B"),
            },
            separator: text("flyway.sqlMigrationSeparator", "__"),
            suffixes: list("flyway.sqlMigrationSuffixes", ".sql"),
            replaces_placeholders: settings.flag("flyway.placeholderReplacement", true)?,
            placeholders,
            placeholder_prefix: text("flyway.placeholderPrefix", "${"),
            placeholder_suffix: text("flyway.placeholderSuffix", "}"),
            out_of_order: settings.flag("flyway.outOfOrder", false)?,
            target,
            locations: list("flyway.locations", ""),
            working_directory: settings.get("flyway.workingDirectory").filter(|v| !v.is_empty()).map(str::to_owned),
            fails_on_missing: settings.flag("flyway.failOnMissingLocations", false)?,
            picked: list("flyway.cherryPick", ""),
            ignored: list("flyway.ignoreMigrationPatterns", "*:future").into_iter().map(pattern).collect::<Result<_, _>>()?,
        })
    }

    /// Whether a migration is among those that alone are to run.
    pub fn picks(&self, version: Option<&Version>, description: &str) -> bool {
        let is_it =
            |item: &String| version.is_some_and(|v| Version::parse(item).is_some_and(|i| i == *v)) || item.replace('_', " ") == description;
        self.picked.is_empty() || self.picked.iter().any(is_it)
    }

    /// Whether Flyway is told not to mind migrations of a kind in a state.
    pub fn ignores(&self, is_repeatable: bool, status: &str) -> bool {
        let own = if is_repeatable { "repeatable" } else { "versioned" };
        self.ignored.iter().any(|(kind, wanted)| (kind == "*" || kind == own) && (wanted == "*" || wanted == status))
    }
}
