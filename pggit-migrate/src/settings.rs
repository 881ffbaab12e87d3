//! What a tool is told: from its own configuration file, and by its own names.

use std::collections::BTreeMap;
use std::path::Path;

use crate::{MigrationError, files};

/// Settings by the names that the tool itself has for them, as `flyway.table`. The last that is set counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Adds what a configuration file says: TOML by its extension, else lines of `key=value` where `#` begins a comment.
    ///
    /// # Errors
    /// [`MigrationError::File`] with the line.
    pub fn add_file(&mut self, path: &Path) -> Result<(), MigrationError> {
        let text = files::read(path)?;
        let error = |line, reason: String| MigrationError::File { path: path.to_owned(), line, reason };
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) {
            let table: toml::Table = toml::from_str(&text).map_err(|e| {
                let start = e.span().map_or(0, |span| span.start.min(text.len()));
                error(files::line_after(&text.as_bytes()[..start]), e.message().to_owned())
            })?;
            flatten("", &toml::Value::Table(table), &mut self.0);
            return Ok(());
        }
        let (mut pending, mut started) = (String::new(), 0);
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start();
            if pending.is_empty() {
                started = index + 1;
                if line.trim_end().is_empty() || line.starts_with(['#', '!']) {
                    continue;
                }
            }
            pending.push_str(line.trim_end());
            if let Some(more) = pending.strip_suffix('\\') {
                pending = more.to_owned();
                continue;
            }
            self.add(&std::mem::take(&mut pending)).map_err(|e| error(started, e.to_string()))?;
        }
        if pending.is_empty() { Ok(()) } else { self.add(&pending).map_err(|e| error(started, e.to_string())) }
    }

    /// Adds one as `key=value` or `key: value`.
    ///
    /// # Errors
    /// [`MigrationError::Setting`] for anything else.
    pub fn add(&mut self, setting: &str) -> Result<(), MigrationError> {
        let (key, value) = setting
            .split_once(['=', ':'])
            .filter(|(key, _)| !key.trim().is_empty())
            .ok_or_else(|| MigrationError::Setting { key: format!("\"{setting}\""), reason: "it is not of the form key=value".into() })?;
        self.0.insert(key.trim().to_owned(), value.trim().to_owned());
        Ok(())
    }

    /// The value of a setting.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The settings whose names begin with a prefix, without it.
    pub fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?, value.as_str())))
    }

    /// A setting that is true or false.
    ///
    /// # Errors
    /// [`MigrationError::Setting`] for any other value.
    pub fn flag(&self, key: &str, otherwise: bool) -> Result<bool, MigrationError> {
        match self.get(key) {
            None | Some("") => Ok(otherwise),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(value) => Err(MigrationError::Setting { key: key.to_owned(), reason: format!("\"{value}\" is neither true nor false") }),
        }
    }
}

fn flatten(prefix: &str, value: &toml::Value, into: &mut BTreeMap<String, String>) {
    let text = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                flatten(&if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") }, value, into);
            }
        }
        toml::Value::Array(items) => {
            into.insert(prefix.to_owned(), items.iter().map(text).collect::<Vec<_>>().join(","));
        }
        other => {
            into.insert(prefix.to_owned(), text(other));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> Result<Settings, MigrationError> {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join(name);
        std::fs::write(&path, text).expect("a file");
        let mut settings = Settings::default();
        settings.add_file(&path).map(|()| settings)
    }

    #[test]
    fn both_kinds_of_files_say_the_same() {
        let conf = file("flyway.conf", "# a comment\nflyway.table = history\nflyway.locations=a,\\\n  b\n\nflyway.placeholders.who=me")
            .expect("conf");
        let toml =
            file("flyway.toml", "[flyway]\ntable = 'history'\nlocations = ['a', 'b']\n[flyway.placeholders]\nwho = 'me'").expect("toml");
        assert_eq!(conf, toml);
        assert_eq!(conf.below("flyway.placeholders.").collect::<Vec<_>>(), [("who", "me")]);
    }

    #[test]
    fn what_is_no_setting_is_named_with_its_line() {
        assert!(file("x.conf", "a=b\n\nnonsense\n").expect_err("no setting").to_string().contains("x.conf:3: "));
        assert!(file("x.toml", "[flyway]\ntable = \n").expect_err("no value").to_string().contains("x.toml:2: "));
        assert!(Settings::default().flag("a", true).expect("none"));
    }
}
