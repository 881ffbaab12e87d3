//! `pggit branch`.

use crate::cli::Cli;
use crate::output::{self, COMMIT, paint};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the branches; a star marks the one that the database is on
    List,
    /// Name a line of history that begins at a revision
    Create {
        /// The name of the branch
        name: String,
        /// Where it begins
        #[arg(default_value = "HEAD")]
        revision: String,
    },
    /// Delete a branch
    Delete {
        /// The name of the branch
        name: String,
        /// Also when nothing else leads to its commits: they go to the archive
        #[arg(long)]
        force: bool,
    },
}

pub fn run(cli: &Cli, command: &Command) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    match command {
        Command::List => output::print(cli, &repository.branches()?, |branches| {
            let line = |b: &pggit_core::repository::Branch| {
                let id = b.commit_id.as_deref().map_or("no commits yet", |id| &id[..12]);
                format!("{} {}  {}\n", if b.is_head { '*' } else { ' ' }, b.branch_name, paint(COMMIT, id))
            };
            branches.iter().map(line).collect()
        }),
        Command::Create { name, revision } => {
            let id = repository.create_branch(name, revision)?;
            output::print(cli, &serde_json::json!({"branch": name, "commit_id": id}), |_| {
                format!("{name} begins at {}\n", paint(COMMIT, &id[..12]))
            })
        }
        Command::Delete { name, force } => {
            repository.delete_branch(name, *force)?;
            output::print(cli, &serde_json::json!({"deleted": name}), |_| format!("{name} is deleted\n"))
        }
    }
}
