//! `pggit log`.

use crate::cli::Cli;
use crate::output::{self, COMMIT, paint, visible};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to begin: a branch, tag, commit id or HEAD
    revision: Option<String>,
    /// How many commits at most
    #[arg(short = 'n', long, default_value_t = 50)]
    max_count: i32,
    /// One line a commit
    #[arg(long)]
    oneline: bool,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let entries = super::open(cli)?.log(args.revision.as_deref(), args.max_count)?;
    output::print(cli, &entries, |entries| {
        let mut out = String::new();
        for entry in entries {
            if args.oneline {
                out.push_str(&format!("{} {}\n", paint(COMMIT, &entry.commit_id[..12]), visible(&entry.message)));
                continue;
            }
            out.push_str(&paint(COMMIT, &format!("commit {}", entry.commit_id)));
            out.push_str(&format!(
                " ({})\nAuthor: {}\nDate:   {}\n\n    {}\n    {} {}\n\n",
                visible(&entry.branch_name),
                visible(&entry.author),
                entry.authored_at.to_rfc2822(),
                entry.message.replace('\n', "\n    "),
                entry.changes_count,
                if entry.changes_count == 1 { "change" } else { "changes" },
            ));
        }
        out
    })
}
