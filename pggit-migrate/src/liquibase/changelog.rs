//! Reading a changelog with all that it includes.

use std::path::{Path, PathBuf};

use super::changeset::{self, Changeset, Place};
use super::checksum::Version;
use super::node::{Exact, Node, Value};
use super::parameters::Parameters;
use super::resources::{Resources, normalized, sibling};
use super::selection::{Selection, dbms_matches};
use super::{formatted, xml, yaml};
use crate::{MigrationError, files};

const DEEPEST: usize = 50;
const MOST_FILES: usize = 100_000;
const MOST_CHANGESETS: usize = 1_000_000;

/// What a changelog is read with.
pub(super) struct Reader<'a> {
    pub resources: &'a Resources,
    pub selection: &'a Selection,
    pub parameters: Parameters,
    pub found: Vec<Changeset>,
    /// The paths of all files that were read.
    pub files: Vec<String>,
    /// Those that are being read, from the outermost.
    open: Vec<String>,
    /// What is known of all changesets in what is being included: contexts and labels.
    filters: Vec<(Option<String>, Option<String>)>,
    is_ignored: bool,
    /// Why no checksum is known any more.
    spoiled: Option<String>,
}

/// The kinds of files that Liquibase knows, by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Xml,
    Yaml,
    Sql,
}

impl Format {
    pub fn of(path: &str) -> Option<Self> {
        let path = path.to_lowercase();
        if path.ends_with("xml") {
            Some(Self::Xml)
        } else if [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end)) {
            Some(Self::Yaml)
        } else {
            path.ends_with(".sql").then_some(Self::Sql)
        }
    }
}

/// A file as a tree, and whether its text has parameters.
pub(super) fn tree(file: &Path, format: Format) -> Result<(Node, bool), MigrationError> {
    let bytes = files::bytes(file)?;
    let text = match format {
        Format::Xml => decode_xml(file, bytes)?,
        _ if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) => crate::encoding::decode(file, bytes, "UTF-16")?,
        _ => files::utf8(file, bytes)?,
    };
    match format {
        Format::Xml => xml::read(file, &text).map(|root| (root, true)),
        Format::Yaml => yaml::read(file, &text).map(|root| (root, true)),
        Format::Sql if formatted::is_formatted(&text) => formatted::read(file, &text).map(|root| (root, true)),
        Format::Sql => Ok((formatted::read_plain(&text), false)),
    }
}

/// XML says itself what it is encoded in.
fn decode_xml(file: &Path, bytes: Vec<u8>) -> Result<String, MigrationError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return crate::encoding::decode(file, bytes, "UTF-16");
    }
    let start: String = bytes.iter().take(200).map(|byte| char::from(*byte)).collect();
    let declaration = start.trim_start_matches("\u{ef}\u{bb}\u{bf}").strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
    let named = declaration.and_then(|(declaration, _)| declaration.split_once("encoding")).map(|(_, rest)| rest);
    let encoding = named.and_then(|rest| rest.split(['"', '\'']).nth(1)).unwrap_or("UTF-8");
    crate::encoding::decode(file, bytes, encoding)
}

impl<'a> Reader<'a> {
    pub fn new(resources: &'a Resources, selection: &'a Selection, parameters: Parameters) -> Self {
        Self {
            resources,
            selection,
            parameters,
            found: Vec::new(),
            files: Vec::new(),
            open: Vec::new(),
            filters: Vec::new(),
            is_ignored: false,
            spoiled: None,
        }
    }

    /// Reads a changelog by its path.
    pub fn read(&mut self, path: &str, file: &Path) -> Result<(), MigrationError> {
        let error = |reason: String| MigrationError::File { path: file.to_owned(), line: 1, reason };
        let Some(format) = Format::of(path) else { return Err(error("Liquibase does not know the format of the file".into())) };
        if self.files.len() >= MOST_FILES {
            return Err(error(format!("more than {MOST_FILES} files are included")));
        }
        let (mut root, has_parameters) = tree(file, format)?;
        let physical = if format == Format::Sql { path.to_owned() } else { normalized(path).unwrap_or_else(|| path.to_owned()) };
        self.files.push(physical.clone());
        self.open.push(physical.clone());
        let logical = root.text("logicalFilePath").ok().flatten();
        let log = Log { physical, logical, file: file.to_owned(), has_parameters };
        if format == Format::Yaml {
            // Liquibase takes all properties of the file first.
            for node in root.children.iter().filter(|node| node.name == "property") {
                let done = self.parameters.set_property(node, log.key(), self.selection);
                done.map_err(|reason| log.error(node.line, reason))?;
            }
        }
        for node in std::mem::take(&mut root.children) {
            self.entry(&log, node)?;
        }
        self.open.pop();
        Ok(())
    }

    fn entry(&mut self, log: &Log, mut node: Node) -> Result<(), MigrationError> {
        if log.has_parameters {
            self.parameters.expand_node(&mut node, log.key());
        }
        let line = node.line;
        match node.name.as_str() {
            "changeSet" => self.changeset(log, &node).map_err(|reason| log.error(line, reason)),
            "modifyChangeSets" => node.children.into_iter().try_for_each(|child| self.entry(log, child)),
            "include" => self.include(log, &node),
            "includeAll" => self.include_all(log, &node),
            "property" => self.property(log, &node),
            "removeChangeSetProperty" => {
                self.spoiled = Some("removeChangeSetProperty changes it".into());
                Ok(())
            }
            "preConditions" => Ok(()),
            _ if node.children.is_empty() => Ok(()),
            name => Err(log.error(line, format!("Liquibase does not know \"{name}\" in a changelog"))),
        }
    }

    fn property(&mut self, log: &Log, node: &Node) -> Result<(), MigrationError> {
        let located = |reason| log.error(node.line, reason);
        let Some(path) = node.text("file").map_err(located)? else {
            return self.parameters.set_property(node, log.key(), self.selection).map_err(located);
        };
        let path =
            if node.flag("relativeToChangelogFile").map_err(located)?.unwrap_or(false) { sibling(&log.physical, &path) } else { path };
        let Some(file) = self.resources.find(&path) else {
            if node.flag("errorIfMissing").map_err(located)?.unwrap_or(true) {
                return Err(located(format!("the file {path} is not there")));
            }
            return Ok(());
        };
        let text: String = files::bytes(&file)?.into_iter().map(char::from).collect();
        for (name, value) in super::properties::entries(&text).map_err(|line| MigrationError::File {
            path: file.clone(),
            line,
            reason: "it has an escape that is none".into(),
        })? {
            let mut one = node.clone();
            one.children.retain(|child| !matches!(child.name.as_str(), "name" | "value" | "file"));
            for (key, text) in [("name", name), ("value", value)] {
                let mut child = Node::new(key, node.line);
                child.value = Value::Text(text);
                one.children.push(child);
            }
            self.parameters.set_property(&one, log.key(), self.selection).map_err(located)?;
        }
        Ok(())
    }

    fn changeset(&mut self, log: &Log, node: &Node) -> Exact<()> {
        let dbms = node.text("dbms")?.map(|dbms| dbms.to_lowercase());
        if !dbms_matches(dbms.as_deref()) {
            return Ok(());
        }
        if self.found.len() >= MOST_CHANGESETS {
            return Err(format!("there are more than {MOST_CHANGESETS} changesets"));
        }
        let (Some(id), Some(author)) = (node.text("id")?, node.text("author")?) else {
            return Err("the changeset has no id or no author".into());
        };
        let path = node.trimmed("logicalFilePath")?.unwrap_or_else(|| log.key().to_owned());
        let contexts = contexts(node)?;
        let labels = node.text("labels")?;
        let is_selected = self.selection.runs(contexts.as_deref(), labels.as_deref())
            && self.filters.iter().all(|(contexts, labels)| self.selection.runs(contexts.as_deref(), labels.as_deref()));
        let place = Place { physical: &log.physical, logical: log.key(), resources: self.resources, parameters: &self.parameters };
        let sum = |version| match &self.spoiled {
            Some(reason) => changeset::Sum::Unknown(reason.clone()),
            None => changeset::sum(node, version, &place),
        };
        self.found.push(Changeset {
            path: normalized(&path).unwrap_or(path),
            file: log.file.clone(),
            line: node.line,
            comments: node.named("comment").filter_map(|comment| comment.value.text().ok().flatten()).collect(),
            is_selected,
            is_ignored: self.is_ignored || node.flag("ignore")?.unwrap_or(false),
            runs_on_change: node.flag("runOnChange")?.unwrap_or(false),
            runs_always: node.flag("runAlways")?.or(node.flag("alwaysRun")?).unwrap_or(false),
            valid: changeset::valid(node),
            nine: sum(Version::Nine),
            eight: sum(Version::Eight),
            sql: changeset::sql(node),
            id,
            author,
        });
        Ok(())
    }

    fn include(&mut self, log: &Log, node: &Node) -> Result<(), MigrationError> {
        let located = |reason| log.error(node.line, reason);
        let path = node.text("file").map_err(located)?.ok_or_else(|| located("the include names no file".into()))?.replace('\\', "/");
        let is_relative = node.flag("relativeToChangelogFile").map_err(located)?.unwrap_or(false);
        let path = if is_relative { sibling(&log.physical, &path) } else { path };
        let Some(file) = self.resources.find(&path) else {
            if node.flag("errorIfMissing").map_err(located)?.unwrap_or(true) {
                return Err(located(format!("the file {path} is not there")));
            }
            return Ok(());
        };
        self.within(log, node, |reader| reader.included(log, node.line, &path, &file))
    }

    /// Reads files with the contexts and labels that their inclusion adds.
    fn within(&mut self, log: &Log, node: &Node, read: impl FnOnce(&mut Self) -> Result<(), MigrationError>) -> Result<(), MigrationError> {
        let filter = contexts(node).and_then(|contexts| Ok((contexts, node.text("labels")?)));
        let ignored = node.flag("ignore").map_err(|reason| log.error(node.line, reason))?.unwrap_or(false);
        self.filters.push(filter.map_err(|reason| log.error(node.line, reason))?);
        let before = self.is_ignored;
        self.is_ignored |= ignored;
        let result = read(self);
        self.is_ignored = before;
        self.filters.pop();
        result
    }

    fn included(&mut self, log: &Log, line: usize, path: &str, file: &Path) -> Result<(), MigrationError> {
        if self.open.len() >= DEEPEST {
            return Err(log.error(line, format!("files include one another more than {DEEPEST} deep")));
        }
        let normal = normalized(path);
        if self.open.iter().any(|open| normalized(open) == normal) {
            return Err(log.error(line, format!("{path} includes itself")));
        }
        self.read(path, file)
    }

    fn include_all(&mut self, log: &Log, node: &Node) -> Result<(), MigrationError> {
        let located = |reason| log.error(node.line, reason);
        let path = node.text("path").map_err(located)?.ok_or_else(|| located("the includeAll names no path".into()))?;
        let is_relative = node.flag("relativeToChangelogFile").map_err(located)?.unwrap_or(false);
        let path = if is_relative { sibling(&log.physical, &path) } else { path };
        for name in ["filter", "resourceFilter", "resourceComparator"] {
            if let Some(class) = node.text(name).map_err(located)? {
                return Err(located(format!("the class {class} says what is included, and only Liquibase can ask it")));
            }
        }
        let number = |name: &str| -> Result<Option<usize>, MigrationError> {
            node.integer(name).map_err(located)?.map(|text| text.parse().map_err(|_| located(format!("{name} is too large")))).transpose()
        };
        let (least, most) = (number("minDepth")?.unwrap_or(0), number("maxDepth")?.unwrap_or(usize::MAX));
        let end = node.text("endsWithFilter").map_err(located)?.unwrap_or_default().trim().to_lowercase();
        let below = self.resources.below(&path)?;
        let wanted: Vec<_> =
            below.into_iter().filter(|(file, depth)| (least..=most).contains(depth) && file.to_lowercase().ends_with(&end)).collect();
        if wanted.is_empty() && node.flag("errorIfMissingOrEmpty").map_err(located)?.unwrap_or(true) {
            return Err(located(format!("there are no changelogs in {path}")));
        }
        self.within(log, node, |reader| {
            for (path, _) in &wanted {
                // Liquibase passes over what it does not know.
                if let (Some(_), Some(file)) = (Format::of(path), reader.resources.find(path)) {
                    reader.included(log, node.line, path, &file)?;
                }
            }
            Ok(())
        })
    }
}

/// A changelog that is being read.
struct Log {
    physical: String,
    logical: Option<String>,
    file: PathBuf,
    has_parameters: bool,
}

impl Log {
    /// The path that its changesets and its own parameters go by.
    fn key(&self) -> &str {
        self.logical.as_deref().unwrap_or(&self.physical)
    }

    fn error(&self, line: usize, reason: String) -> MigrationError {
        MigrationError::File { path: self.file.clone(), line, reason }
    }
}

fn contexts(node: &Node) -> Exact<Option<String>> {
    Ok(match node.trimmed("contextFilter")? {
        Some(contexts) => Some(contexts),
        None => node.trimmed("context")?,
    })
}
