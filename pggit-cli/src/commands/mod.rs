//! One command, one file.

pub mod branch;
pub mod commit;
pub mod compare;
pub mod completions;
pub mod config;
pub mod conflicts;
pub mod cqrs;
pub mod definition;
pub mod deploy;
pub mod dev;
pub mod diff;
pub mod emergency;
pub mod events;
pub mod exec;
pub mod export;
pub mod function;
pub mod gc;
pub mod install;
pub mod log;
pub mod man;
pub mod migrate;
pub mod object;
pub mod pause;
pub mod report;
pub mod show;
pub mod status;
pub mod tag;
pub mod uninstall;
pub mod verify;
pub mod watch;

use pggit_core::Repository;

use crate::cli::{Cli, Command};

/// Runs the command.
pub fn run(cli: &Cli) -> anyhow::Result<()> {
    match &cli.command {
        Command::Install(args) => install::run(cli, args),
        Command::Upgrade => install::upgrade(cli),
        Command::Uninstall(args) => uninstall::run(cli, args),
        Command::Status => status::run(cli),
        Command::Export(args) => export::run(cli, args),
        Command::Log(args) => log::run(cli, args),
        Command::Show(args) => show::run(cli, args),
        Command::Diff(args) => diff::run(cli, args),
        Command::Blame(args) => object::blame(cli, args),
        Command::History(args) => object::history(cli, args),
        Command::Version(args) => object::version(cli, args),
        Command::Definition(args) => definition::run(cli, args),
        Command::Commit(args) => commit::run(cli, args),
        Command::Tag(args) => tag::run(cli, args),
        Command::Config(command) => config::run(cli, command),
        Command::Cqrs(command) => cqrs::run(cli, command),
        Command::Deploy(command) => deploy::run(cli, command),
        Command::Pause(args) => pause::run(cli, args),
        Command::Resume => pause::resume(cli),
        Command::Emergency(command) => emergency::run(cli, command),
        Command::Verify(args) => verify::run(cli, args),
        Command::Function(command) => function::run(cli, command),
        Command::Branch(command) => branch::run(cli, command),
        Command::Migrate(command) => migrate::run(cli, command),
        Command::Conflicts(args) => conflicts::run(cli, args),
        Command::Resolve(args) => conflicts::resolve(cli, args),
        Command::Gc(args) => gc::run(cli, args),
        Command::Report(args) => report::run(cli, args),
        Command::Metrics => report::metrics(cli),
        Command::Compare(args) => compare::run(cli, args),
        Command::Events(args) => events::run(cli, args),
        Command::Watch(args) => watch::run(cli, args),
        Command::Exec(args) => exec::run(cli, args),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(cli, args),
        Command::Dev(command) => dev::run(cli, command),
    }
}

/// The database that the arguments name; it must have pgGit.
fn open(cli: &Cli) -> anyhow::Result<Repository> {
    Ok(Repository::open(&cli.database_url)?)
}
