//! The command line of pgGit: parses arguments, calls the libraries, prints. No rule of the domain lives here.

mod cli;
mod commands;
mod output;
#[cfg(test)]
mod reference;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match commands::run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::report(&error);
            ExitCode::FAILURE
        }
    }
}
