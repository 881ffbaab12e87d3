//! `pggit diff`.

use pggit_core::model::{canonical, definition};
use serde_json::Value;

use crate::cli::Cli;
use crate::output::{self, ADDED, REMOVED, paint, visible};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// From this revision; HEAD when it is not given
    from: Option<String>,
    /// To this revision; the working schema when it is not given
    to: Option<String>,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let entries = super::open(cli)?.diff(args.from.as_deref(), args.to.as_deref())?;
    output::print(cli, &entries, |entries| {
        entries
            .iter()
            .map(|e| {
                entry(
                    &e.operation,
                    &e.object_type,
                    &e.object_identity,
                    e.previous_identity.as_deref(),
                    e.old_definition.as_ref(),
                    e.new_definition.as_ref(),
                )
            })
            .collect()
    })
}

/// An element's change: a heading, then its properties, old in red, new in green.
pub fn entry(
    operation: &str,
    object_type: &str,
    identity: &str,
    previous: Option<&str>,
    old: Option<&Value>,
    new: Option<&Value>,
) -> String {
    let (style, sign) = output::operation(operation);
    let name = previous.map_or_else(|| identity.to_owned(), |p| format!("{p} -> {identity}"));
    let mut out = paint(style, &format!("{sign} {operation} {object_type} {}", visible(&name)));
    out.push('\n');
    if operation == "alter" && old == new {
        out.push_str("    in another place among the columns\n");
    }
    let nothing = Value::Object(serde_json::Map::new());
    for change in definition::compare(old.unwrap_or(&nothing), new.unwrap_or(&nothing)) {
        for (value, style, sign) in [(change.old, REMOVED, '-'), (change.new, ADDED, '+')] {
            if let Some(value) = value {
                let text = match value {
                    Value::String(s) => s,
                    other => canonical::text(&other),
                };
                for (n, line) in text.lines().enumerate() {
                    let label = if n == 0 { format!("{}: ", change.property) } else { " ".repeat(change.property.chars().count() + 2) };
                    out.push_str(&format!("    {}\n", paint(style, &format!("{sign} {label}{line}"))));
                }
            }
        }
    }
    out
}
