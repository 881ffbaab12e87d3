//! The dependencies between the sides: what is as it should be, what runs the wrong way, and what nobody can know.

use pggit_sql::DependencyGraph;
use pggit_sql::graph::{Object, Unknown};
use serde::Serialize;

use crate::sides::{Side, Sides};

/// Whether an object needs another by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// By itself.
    Direct,
    /// Through others.
    Indirect,
}

/// An object on one side that needs an object on the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependency {
    /// The object that is needed.
    pub needed: String,
    /// The object that needs it.
    pub dependant: String,
    /// By itself or through others.
    pub kind: Kind,
    /// The shortest way from the dependant to what it needs, both included.
    pub path: Vec<String>,
}

/// All that is known of the dependencies between the sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependencies {
    /// What the query side needs of the command side.
    pub dependencies: Vec<Dependency>,
    /// What the command side needs of the query side, and should not.
    pub violations: Vec<Dependency>,
    /// Circles of objects that need each other, with at least one on a side.
    pub cycles: Vec<Vec<String>>,
    /// Functions on a side whose needs cannot be known.
    pub unknown: Vec<Unknown>,
}

impl Dependencies {
    /// Finds them in the graph of a database.
    #[must_use]
    pub fn find(graph: &DependencyGraph, sides: &Sides) -> Self {
        let on_a_side = |object: &Object| sides.of_schema(&object.schema).is_some();
        let sided: std::collections::HashSet<&str> = graph.objects().filter(|o| on_a_side(o)).map(|o| o.identity.as_str()).collect();
        let cycles = graph.cycles().into_iter().filter(|c| c.iter().any(|o| on_a_side(o)));
        Self {
            dependencies: between(graph, sides, Side::Query, Side::Command),
            violations: between(graph, sides, Side::Command, Side::Query),
            cycles: cycles.map(|c| c.into_iter().map(|o| o.identity.clone()).collect()).collect(),
            unknown: graph.unknown().iter().filter(|u| sided.contains(u.function.as_str())).cloned().collect(),
        }
    }
}

fn between(graph: &DependencyGraph, sides: &Sides, from: Side, to: Side) -> Vec<Dependency> {
    let on = |side: Side| move |object: &Object| sides.of_schema(&object.schema) == Some(side);
    let found = graph.paths_between(on(from), on(to)).into_iter().filter_map(|path| {
        let ([dependant, ..], [.., needed]) = (path.as_slice(), path.as_slice()) else { return None };
        Some(Dependency {
            needed: needed.identity.clone(),
            dependant: dependant.identity.clone(),
            kind: if path.len() == 2 { Kind::Direct } else { Kind::Indirect },
            path: path.iter().map(|o| o.identity.clone()).collect(),
        })
    });
    let mut found: Vec<_> = found.collect();
    found.sort_by(|a, b| (&a.needed, &a.dependant).cmp(&(&b.needed, &b.dependant)));
    found
}
