//! `pggit function deprecated`: what should go, and who still needs it.

use pggit_core::{FunctionSignature, Repository};
use pggit_sql::DependencyGraph;
use serde::Serialize;

use crate::cli::Cli;
use crate::output::{self, STRONG, paint};

#[derive(Serialize)]
struct Deprecated {
    signature: String,
    version: String,
    reason: String,
    callers: Vec<Caller>,
}

#[derive(Serialize)]
struct Caller {
    object_type: String,
    identity: String,
    /// The way from the caller to the function, both included.
    path: Vec<String>,
}

#[derive(Serialize)]
struct Report {
    deprecated: Vec<Deprecated>,
    /// The functions that may call anything.
    unknown: Vec<pggit_sql::graph::Unknown>,
}

pub fn run(cli: &Cli, repository: &mut Repository) -> anyhow::Result<()> {
    let mut functions = repository.functions(None)?;
    functions.retain(|f| f.deprecated.is_some());
    let graph = DependencyGraph::read(repository.connection())?;
    let mut deprecated = Vec::new();
    for function in functions {
        let signature: FunctionSignature = function.signature.parse()?;
        let found = graph.objects().find(|o| o.identity.parse().as_ref() == Ok(&signature));
        let callers = found.map(|o| graph.dependants(&o.identity)).unwrap_or_default();
        let caller = |path: Vec<&pggit_sql::graph::Object>| Caller {
            object_type: path[0].object_type.clone(),
            identity: path[0].identity.clone(),
            path: path.iter().map(|o| o.identity.clone()).collect(),
        };
        deprecated.push(Deprecated {
            signature: function.signature,
            version: function.version,
            reason: function.deprecated.unwrap_or_default(),
            callers: callers.into_iter().map(caller).collect(),
        });
    }
    let unknown = if deprecated.is_empty() { Vec::new() } else { graph.unknown().to_vec() };
    output::print(cli, &Report { deprecated, unknown }, |report| {
        let mut text = String::new();
        for function in &report.deprecated {
            text.push_str(&format!("{} {}: deprecated: {}\n", paint(STRONG, &function.signature), function.version, function.reason));
            for caller in &function.callers {
                let way = if caller.path.len() > 2 {
                    format!(" by way of {}", caller.path[1..caller.path.len() - 1].join(" > "))
                } else {
                    String::new()
                };
                text.push_str(&format!("    needed by {} {}{way}\n", caller.object_type, caller.identity));
            }
            if function.callers.is_empty() {
                text.push_str("    needed by nothing that is known\n");
            }
        }
        for unknown in &report.unknown {
            text.push_str(&format!("{} could need any of them: {}\n", unknown.function, unknown.reason));
        }
        if text.is_empty() { "No function is deprecated.\n".to_owned() } else { text }
    })
}
