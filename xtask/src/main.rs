//! How pgGit is developed: every chore is `cargo xtask NAME`.
//!
//! This crate depends on neither libpq nor libclang: it finds or installs them before it builds the rest.

mod bench;
mod cache;
mod clients;
mod corpus;
mod demo;
mod lint;
mod liquibase;
mod postgres;
mod regress;
mod run;
mod system;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// How pgGit is developed
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Walk through pgGit's main job on a private server
    Demo(demo::Args),
    /// Run the whole test suite on private servers
    Test(test::Args),
    /// Check format, lints, documentation, layering, packages, file sizes and residue
    Lint,
    /// Measure pgGit against bare PostgreSQL
    Bench(bench::Args),
    /// Export the schemas of the corpus and make them again
    Corpus(corpus::Args),
    /// Run PostgreSQL's own regression suite without pgGit and with it
    Regress(regress::Args),
    /// A server to play with
    Postgres(postgres::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().chore {
        Chore::Demo(args) => demo::run(&args),
        Chore::Test(args) => test::run(&args),
        Chore::Lint => lint::run(),
        Chore::Bench(args) => bench::run(&args),
        Chore::Corpus(args) => corpus::run(&args),
        Chore::Regress(args) => regress::run(&args),
        Chore::Postgres(args) => postgres::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            run::say(&format!("error: {error:#}"));
            if let Some(error) = error.downcast_ref::<pggit_server::Error>() {
                run::say(&format!("\nhint: {}", error.hint()));
            }
            ExitCode::FAILURE
        }
    }
}
