//! The arguments.

use std::ffi::OsString;

use clap::{Parser, Subcommand, ValueEnum};

use crate::commands;

/// Git for PostgreSQL schemas: every schema change that anyone makes is a commit, in the database itself.
#[derive(Debug, Parser)]
#[command(name = "pggit", version, arg_required_else_help = true)]
pub struct Cli {
    /// The database; without it DATABASE_URL, then PGHOST, PGDATABASE and their friends
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        default_value = "",
        hide_default_value = true
    )]
    pub database_url: String,

    /// How to print
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// Do not page long output
    #[arg(long, global = true)]
    pub no_pager: bool,

    #[command(subcommand)]
    pub command: Command,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[value(alias = "table")]
    Text,
    /// For programs
    Json,
    /// Graphviz, for `pggit cqrs deps`
    Dot,
    /// Mermaid, for `pggit cqrs deps`
    Mermaid,
    /// A drawing, for `pggit cqrs deps`
    Svg,
    /// SARIF, for `pggit migrate validate` and `explain`
    Sarif,
}

/// Whether arguments ask for JSON, also where the rest of them cannot be understood.
pub fn wants_json(arguments: impl Iterator<Item = OsString>) -> bool {
    let arguments: Vec<_> = arguments.collect();
    arguments.iter().any(|a| a == "--format=json") || arguments.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Install pgGit into the database, or bring an installation up to date
    Install(commands::install::Args),
    /// Bring an installation up to date; its history is kept
    Upgrade,
    /// Take pgGit and its whole history out of the database
    Uninstall(commands::uninstall::Args),
    /// Show how pgGit is: tracking, deployments, storage, drift
    Status,
    /// List the commits, newest first
    Log(commands::log::Args),
    /// Show a commit with its changes
    Show(commands::show::Args),
    /// Show what differs between revisions, or between HEAD and the working schema
    Diff(commands::diff::Args),
    /// For each element of an object, show the commit that made it what it is
    Blame(commands::object::Args),
    /// Show every change to an object and its elements
    History(commands::object::Args),
    /// Print the semantic version of an object
    Version(commands::object::Args),
    /// Print the definition of an object, now or at any revision
    Definition(commands::definition::Args),
    /// Print the DDL that makes a revision again in an empty database
    Export(commands::export::Args),
    /// Commit what is staged, or drift
    Commit(commands::commit::Args),
    /// Name a commit
    Tag(commands::tag::Args),
    /// Show or set what is tracked
    #[command(subcommand)]
    Config(commands::config::Command),
    /// Batch the changes of many transactions into one commit
    #[command(subcommand)]
    Deploy(commands::deploy::Command),
    /// Pause tracking; it resumes by itself
    Pause(commands::pause::Args),
    /// End a pause and record what changed meanwhile
    Resume,
    /// Switch capture off and on
    #[command(subcommand)]
    Emergency(commands::emergency::Command),
    /// Recompute every hash of the history and compare the index with the catalogs
    Verify(commands::verify::Args),
    /// The versions of functions
    #[command(subcommand)]
    Function(commands::function::Command),
    /// List, create and delete branches
    #[command(subcommand)]
    Branch(commands::branch::Command),
    /// The migrations of Flyway, Liquibase and other tools
    #[command(subcommand)]
    Migrate(commands::migrate::Command),
    /// Changesets over the command side and the query side of a schema
    #[command(subcommand)]
    Cqrs(commands::cqrs::Command),
    /// List the conflicts, or show one
    Conflicts(commands::conflicts::Args),
    /// Resolve a conflict
    Resolve(commands::conflicts::ResolveArgs),
    /// Take old commits out of the history
    Gc(commands::gc::Args),
    /// Show what was measured: operations, times, storage
    Report(commands::report::Args),
    /// Print figures for a monitoring system, in the text format of Prometheus
    Metrics,
    /// Compare two environments: revisions, or databases
    Compare(commands::compare::Args),
    /// List what happened to pgGit itself
    Events(commands::events::Args),
    /// Commit what changes by polling, where there are no event triggers
    Watch(commands::watch::Args),
    /// Run SQL; rows are not shown
    Exec(commands::exec::Args),
    /// Print the completions for a shell, for it to read when it starts
    Completions(commands::completions::Args),
    /// Print the manual
    Man(commands::man::Args),
    /// A private PostgreSQL server with pgGit, for development
    #[command(subcommand)]
    Dev(commands::dev::Command),
}
