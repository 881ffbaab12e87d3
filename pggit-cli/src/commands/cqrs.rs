//! `pggit cqrs`: changesets over the command side and the query side, and what depends on what.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use pggit_cqrs::runner::{self, Refresh};
use pggit_cqrs::{Changeset, Dependencies, Sides};
use pggit_sql::DependencyGraph;

use crate::cli::{Cli, Format};
use crate::output;

/// Which schemas are which side.
#[derive(Debug, clap::Args)]
pub struct SideArgs {
    /// A schema of the command side; may be given again
    #[arg(long = "command-schema", value_name = "SCHEMA", default_value = "command")]
    command: Vec<String>,
    /// A schema of the query side; may be given again
    #[arg(long = "query-schema", value_name = "SCHEMA", default_value = "query")]
    query: Vec<String>,
    /// A schema that both sides change and use; may be given again
    #[arg(long = "reference-schema", value_name = "SCHEMA")]
    reference: Vec<String>,
}

impl SideArgs {
    pub fn sides(&self) -> Sides {
        let (command, query, reference) = (self.command.clone(), self.query.clone(), self.reference.clone());
        Sides { command, query, reference, allows_unknown: false }
    }
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Run a changeset, as one transaction and one commit: a TOML file, or a script whose statements go to the side that they change
    Apply {
        /// The file
        file: PathBuf,
        /// What a script is for; a TOML file says so itself
        #[arg(long, short)]
        message: Option<String>,
        /// Drop the views of the query side that stand in the way, and make them again afterwards
        #[arg(long)]
        restore_dependants: bool,
        /// Let statements run of which only running them tells what they change, as DO with EXECUTE; that is checked afterwards
        #[arg(long)]
        allow_unknown: bool,
        #[command(flatten)]
        sides: SideArgs,
    },
    /// List the changesets that are not done, and the materialized views that are stale
    Status {
        #[command(flatten)]
        sides: SideArgs,
    },
    /// List all changesets, newest first
    History,
    /// Run a changeset again that has failed
    Retry {
        /// Its id
        changeset: String,
        /// Who wrote it, where that is somebody else: it runs with your rights, so read it first
        #[arg(long, value_name = "ROLE")]
        written_by: Option<String>,
    },
    /// Refresh materialized views, in an order that works: those named, or all of the query side
    Refresh {
        /// The materialized views
        names: Vec<String>,
        /// Only those that are stale
        #[arg(long, conflicts_with = "names")]
        stale: bool,
        /// Those that are made of a relation, directly or through others; may be given again
        #[arg(long, value_name = "RELATION", conflicts_with_all = ["names", "stale"])]
        depending_on: Vec<String>,
        #[command(flatten)]
        sides: SideArgs,
    },
    /// Show what the query side needs of the command side, what runs the wrong way, circles, and what cannot be known
    Deps {
        #[command(flatten)]
        sides: SideArgs,
    },
}

pub fn run(cli: &Cli, command: &Command) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    match command {
        Command::Apply { file, message, restore_dependants, allow_unknown, sides } => {
            let sides = Sides { allows_unknown: *allow_unknown, ..sides.sides() };
            let changeset = read(file, message.as_deref(), &sides)?;
            let record = if *restore_dependants {
                runner::apply_restoring(&mut repository, &changeset, &sides)?
            } else {
                runner::apply(&mut repository, &changeset, &sides)?
            };
            output::print(cli, &record, done)
        }
        Command::Status { sides } => {
            let open: Vec<_> = runner::history(&mut repository)?.into_iter().filter(|r| r.status != "completed").collect();
            let stale = runner::stale(&mut repository, &sides.sides())?;
            output::print(cli, &serde_json::json!({ "changesets": open, "stale_views": stale }), |_| {
                let mut text = if open.is_empty() { "No changeset is open.\n".to_owned() } else { records(&open) };
                for view in &stale {
                    text.push_str(&format!(
                        "{} is stale: {} changed since it was filled\n",
                        view.materialized_view,
                        view.changed.join(", ")
                    ));
                }
                text
            })
        }
        Command::History => output::print(cli, &runner::history(&mut repository)?, |found| records(found)),
        Command::Retry { changeset, written_by } => {
            output::print(cli, &runner::retry(&mut repository, changeset, written_by.as_deref())?, done)
        }
        Command::Refresh { names, stale, depending_on, sides } => {
            let which = match (names.as_slice(), depending_on.as_slice()) {
                ([], []) if *stale => Refresh::Stale,
                ([], []) => Refresh::All,
                ([], relations) => Refresh::DependingOn(relations.to_vec()),
                (names, _) => Refresh::Named(names.to_vec()),
            };
            let refreshed = runner::refresh(&mut repository, &sides.sides(), &which)?;
            output::print(cli, &refreshed, |refreshed| {
                let how = |r: &runner::Refreshed| if r.is_concurrent { " (concurrently)" } else { "" };
                let lines: String = refreshed.iter().map(|r| format!("{}{}\n", r.materialized_view, how(r))).collect();
                if lines.is_empty() { "Nothing is to be refreshed.\n".into() } else { lines }
            })
        }
        Command::Deps { sides } => {
            let graph = DependencyGraph::read(repository.connection())?;
            let found = Dependencies::find(&graph, &sides.sides());
            match cli.format {
                Format::Dot => output::raw(&pggit_cqrs::dot(&found)),
                Format::Mermaid => output::raw(&pggit_cqrs::mermaid(&found)),
                Format::Svg => output::raw(&pggit_cqrs::svg(&found)),
                _ => output::print(cli, &found, table),
            }
        }
    }
}

/// A changeset from a file: TOML by its fields, anything else as a script.
fn read(file: &Path, message: Option<&str>, sides: &Sides) -> anyhow::Result<Changeset> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    if file.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) {
        return toml::from_str(&text).with_context(|| format!("{} is no changeset", file.display()));
    }
    let name = file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let changeset = Changeset::from_script(message.unwrap_or(&name), &text, sides);
    changeset.with_context(|| format!("{} is no changeset", file.display()))
}

fn done(record: &runner::Record) -> String {
    match &record.commit_id {
        Some(commit) => format!("{} {}\n", output::paint(output::COMMIT, &commit[..12]), record.description),
        None => format!("{} changed nothing in the schema.\n", record.description),
    }
}

fn records(records: &[runner::Record]) -> String {
    let row = |r: &runner::Record| {
        let commit = r.commit_id.as_deref().map_or("", |c| &c[..12]).to_owned();
        let (status, error) = (r.status.clone(), r.error.clone().unwrap_or_default());
        vec![r.changeset_id.clone(), status, commit, r.version.clone().unwrap_or_default(), r.description.clone(), error]
    };
    output::table(&["changeset", "status", "commit", "version", "description", "error"], &records.iter().map(row).collect::<Vec<_>>())
}

fn table(found: &Dependencies) -> String {
    let rows = |list: &[pggit_cqrs::Dependency]| {
        let row = |d: &pggit_cqrs::Dependency| vec![d.dependant.clone(), d.needed.clone(), d.path.join(" > ")];
        output::table(&["object", "needs", "by way of"], &list.iter().map(row).collect::<Vec<_>>())
    };
    let mut text = rows(&found.dependencies);
    if !found.violations.is_empty() {
        text.push_str(&format!(
            "\n{}\n{}",
            output::paint(output::REMOVED, "The command side depends on the query side:"),
            rows(&found.violations)
        ));
    }
    for circle in &found.cycles {
        text.push_str(&format!("circle: {}\n", circle.join(", ")));
    }
    for unknown in &found.unknown {
        text.push_str(&format!("unknown: {}: {}\n", unknown.function, unknown.reason));
    }
    text
}
