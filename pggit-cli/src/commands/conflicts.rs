//! `pggit conflicts` and `pggit resolve`.

use crate::cli::Cli;
use crate::output::{self, Refusal};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show this conflict with its definitions and the resolutions on offer
    #[arg(value_name = "CONFLICT-ID")]
    conflict_id: Option<String>,
    /// List those that are resolved too
    #[arg(long)]
    all: bool,
}

#[derive(Debug, clap::Args)]
pub struct ResolveArgs {
    /// The id of the conflict, as `pggit conflicts` lists it
    #[arg(value_name = "CONFLICT-ID")]
    conflict_id: String,
    /// How to resolve it
    #[arg(value_parser = ["use_current", "use_tracked", "merge", "custom"])]
    resolution: String,
    /// Why
    #[arg(short, long)]
    reason: Option<String>,
    /// What custom runs
    #[arg(long, required_if_eq("resolution", "custom"))]
    sql: Option<String>,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    if let Some(id) = &args.conflict_id {
        return output::print(cli, &repository.conflict_details(id)?, |details| {
            details
                .iter()
                .map(|d| format!("{}: {}\n", d.detail_type, d.detail_value.as_deref().unwrap_or("-").replace('\n', "\n    ")))
                .collect()
        });
    }
    let conflicts = repository.conflicts((!args.all).then_some("unresolved"))?;
    output::print(cli, &conflicts, |conflicts| {
        let rows: Vec<_> = conflicts
            .iter()
            .map(|c| {
                let created = c.created_at.format("%Y-%m-%d %H:%M:%S").to_string();
                vec![
                    c.conflict_id.clone(),
                    c.conflict_type.clone(),
                    format!("{} {}", c.object_type, c.object_identifier),
                    created,
                    c.description.clone(),
                ]
            })
            .collect();
        if rows.is_empty() {
            "No conflicts.\n".into()
        } else {
            output::table(&["conflict", "type", "object", "registered", "about"], &rows)
        }
    })
}

pub fn resolve(cli: &Cli, args: &ResolveArgs) -> anyhow::Result<()> {
    let unmerged = super::open(cli)?.resolve_conflict(&args.conflict_id, &args.resolution, args.reason.as_deref(), args.sql.as_deref())?;
    let outcome = serde_json::json!({
        "conflict_id": args.conflict_id,
        "resolution": args.resolution,
        "resolved": unmerged.is_empty(),
        "unmerged": unmerged,
    });
    output::print(cli, &outcome, |_| {
        if unmerged.is_empty() {
            return format!("{} is resolved by {}\n", args.conflict_id, args.resolution);
        }
        let left: String = unmerged.iter().map(|u| format!("  {}: {}\n", u.property, u.reason.replace('\n', "\n    "))).collect();
        format!("{} is merged, but for\n{left}", args.conflict_id)
    })?;
    if unmerged.is_empty() {
        return Ok(());
    }
    Err(Refusal::error(
        format!("the conflict {} stays open", args.conflict_id),
        "Resolve the rest with use_current, which keeps what is there, use_tracked or custom.",
    ))
}
