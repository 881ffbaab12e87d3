//! `pggit emergency`: capture off and on, whatever else is set.

use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Switch capture off; it goes on by itself
    Disable {
        /// For how long, as "1 hour"
        #[arg(default_value = "1 hour", allow_hyphen_values = true)]
        duration: String,
    },
    /// Switch capture on and record what changed meanwhile
    Enable,
}

pub fn run(cli: &Cli, command: &Command) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    match command {
        Command::Disable { duration } => {
            let until = repository.emergency_disable(duration)?;
            output::print(cli, &serde_json::json!({"disabled_until": until}), |_| {
                format!("Capture is off until {until}. `pggit emergency enable` switches it on before.\n")
            })
        }
        Command::Enable => {
            let commit = repository.emergency_enable()?;
            super::pause::report(cli, commit.as_deref())
        }
    }
}
