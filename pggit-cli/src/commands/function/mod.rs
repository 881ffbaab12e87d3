//! `pggit function`: versions of functions by signature.

mod deprecated;
mod diff;

use pggit_core::Repository;
use pggit_core::repository::{FunctionOverload, FunctionVersion};

use crate::cli::Cli;
use crate::output::{self, COMMIT, paint};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the functions with their versions
    List {
        /// Only those of this schema
        schema: Option<String>,
    },
    /// List the versions of a function, newest first
    Log {
        /// The function, as api.pay(numeric)
        signature: String,
    },
    /// Print the source of a function, now or at a version
    Show {
        /// The function, as api.pay(numeric)
        signature: String,
        /// The version; without it the newest
        #[arg(long)]
        version: Option<String>,
    },
    /// Compare two versions of a function, line by line and word by word; without versions the last two
    Diff {
        /// The function, as api.pay(numeric)
        signature: String,
        /// The older version
        #[arg(requires = "other")]
        one: Option<String>,
        /// The newer version
        other: Option<String>,
    },
    /// Give a function a version
    Track {
        /// The function, as api.pay(numeric)
        signature: String,
        /// The version; without it the one that its changes ask for
        #[arg(long)]
        version: Option<String>,
    },
    /// Make a function again what it was at a version; owner, privileges and comment stay as they are
    Restore {
        /// The function, as api.pay(numeric)
        signature: String,
        /// The version
        version: String,
    },
    /// List the functions that are marked as deprecated, why, and who still needs them
    Deprecated,
}

pub fn run(cli: &Cli, command: &Command) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    match command {
        Command::List { schema } => list(cli, &repository.functions(schema.as_deref())?),
        Command::Log { signature } => output::print(cli, &repository.function_versions(signature)?, |versions| {
            let row = |v: &FunctionVersion| {
                let commit = v.commit_id.as_deref().map_or("", |id| &id[..12]);
                let made = v.created_at.format("%Y-%m-%d %H:%M:%S").to_string();
                vec![
                    v.version.clone(),
                    v.impact.clone(),
                    commit.to_owned(),
                    v.created_by.clone(),
                    made,
                    v.message.clone().unwrap_or_default(),
                ]
            };
            output::table(&["version", "change", "commit", "author", "made", "message"], &versions.iter().map(row).collect::<Vec<_>>())
        }),
        Command::Show { signature, version } => show(cli, &mut repository, signature, version.as_deref()),
        Command::Diff { signature, one, other } => diff::run(cli, &mut repository, signature, one.as_deref(), other.as_deref()),
        Command::Track { signature, version } => {
            let version = repository.track_function(signature, version.as_deref())?;
            output::print(cli, &serde_json::json!({"signature": signature, "version": version}), |_| {
                format!("{signature} is {}\n", paint(COMMIT, &version))
            })
        }
        Command::Restore { signature, version } => {
            let now = repository.restore_function(signature, version)?;
            output::print(cli, &serde_json::json!({"signature": signature, "restored": version, "version": now}), |_| {
                format!("{signature} is again what it was at {version}: {}\n", paint(COMMIT, &now))
            })
        }
        Command::Deprecated => deprecated::run(cli, &mut repository),
    }
}

fn list(cli: &Cli, functions: &[FunctionOverload]) -> anyhow::Result<()> {
    output::print(cli, &functions, |functions| {
        let row = |f: &FunctionOverload| {
            let note = f.deprecated.as_ref().map(|why| format!("deprecated: {why}")).unwrap_or_default();
            vec![f.signature.clone(), f.version.clone(), f.versions.to_string(), note]
        };
        output::table(&["function", "version", "versions", "note"], &functions.iter().map(row).collect::<Vec<_>>())
    })
}

fn show(cli: &Cli, repository: &mut Repository, signature: &str, version: Option<&str>) -> anyhow::Result<()> {
    let versions = repository.function_versions(signature)?;
    let Some(wanted) = versions.iter().find(|v| version.is_none_or(|w| w == v.version)) else {
        let known: Vec<_> = versions.iter().map(|v| v.version.as_str()).collect();
        anyhow::bail!("{signature} has no version {}; it has {}", version.unwrap_or_default(), known.join(", "));
    };
    // the server compares only what is as it was made
    repository.diff_function(signature, Some(&wanted.version), Some(&wanted.version))?;
    output::print(cli, wanted, |v| format!("{}\n", v.source.as_deref().unwrap_or_default()))
}
