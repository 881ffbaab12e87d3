//! What is tracked: configuration and directives, decided by one pure function.
//!
//! The SQL function `pggit.decide_tracking` gives the same answers; a property test compares them.

use serde::{Deserialize, Serialize};

/// The configuration of a branch. Every entry is a LIKE pattern; in each list the first that matches decides.
///
/// ```
/// use pggit_core::model::rules::TrackingConfig;
/// let config: TrackingConfig = toml::from_str(r#"ignore_schemas = ["tmp\\_%"]"#)?;
/// assert_eq!(config.ignore_schemas, [r"tmp\_%"]);
/// assert!(config.validate().is_ok());
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrackingConfig {
    /// Schemas that are tracked whatever else is said.
    pub track_schemas: Vec<String>,
    /// Schemas that are not tracked.
    pub ignore_schemas: Vec<String>,
    /// Operations (command tags) that are tracked whatever else is said.
    pub track_operations: Vec<String>,
    /// Operations that are not tracked.
    pub ignore_operations: Vec<String>,
    /// Commands that are not tracked, as `CREATE UNLOGGED TABLE %`.
    pub ignore_patterns: Vec<String>,
}

/// A configuration that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An empty pattern would match nothing.
    #[error("a pattern in {list} is empty")]
    Empty {
        /// The list that it stands in.
        list: &'static str,
    },
    /// A backslash at the end escapes nothing.
    #[error("the pattern \"{pattern}\" in {list} ends with a backslash that escapes nothing; write two for a backslash")]
    Escape {
        /// The pattern.
        pattern: String,
        /// The list that it stands in.
        list: &'static str,
    },
}

impl TrackingConfig {
    /// Checks every pattern.
    ///
    /// # Errors
    /// The first pattern that is empty or ends in the middle of an escape.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let lists = [
            ("track_schemas", &self.track_schemas),
            ("ignore_schemas", &self.ignore_schemas),
            ("track_operations", &self.track_operations),
            ("ignore_operations", &self.ignore_operations),
            ("ignore_patterns", &self.ignore_patterns),
        ];
        for (list, patterns) in lists {
            for pattern in patterns {
                if pattern.trim().is_empty() {
                    return Err(ConfigError::Empty { list });
                }
                if pattern.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1 {
                    return Err(ConfigError::Escape { pattern: pattern.clone(), list });
                }
            }
        }
        Ok(())
    }
}

/// What is to be decided: a change to an object.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subject<'a> {
    /// The schema of the object, if it has one.
    pub schema: Option<&'a str>,
    /// The type of the object, as `table`.
    pub object_type: &'a str,
    /// The command tag, as `CREATE TABLE`.
    pub operation: &'a str,
    /// The texts that patterns over commands are matched against.
    pub commands: &'a [&'a str],
    /// The object's comment.
    pub object_comment: Option<&'a str>,
    /// The comment of the object's schema.
    pub schema_comment: Option<&'a str>,
}

/// What was decided, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Whether the change is tracked.
    pub tracked: bool,
    /// The rule, as `ignore_schemas: tmp%`.
    pub rule: String,
}

/// Decides: the directive on the object, then on its schema, then what is tracked, then what is ignored; else tracked.
///
/// ```
/// use pggit_core::model::rules::{Subject, TrackingConfig, decide};
/// let config = TrackingConfig { ignore_schemas: vec!["tmp%".into()], ..Default::default() };
/// let subject = Subject { schema: Some("tmp_1"), object_type: "table", operation: "CREATE TABLE", ..Default::default() };
/// assert_eq!(decide(&config, &subject).rule, "ignore_schemas: tmp%");
/// assert!(decide(&config, &Subject { object_comment: Some("@pggit:track"), ..subject }).tracked);
/// ```
#[must_use]
pub fn decide(config: &TrackingConfig, subject: &Subject<'_>) -> Decision {
    let comments = [(subject.object_comment, subject.object_type, "object"), (subject.schema_comment, "schema", "schema")];
    for (comment, object_type, whose) in comments {
        if let Some(tracked) = comment.and_then(|c| directive(c, object_type)) {
            let word = if tracked { "track" } else { "ignore" };
            return Decision { tracked, rule: format!("directive @pggit:{word} on the {whose}") };
        }
    }
    let operation = subject.operation.to_uppercase();
    let by_schema = |pattern: &&String| subject.schema.is_some_and(|s| like(s, pattern));
    let by_operation = |pattern: &&String| like(&operation, &pattern.to_uppercase());
    let by_command = |pattern: &&String| {
        let pattern = normalise_command(pattern);
        subject.commands.iter().any(|c| like(&normalise_command(c), &pattern))
    };
    let found = |tracked, list: &str, pattern: Option<&String>| pattern.map(|p| Decision { tracked, rule: format!("{list}: {p}") });
    found(true, "track_schemas", config.track_schemas.iter().find(by_schema))
        .or_else(|| found(true, "track_operations", config.track_operations.iter().find(by_operation)))
        .or_else(|| found(false, "ignore_schemas", config.ignore_schemas.iter().find(by_schema)))
        .or_else(|| found(false, "ignore_operations", config.ignore_operations.iter().find(by_operation)))
        .or_else(|| found(false, "ignore_pattern", config.ignore_patterns.iter().find(by_command)))
        .unwrap_or_else(|| Decision { tracked: true, rule: "no rule".into() })
}

/// What a comment says about tracking: the first directive counts.
///
/// ```
/// use pggit_core::model::rules::directive;
/// assert_eq!(directive("staging data, @pggit:ignore", "table"), Some(false));
/// assert_eq!(directive("see @pggit-ignore", "table"), None);
/// assert_eq!(directive("see @pggit-ignore", "function"), Some(false));
/// ```
#[must_use]
pub fn directive(comment: &str, object_type: &str) -> Option<bool> {
    let on_function = matches!(object_type, "function" | "procedure" | "aggregate");
    for (start, _) in comment.match_indices("@pggit") {
        let before = comment[..start].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '@') {
            continue;
        }
        let rest = &comment[start + "@pggit".len()..];
        let words: &[(&str, bool)] =
            if on_function { &[(":ignore", false), (":track", true), ("-ignore", false)] } else { &[(":ignore", false), (":track", true)] };
        for (word, tracked) in words {
            if let Some(after) = rest.strip_prefix(word)
                && !after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '-'))
            {
                return Some(*tracked);
            }
        }
    }
    None
}

/// A command as patterns are matched against: outside of quotes comments and runs of white space are one space, letters
/// are upper case.
///
/// ```
/// use pggit_core::model::rules::normalise_command;
/// assert_eq!(normalise_command("create  table /* big */ \"My T\" (a int);"), "CREATE TABLE \"My T\" (A INT)");
/// ```
#[must_use]
pub fn normalise_command(command: &str) -> String {
    let mut out = String::with_capacity(command.len());
    let mut rest = command;
    while let Some(c) = rest.chars().next() {
        let blank = blank_prefix(rest);
        if blank > 0 {
            out.push(' ');
            rest = &rest[blank..];
        } else if let Some(quoted) = quoted_prefix(rest) {
            out.push_str(&rest[..quoted]);
            rest = &rest[quoted..];
        } else {
            out.extend(c.to_uppercase());
            rest = &rest[c.len_utf8()..];
        }
    }
    out.trim_matches(' ').trim_end_matches([';', ' ']).to_owned()
}

/// The length of the white space and comments that a text begins with.
fn blank_prefix(text: &str) -> usize {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start();
        let next = if trimmed.starts_with("--") {
            trimmed.find('\n').map_or("", |n| &trimmed[n..])
        } else if let Some(inside) = trimmed.strip_prefix("/*") {
            match inside.find("*/") {
                Some(end) => &inside[end + 2..],
                None => trimmed,
            }
        } else {
            trimmed
        };
        if next.len() == rest.len() {
            return text.len() - rest.len();
        }
        rest = next;
    }
}

/// The length of the quoted text that a text begins with.
fn quoted_prefix(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut chars = text.char_indices().skip(1).peekable();
    // A text that never ends may still end at the last doubled quote.
    let mut otherwise = None;
    while let Some((at, c)) = chars.next() {
        if c == quote {
            if chars.peek().is_none_or(|(_, next)| *next != quote) {
                return Some(at + 1);
            }
            otherwise = Some(at + 1);
            chars.next();
        }
    }
    otherwise
}

/// LIKE as PostgreSQL has it: `%` any text, `_` one character, backslash escapes.
///
/// ```
/// use pggit_core::model::rules::like;
/// assert!(like("tmp_1", r"tmp\__"));
/// assert!(!like("tmpx1", r"tmp\__"));
/// ```
#[must_use]
pub fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut parts = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        parts.push(match c {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => chars.next().map_or(Part::Literal('\\'), Part::Literal),
            c => Part::Literal(c),
        });
    }
    // Greedy with one step back to the last %: linear for one, never exponential.
    let (mut t, mut p) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match parts.get(p) {
            Some(Part::Any) => {
                back = Some((t, p));
                p += 1;
            }
            Some(Part::One) => {
                t += 1;
                p += 1;
            }
            Some(Part::Literal(c)) if *c == text[t] => {
                t += 1;
                p += 1;
            }
            _ => match back {
                Some((start, any)) => {
                    back = Some((start + 1, any));
                    t = start + 1;
                    p = any + 1;
                }
                None => return false,
            },
        }
    }
    parts[p..].iter().all(|part| matches!(part, Part::Any))
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Any,
    One,
    Literal(char),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn track_rules_come_before_ignore_rules() {
        let config = TrackingConfig { track_schemas: vec!["a".into()], ignore_operations: vec!["REINDEX".into()], ..Default::default() };
        let subject = Subject { schema: Some("a"), object_type: "table", operation: "reindex", ..Default::default() };
        assert_eq!(decide(&config, &subject).rule, "track_schemas: a");
        assert_eq!(decide(&config, &Subject { schema: Some("b"), ..subject }).rule, "ignore_operations: REINDEX");
    }

    #[test]
    fn patterns_are_matched_against_the_normalised_command() {
        let config = TrackingConfig { ignore_patterns: vec!["create unlogged table %".into()], ..Default::default() };
        let commands = ["CREATE  UNLOGGED\n TABLE -- fast\n x (a int)"];
        let subject =
            Subject { schema: Some("s"), object_type: "table", operation: "CREATE TABLE", commands: &commands, ..Default::default() };
        assert!(!decide(&config, &subject).tracked);
    }

    #[test]
    fn broken_patterns_are_named() {
        let config = TrackingConfig { ignore_schemas: vec!["x\\".into()], ..Default::default() };
        assert!(matches!(config.validate(), Err(ConfigError::Escape { .. })));
        let config = TrackingConfig { ignore_patterns: vec![" ".into()], ..Default::default() };
        assert_eq!(config.validate(), Err(ConfigError::Empty { list: "ignore_patterns" }));
    }

    #[test]
    fn words_that_only_begin_like_a_directive_are_none() {
        assert_eq!(directive("x@pggit:ignore", "table"), None);
        assert_eq!(directive("@pggit:ignored @pggit:track.", "table"), Some(true));
    }
}
