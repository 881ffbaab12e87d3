//! The command line of pgGit: parses arguments, calls the libraries, prints. No rule of the domain lives here.

mod cli;
mod commands;
mod output;
#[cfg(test)]
mod reference;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && cli::wants_json(std::env::args_os()) => {
            output::report_usage(&error);
            return ExitCode::from(2);
        }
        Err(error) => error.exit(),
    };
    match commands::run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::report(cli.format, &error);
            ExitCode::FAILURE
        }
    }
}
