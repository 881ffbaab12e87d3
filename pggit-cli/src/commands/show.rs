//! `pggit show`.

use crate::cli::Cli;
use crate::output::{self, COMMIT, paint, visible};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The commit: a branch, tag, id or HEAD
    #[arg(default_value = "HEAD")]
    revision: String,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let commit = super::open(cli)?.show(&args.revision)?;
    output::print(cli, &commit, |commit| {
        let mut out = format!(
            "{} ({})\nAuthor: {}\nDate:   {}\n\n    {}\n\n",
            paint(COMMIT, &format!("commit {}", commit.commit_id)),
            commit.kind,
            visible(&commit.author),
            commit.authored_at.to_rfc2822(),
            commit.message.replace('\n', "\n    "),
        );
        for change in &commit.changes {
            out.push_str(&super::diff::entry(
                &change.operation,
                &change.object_type,
                &change.object_identity,
                change.previous_identity.as_deref(),
                change.old_definition.as_ref(),
                change.new_definition.as_ref(),
            ));
        }
        let mut statements: Vec<_> = commit.changes.iter().filter_map(|c| c.statement.as_deref()).collect();
        statements.dedup();
        for statement in statements {
            out.push_str(&format!("\n    {}\n", statement.trim().replace('\n', "\n    ")));
        }
        out
    })
}
