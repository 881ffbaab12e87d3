//! `pggit verify`.

use pggit_core::repository::Check;

use crate::cli::Cli;
use crate::output::{self, ADDED, CHANGED, REMOVED, paint};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Repair what can be derived from the history
    #[arg(long)]
    fix: bool,
    /// The whole id of a commit that was noted elsewhere: nothing up to it has been rewritten
    #[arg(long, value_name = "COMMIT-ID")]
    since: Option<String>,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    let mut checks = repository.verify(args.fix)?;
    if let Some(id) = &args.since {
        checks.push(repository.verify_since(id)?);
    }
    let broken = checks.iter().filter(|c| c.status == "error" && !c.fixed).count();
    output::print(cli, &checks, |checks| checks.iter().map(line).collect())?;
    if broken > 0 {
        anyhow::bail!("the history has {broken} fault{}", if broken == 1 { "" } else { "s" });
    }
    Ok(())
}

fn line(check: &Check) -> String {
    let style = match check.status.as_str() {
        "ok" => ADDED,
        "warning" => CHANGED,
        _ => REMOVED,
    };
    let padding = " ".repeat(7_usize.saturating_sub(check.status.len()));
    let fixed = if check.fixed { " (repaired)" } else { "" };
    format!("{:10}  {}{padding}  {}{fixed}\n", check.check_name, paint(style, &check.status), check.details.replace('\n', "\n    "))
}
