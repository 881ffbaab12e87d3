//! Environments side by side: databases with pgGit or without, on servers of any supported version.

use std::collections::{BTreeMap, BTreeSet};

use pggit_core::Repository;
use pggit_core::repository::EnvironmentDifference;
use serde_json::Value;

use crate::portable::{exists_in, portable};
use crate::working::{WorkingError, WorkingSchema};

/// A schema to compare with another.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The major version of the server that describes it.
    pub version: u32,
    /// The definitions by identity and type.
    pub definitions: BTreeMap<(String, String), Value>,
}

/// An environment that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// From a database with pgGit.
    #[error(transparent)]
    Repository(#[from] pggit_core::Error),
    /// From a database without it.
    #[error(transparent)]
    Working(#[from] WorkingError),
    /// Only a history has revisions.
    #[error("the database that {revision} is sought in has no pgGit: only its schema as it stands can be compared")]
    NoHistory {
        /// What was asked for.
        revision: String,
    },
}

impl Environment {
    /// A revision of a database with pgGit; of one without, the schema as it stands, which goes by `HEAD`.
    ///
    /// # Errors
    /// When the database cannot be read, or has no such revision.
    pub fn read(url: &str, revision: &str) -> Result<Self, EnvironmentError> {
        match Repository::open(url) {
            Ok(mut repository) => Ok(Self::of(&mut repository, revision)?),
            Err(pggit_core::Error::NotInstalled { .. }) if revision == "HEAD" => {
                let mut schema = WorkingSchema::connect(url)?;
                let elements = schema.elements()?;
                let definitions = elements.into_iter().map(|e| ((e.object_identity, e.object_type), e.definition)).collect();
                Ok(Self { version: schema.version()?, definitions })
            }
            Err(pggit_core::Error::NotInstalled { .. }) => Err(EnvironmentError::NoHistory { revision: revision.to_owned() }),
            Err(other) => Err(other.into()),
        }
    }

    /// A revision of a database with pgGit.
    ///
    /// # Errors
    /// When there is no such revision.
    pub fn of(repository: &mut Repository, revision: &str) -> Result<Self, pggit_core::Error> {
        let elements = repository.environment(revision)?;
        let definitions = elements.into_iter().map(|e| ((e.object_identity, e.object_type), e.definition)).collect();
        Ok(Self { version: repository.server_version()?, definitions })
    }

    /// How this one differs from another; nothing for what is the same.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<EnvironmentDifference> {
        let oldest = self.version.min(other.version);
        let side = |environment: &Self| -> BTreeMap<(String, String), Value> {
            if self.version == other.version {
                return environment.definitions.clone();
            }
            let there = environment.definitions.iter().filter(|(_, definition)| exists_in(oldest, definition));
            there.map(|(name, definition)| (name.clone(), portable(oldest, definition))).collect()
        };
        let (first, second) = (side(self), side(other));
        let names: BTreeSet<_> = first.keys().chain(second.keys()).collect();
        let state = |there: bool| if there { "present" } else { "missing" }.to_owned();
        names
            .into_iter()
            .filter_map(|name| {
                let (one, two) = (first.get(name), second.get(name));
                let difference = match (one, two) {
                    (Some(one), Some(two)) if one == two => return None,
                    (Some(one), Some(two)) => format!("differs in {}", properties(one, two)),
                    (Some(_), None) => "only in the first".into(),
                    _ => "only in the second".into(),
                };
                Some(EnvironmentDifference {
                    object_type: name.1.clone(),
                    object_name: name.0.clone(),
                    env1_status: state(one.is_some()),
                    env2_status: state(two.is_some()),
                    difference,
                })
            })
            .collect()
    }
}

fn properties(one: &Value, other: &Value) -> String {
    let keys: BTreeSet<_> = [one, other].into_iter().filter_map(Value::as_object).flat_map(|o| o.keys()).collect();
    let differing: Vec<_> = keys.into_iter().filter(|k| one.get(k) != other.get(k)).map(String::as_str).collect();
    differing.join(", ")
}
