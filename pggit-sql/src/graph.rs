//! What depends on what in a live schema: as the catalogs say, and as the bodies of functions say where they can be read.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Oid, Text};
use petgraph::Direction;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;
use pggit_core::objects::{GRAPH_EDGES, GRAPH_OBJECTS};
use serde::Serialize;

use crate::analysis::{Name, References, body_references, statement_references};
use crate::working::WorkingError;

/// An object in the graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Object {
    /// `table`, `view`, `materialized view`, `foreign table`, `sequence`, `type` or `function` (which stands for procedures and the like too).
    pub object_type: String,
    /// Its schema.
    pub schema: String,
    /// Its identity, as `shop.total(integer)`, quoted where it needs to be.
    pub identity: String,
}

/// How it is known that one object needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The catalogs say so: PostgreSQL itself keeps count of it.
    Catalog,
    /// The text of a function's body says so.
    Body,
}

/// Something that cannot be known without running it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// The function.
    pub function: String,
    /// What about it, in words.
    pub reason: String,
}

#[derive(QueryableByName)]
struct NodeRow {
    #[diesel(sql_type = Oid)]
    classid: u32,
    #[diesel(sql_type = Oid)]
    objid: u32,
    #[diesel(sql_type = Text)]
    object_type: String,
    #[diesel(sql_type = Text)]
    schema_name: String,
    #[diesel(sql_type = Text)]
    object_name: String,
    #[diesel(sql_type = Text)]
    identity: String,
    #[diesel(sql_type = Nullable<Text>)]
    language: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
    #[diesel(sql_type = Array<Text>)]
    path: Vec<String>,
}

#[derive(QueryableByName)]
struct EdgeRow {
    #[diesel(sql_type = Oid)]
    dependant_classid: u32,
    #[diesel(sql_type = Oid)]
    dependant_objid: u32,
    #[diesel(sql_type = Oid)]
    needed_classid: u32,
    #[diesel(sql_type = Oid)]
    needed_objid: u32,
}

/// The dependencies of a live schema. An edge leads from the object that needs to the object that is needed.
#[derive(Debug, Clone, Default)]
pub struct DependencyGraph {
    graph: DiGraph<Object, Source>,
    by_identity: HashMap<String, NodeIndex>,
    unknown: Vec<Unknown>,
}

impl DependencyGraph {
    /// Reads the graph from a database, which need not have pgGit.
    ///
    /// # Errors
    /// [`WorkingError::Read`] when a query fails.
    pub fn read(connection: &mut PgConnection) -> Result<Self, WorkingError> {
        let nodes: Vec<NodeRow> = diesel::sql_query(GRAPH_OBJECTS).load(connection)?;
        let edges: Vec<EdgeRow> = diesel::sql_query(GRAPH_EDGES).load(connection)?;
        let mut made = Self::default();
        let mut by_oid = HashMap::new();
        let mut by_name: HashMap<(String, String), Vec<NodeIndex>> = HashMap::new();
        for row in &nodes {
            let object = Object { object_type: row.object_type.clone(), schema: row.schema_name.clone(), identity: row.identity.clone() };
            let place = made.add(object);
            by_oid.insert((row.classid, row.objid), place);
            by_name.entry((row.schema_name.clone(), row.object_name.clone())).or_default().push(place);
        }
        for edge in edges {
            if let (Some(&dependant), Some(&needed)) =
                (by_oid.get(&(edge.dependant_classid, edge.dependant_objid)), by_oid.get(&(edge.needed_classid, edge.needed_objid)))
            {
                made.connect(dependant, needed, Source::Catalog);
            }
        }
        for row in &nodes {
            if let (Some(language), Some(body)) = (&row.language, &row.body) {
                let found = if language == "plpgsql" { statement_references(body) } else { body_references(language, body) };
                made.add_body(by_oid[&(row.classid, row.objid)], &found, &row.path, &by_name);
            }
        }
        Ok(made)
    }

    /// Adds an object; gives its place.
    fn add(&mut self, object: Object) -> NodeIndex {
        let identity = object.identity.clone();
        let place = self.graph.add_node(object);
        self.by_identity.insert(identity, place);
        place
    }

    fn connect(&mut self, dependant: NodeIndex, needed: NodeIndex, source: Source) {
        if self.graph.find_edge(dependant, needed).is_none() {
            self.graph.add_edge(dependant, needed, source);
        }
    }

    /// What the body of a function names. A name without a schema is looked for along the function's search_path; one that is nowhere
    /// may be a temporary table or PostgreSQL's own, and a call of several overloads needs all of them.
    fn add_body(&mut self, function: NodeIndex, found: &References, path: &[String], by_name: &HashMap<(String, String), Vec<NodeIndex>>) {
        for name in found.relations.iter().chain(&found.functions) {
            let schemas = name.schema.as_ref().map_or(path, std::slice::from_ref);
            let needed = schemas.iter().find_map(|schema| by_name.get(&(schema.clone(), name.name.clone())));
            for &place in needed.into_iter().flatten().filter(|p| **p != function) {
                self.connect(function, place, Source::Body);
            }
        }
        let identity = &self.graph[function].identity;
        self.unknown.extend(found.unknown.iter().map(|reason| Unknown { function: identity.clone(), reason: reason.clone() }));
    }

    /// All objects, by identity.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.graph.node_weights()
    }

    /// The pairs of objects of which the first needs the second.
    pub fn edges(&self) -> impl Iterator<Item = (&Object, &Object, Source)> {
        self.graph.edge_references().map(|e| (&self.graph[e.source()], &self.graph[e.target()], *e.weight()))
    }

    /// What could not be known.
    #[must_use]
    pub fn unknown(&self) -> &[Unknown] {
        &self.unknown
    }

    /// The objects that depend on an object, directly or through others, each with the shortest path to it: the object itself last.
    #[must_use]
    pub fn dependants(&self, identity: &str) -> Vec<Vec<&Object>> {
        self.reach(identity, Direction::Incoming)
            .into_iter()
            .map(|mut path| {
                path.reverse();
                path
            })
            .collect()
    }

    /// The objects that an object needs, directly or through others, each with the shortest path from it: the object itself first.
    #[must_use]
    pub fn needs(&self, identity: &str) -> Vec<Vec<&Object>> {
        self.reach(identity, Direction::Outgoing)
    }

    /// The views and functions that PostgreSQL keeps from being left behind when an object goes or changes its type: those that depend
    /// on it by the catalogs, directly or through each other. Nearest first.
    #[must_use]
    pub fn hindering(&self, identity: &str) -> Vec<&Object> {
        let Some(&start) = self.by_identity.get(identity) else { return Vec::new() };
        let mut order = vec![start];
        let mut next = 0;
        while let Some(&place) = order.get(next) {
            next += 1;
            for edge in self.graph.edges_directed(place, Direction::Incoming).filter(|e| *e.weight() == Source::Catalog) {
                let dependant = &self.graph[edge.source()];
                if !order.contains(&edge.source()) && matches!(dependant.object_type.as_str(), "view" | "materialized view" | "function") {
                    order.push(edge.source());
                }
            }
        }
        order[1..].iter().map(|n| &self.graph[*n]).collect()
    }

    /// The shortest path from each object that one question holds of to each that the other holds of, where there is one. Of paths of one
    /// length it is the first by the identities on it.
    #[must_use]
    pub fn paths_between(&self, from: impl Fn(&Object) -> bool, to: impl Fn(&Object) -> bool) -> Vec<Vec<&Object>> {
        // By identity, so that those found first are first.
        let mut sorted: Vec<NodeIndex> = self.graph.node_indices().collect();
        sorted.sort_by(|a, b| self.graph[*a].identity.cmp(&self.graph[*b].identity));
        let mut rank = vec![0; sorted.len()];
        sorted.iter().enumerate().for_each(|(n, place)| rank[place.index()] = n);
        let mut needed: Vec<Vec<usize>> = sorted.iter().map(|p| self.graph.neighbors(*p).map(|n| rank[n.index()]).collect()).collect();
        needed.iter_mut().for_each(|list| list.sort_unstable());
        let object = |n: usize| &self.graph[sorted[n]];
        let is_target: Vec<bool> = (0..sorted.len()).map(|n| to(object(n))).collect();
        let mut seen_from = vec![usize::MAX; sorted.len()];
        let mut before = vec![0; sorted.len()];
        let mut paths = Vec::new();
        for start in (0..sorted.len()).filter(|n| from(object(*n))) {
            let mut order = vec![start];
            seen_from[start] = start;
            let mut next = 0;
            while let Some(&place) = order.get(next) {
                next += 1;
                for &neighbour in &needed[place] {
                    if seen_from[neighbour] != start {
                        seen_from[neighbour] = start;
                        before[neighbour] = place;
                        order.push(neighbour);
                        if is_target[neighbour] {
                            let mut path = vec![object(neighbour)];
                            let mut step = neighbour;
                            while step != start {
                                step = before[step];
                                path.push(object(step));
                            }
                            path.reverse();
                            paths.push(path);
                        }
                    }
                }
            }
        }
        paths
    }

    /// The shortest paths from an object, nearest first.
    fn reach(&self, identity: &str, direction: Direction) -> Vec<Vec<&Object>> {
        let Some(&start) = self.by_identity.get(identity) else { return Vec::new() };
        let mut before: BTreeMap<NodeIndex, NodeIndex> = BTreeMap::new();
        let mut order = vec![start];
        let mut next = 0;
        while let Some(&place) = order.get(next) {
            next += 1;
            let mut neighbours: Vec<_> = self.graph.neighbors_directed(place, direction).collect();
            neighbours.sort_by(|a, b| self.graph[*a].identity.cmp(&self.graph[*b].identity));
            for neighbour in neighbours {
                if neighbour != start && !before.contains_key(&neighbour) {
                    before.insert(neighbour, place);
                    order.push(neighbour);
                }
            }
        }
        let path = |end: &NodeIndex| {
            let mut path = vec![&self.graph[*end]];
            let mut place = *end;
            while let Some(&earlier) = before.get(&place) {
                path.push(&self.graph[earlier]);
                place = earlier;
            }
            path.reverse();
            path
        };
        order[1..].iter().map(path).collect()
    }

    /// The circles: sets of objects that all need each other, and objects that need themselves through nothing else are none.
    #[must_use]
    pub fn cycles(&self) -> Vec<Vec<&Object>> {
        let circles = tarjan_scc(&self.graph).into_iter().filter(|c| c.len() > 1);
        let mut named: Vec<Vec<&Object>> = circles.map(|c| c.into_iter().map(|n| &self.graph[n]).collect()).collect();
        for circle in &mut named {
            circle.sort_by(|a, b| a.identity.cmp(&b.identity));
        }
        named.sort_by(|a, b| a[0].identity.cmp(&b[0].identity));
        named
    }

    /// The identities of the objects that a name stands for, where it has no schema in `public`: a function has one for each overload.
    #[must_use]
    pub fn find(&self, name: &Name) -> Vec<&Object> {
        let schema = name.schema.as_deref().unwrap_or("public");
        let bare = |object: &Object| {
            let identity = &object.identity[..object.identity.find('(').unwrap_or(object.identity.len())];
            identity.rsplit('.').next().unwrap_or_default().trim_matches('"') == name.name
        };
        let mut found: Vec<_> = self.objects().filter(|o| o.schema == schema && bare(o)).collect();
        found.sort_by(|a, b| a.identity.cmp(&b.identity));
        found
    }
}
