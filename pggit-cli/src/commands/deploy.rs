//! `pggit deploy`: many transactions, one commit.

use crate::cli::Cli;
use crate::output::{self, COMMIT, paint};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Begin a deployment
    Begin {
        /// Its name
        name: String,
        /// Commit at the end also without a message
        #[arg(long)]
        auto_commit: bool,
    },
    /// End the deployment; with a message its changes become one commit
    End {
        /// What was done
        #[arg(short, long)]
        message: Option<String>,
        /// A tag for the commit; may be repeated
        #[arg(short, long = "tag", value_name = "NAME")]
        tags: Vec<String>,
    },
    /// Cancel the deployment: every transaction becomes a commit of its own
    Cancel {
        /// Why
        #[arg(short, long)]
        reason: Option<String>,
    },
    /// List the deployments, newest first
    Status,
}

pub fn run(cli: &Cli, command: &Command) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    match command {
        Command::Begin { name, auto_commit } => {
            let id = repository.begin_deployment(name, *auto_commit)?;
            output::print(cli, &serde_json::json!({"deployment_id": id}), |_| {
                format!("Deployment \"{name}\" has begun. The changes of all sessions join it until `pggit deploy end`.\n")
            })
        }
        Command::End { message, tags } => {
            let id = repository.end_deployment(message.as_deref(), tags)?;
            output::print(cli, &serde_json::json!({"commit_id": id}), |_| match &id {
                Some(id) => format!("The deployment is commit {}.\n", paint(COMMIT, &id[..12])),
                None => "The deployment has ended. What it changed, if anything, waits for `pggit commit -m MESSAGE`.\n".to_owned(),
            })
        }
        Command::Cancel { reason } => {
            repository.cancel_deployment(reason.as_deref())?;
            output::print(cli, &serde_json::json!({"cancelled": true}), |_| {
                "The deployment is cancelled; each of its transactions is a commit of its own.\n".into()
            })
        }
        Command::Status => {
            let deployments = repository.deployments()?;
            output::print(cli, &deployments, |deployments| {
                let rows: Vec<_> = deployments
                    .iter()
                    .map(|d| {
                        vec![
                            d.deployment_name.clone(),
                            d.status.clone(),
                            d.started_by.clone(),
                            d.started_at.format("%Y-%m-%d %H:%M:%S").to_string(),
                            d.ended_at.map(|t| t.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default(),
                            d.commit_id.as_deref().map_or("", |c| &c[..12]).to_owned(),
                        ]
                    })
                    .collect();
                output::table(&["deployment", "status", "begun by", "begun", "ended", "commit"], &rows)
            })
        }
    }
}
