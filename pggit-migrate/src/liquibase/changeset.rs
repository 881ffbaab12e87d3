//! A changeset: what identifies it, when it runs, and its checksums.

use std::cell::RefCell;
use std::path::PathBuf;

use super::change::{self, Surroundings};
use super::checksum::Version;
use super::node::{Exact, Node};
use super::parameters::Parameters;
use super::resources::{Resources, sibling};

/// A checksum, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sum {
    Known(String),
    /// Known if these parameters had the same values when it ran.
    Given(String, Vec<String>),
    /// Not known, and why.
    Unknown(String),
}

/// A changeset of a changelog.
#[derive(Debug, Clone)]
pub(super) struct Changeset {
    pub id: String,
    pub author: String,
    /// Its path in the tool's own table.
    pub path: String,
    pub file: PathBuf,
    pub line: usize,
    pub comments: Vec<String>,
    /// Whether it runs in the contexts and with the labels that were given.
    pub is_selected: bool,
    pub is_ignored: bool,
    pub runs_on_change: bool,
    pub runs_always: bool,
    pub valid: Vec<String>,
    pub nine: Sum,
    pub eight: Sum,
    /// Its SQL, when it is nothing but SQL.
    pub sql: Option<String>,
}

/// Where a changeset stands.
pub(super) struct Place<'a> {
    /// The path of its changelog by which it is found, for what is relative to it.
    pub physical: &'a str,
    /// The path of its changelog by which its parameters are known.
    pub logical: &'a str,
    pub resources: &'a Resources,
    pub parameters: &'a Parameters,
}

/// Files and parameters for the changes of one changeset.
struct Around<'a> {
    place: &'a Place<'a>,
    used: RefCell<Vec<String>>,
}

impl Surroundings for Around<'_> {
    fn file(&self, path: &str, relative: bool) -> Exact<Vec<u8>> {
        let path = if relative { sibling(self.place.physical, path) } else { path.to_owned() };
        let file = self.place.resources.find(&path).ok_or_else(|| format!("the file {path} is not there"))?;
        crate::files::bytes(&file).map_err(|e| e.to_string())
    }

    fn expand(&self, text: &str) -> Exact<String> {
        let expanded = self.place.parameters.expand(text, self.place.logical)?;
        self.used.borrow_mut().extend(expanded.parameters);
        Ok(expanded.text)
    }
}

/// The checksum of a changeset at a version.
pub(super) fn sum(changeset: &Node, version: Version, place: &Place<'_>) -> Sum {
    let around = Around { place, used: RefCell::default() };
    match digest(changeset, version, &around) {
        Err(reason) => Sum::Unknown(reason),
        Ok(digest) => {
            let mut parameters = around.used.into_inner();
            changeset.all_parameters(&mut parameters);
            parameters.sort();
            parameters.dedup();
            if parameters.is_empty() { Sum::Known(digest) } else { Sum::Given(digest, parameters) }
        }
    }
}

fn digest(changeset: &Node, version: Version, around: &dyn Surroundings) -> Exact<String> {
    let mut sums = String::new();
    for node in changes(changeset) {
        if let Some(sum) = change::checksum(node, version, around)? {
            sums.push_str(&sum);
            sums.push(':');
        }
    }
    for parent in changeset.children.iter().flat_map(within).filter(|node| node.name == "modifySql") {
        for node in &parent.children {
            if let Some(sum) = change::visitor(node, parent, version)? {
                sums.push_str(&sum);
                sums.push(';');
            }
        }
    }
    Ok(version.of_text(&sums))
}

/// What stands in `changes` stands in the changeset.
fn within(node: &Node) -> Box<dyn Iterator<Item = &Node> + '_> {
    if node.name == "changes" { Box::new(node.children.iter().flat_map(within)) } else { Box::new(std::iter::once(node)) }
}

fn changes(changeset: &Node) -> impl Iterator<Item = &Node> {
    changeset.children.iter().flat_map(within).filter(|node| change::is_change(node))
}

/// The SQL of a changeset that is nothing but SQL.
pub(super) fn sql(changeset: &Node) -> Option<String> {
    let texts: Option<Vec<_>> = changes(changeset)
        .map(|node| if node.name == "sql" { change::sql(node).ok().map(Option::unwrap_or_default) } else { None })
        .collect();
    texts.filter(|texts| !texts.is_empty()).map(|texts| texts.join("\n;\n"))
}

/// The checksums that a changeset says are valid.
pub(super) fn valid(changeset: &Node) -> Vec<String> {
    use super::node::Value;
    fn texts(node: &Node) -> Vec<String> {
        match &node.value {
            Value::List(values) => values.iter().filter_map(|value| value.text().ok().flatten()).collect(),
            value => value.text().ok().flatten().into_iter().collect(),
        }
    }
    let nodes = changeset.children.iter().filter(|node| matches!(node.name.as_str(), "validCheckSum" | "validCheckSums"));
    nodes.flat_map(|node| texts(node).into_iter().chain(node.children.iter().flat_map(texts))).map(|text| text.trim().to_owned()).collect()
}
