//! `pggit migrate baseline`

use pggit_core::Repository;

use super::tool::{self, ToolArgs};
use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    tool: ToolArgs,
    /// The revision that the migrations of before had made
    #[arg(long, default_value = "HEAD")]
    revision: String,
}

pub fn run(cli: &Cli, repository: &mut Repository, args: &Args) -> anyhow::Result<()> {
    let Some(name) = args.tool.tool.as_deref() else { anyhow::bail!("name the tool: --tool flyway") };
    let adapter = args.tool.adapter(name)?;
    let (schema, table) = args.tool.place(adapter.as_ref());
    repository.integrate_migrations(name, Some(schema), table)?;
    let linked = repository.baseline_migrations(name, &args.revision)?;
    let report = serde_json::json!({"tool_name": name, "linked": linked, "revision": args.revision});
    output::print(cli, &report, |_| {
        format!(
            "pgGit listens to {name}. {linked} migration{} of before belong to {}.\n",
            if linked == 1 { "" } else { "s" },
            args.revision
        )
    })?;
    match args.tool.project(repository)? {
        Some(project) if cli.format == crate::cli::Format::Text => output::raw(&tool::standings(&project.standings)),
        _ => Ok(()),
    }
}
