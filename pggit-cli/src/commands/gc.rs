//! `pggit gc`: takes old commits out of the history.

use pggit_core::repository::PurgeOptions;

use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The age of what may go
    #[arg(long, value_name = "INTERVAL", default_value = "6 months")]
    older_than: String,
    /// Purge tags and the points where branches part too
    #[arg(long)]
    no_milestones: bool,
    /// Keep nothing of it in the archive
    #[arg(long)]
    no_archive: bool,
    /// Do it; without this, only say what would be done
    #[arg(long)]
    yes: bool,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let options = PurgeOptions {
        older_than: args.older_than.clone(),
        keep_milestones: !args.no_milestones,
        dry_run: !args.yes,
        archive: !args.no_archive,
    };
    let purged = super::open(cli)?.purge_history(&options)?;
    output::print(cli, &purged, |purged| {
        let rows: Vec<_> =
            purged.iter().map(|p| vec![p.action.clone(), p.object_type.clone(), p.count.to_string(), p.space_freed.to_string()]).collect();
        output::table(&["action", "what", "count", "bytes"], &rows)
    })?;
    if !args.yes {
        output::say("Nothing was purged: --yes does it.");
    }
    Ok(())
}
