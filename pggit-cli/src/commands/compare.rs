//! `pggit compare`: environments side by side.

use std::collections::{BTreeMap, BTreeSet};

use pggit_core::Repository;
use pggit_core::repository::{EnvironmentDifference, EnvironmentElement};
use serde_json::Value;

use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A branch, a tag or another revision of this database
    one: String,
    /// Another revision; of the database of --with, where that is given
    #[arg(default_value = "HEAD")]
    other: String,
    /// The second database; it needs pgGit, and no dblink
    #[arg(long, value_name = "URL")]
    with: Option<String>,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    let differences = match &args.with {
        None => repository.compare_environments(&args.one, &args.other)?,
        Some(url) => differences(repository.environment(&args.one)?, Repository::open(url)?.environment(&args.other)?),
    };
    output::print(cli, &differences, |differences| {
        if differences.is_empty() {
            return "No differences.\n".into();
        }
        let side = |d: &EnvironmentDifference| match (d.env1_status.as_str(), d.env2_status.as_str()) {
            ("missing", _) => "only in the second".to_owned(),
            (_, "missing") => "only in the first".to_owned(),
            _ => d.difference.clone(),
        };
        let rows: Vec<_> = differences.iter().map(|d| vec![d.object_type.clone(), d.object_name.clone(), side(d)]).collect();
        output::table(&["type", "object", "difference"], &rows)
    })
}

fn differences(one: Vec<EnvironmentElement>, other: Vec<EnvironmentElement>) -> Vec<EnvironmentDifference> {
    let by_name = |elements: Vec<EnvironmentElement>| -> BTreeMap<(String, String), Value> {
        elements.into_iter().map(|e| ((e.object_identity, e.object_type), e.definition)).collect()
    };
    let (one, other) = (by_name(one), by_name(other));
    let names: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let state = |there: bool| if there { "present" } else { "missing" }.to_owned();
    names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name))
        .map(|name| EnvironmentDifference {
            object_type: name.1.clone(),
            object_name: name.0.clone(),
            env1_status: state(one.contains_key(name)),
            env2_status: state(other.contains_key(name)),
            difference: match (one.get(name), other.get(name)) {
                (Some(a), Some(b)) => format!("differs in {}", properties(a, b)),
                (Some(_), None) => "only in the first".into(),
                _ => "only in the second".into(),
            },
        })
        .collect()
}

fn properties(one: &Value, other: &Value) -> String {
    let keys: BTreeSet<_> = [one, other].into_iter().filter_map(Value::as_object).flat_map(|o| o.keys()).collect();
    let differing: Vec<_> = keys.into_iter().filter(|k| one.get(k) != other.get(k)).map(String::as_str).collect();
    differing.join(", ")
}
