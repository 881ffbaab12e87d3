//! `pggit config`: what is tracked on this branch.

use std::path::PathBuf;

use anyhow::Context as _;
use pggit_core::model::rules::TrackingConfig;

use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Print the configuration, as TOML or JSON
    Show,
    /// Replace single lists; what is not named stays as it is
    Set(SetArgs),
    /// Replace the whole configuration by a TOML file
    Apply {
        /// The file
        file: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub struct SetArgs {
    /// Schemas that are tracked whatever else is said, as LIKE patterns, separated by commas; empty for none
    #[arg(long, value_delimiter = ',')]
    track_schemas: Option<Vec<String>>,
    /// Schemas that are not tracked
    #[arg(long, value_delimiter = ',')]
    ignore_schemas: Option<Vec<String>>,
    /// Operations that are tracked whatever else is said, as "CREATE TABLE"
    #[arg(long, value_delimiter = ',')]
    track_operations: Option<Vec<String>>,
    /// Operations that are not tracked
    #[arg(long, value_delimiter = ',')]
    ignore_operations: Option<Vec<String>>,
    /// Commands that are not tracked, as "CREATE UNLOGGED TABLE %"; may be repeated
    #[arg(long = "ignore-pattern", value_name = "PATTERN")]
    ignore_patterns: Option<Vec<String>>,
}

pub fn run(cli: &Cli, command: &Command) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    let config = match command {
        Command::Show => repository.config()?,
        Command::Set(args) => {
            let mut config = repository.config()?;
            let lists = [
                (&mut config.track_schemas, &args.track_schemas),
                (&mut config.ignore_schemas, &args.ignore_schemas),
                (&mut config.track_operations, &args.track_operations),
                (&mut config.ignore_operations, &args.ignore_operations),
                (&mut config.ignore_patterns, &args.ignore_patterns),
            ];
            for (list, given) in lists {
                if let Some(given) = given {
                    *list = given.iter().filter(|p| !p.is_empty()).cloned().collect();
                }
            }
            config.validate()?;
            repository.set_config(&config)?;
            config
        }
        Command::Apply { file } => {
            let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            let config: TrackingConfig = toml::from_str(&text).with_context(|| format!("{} is no configuration", file.display()))?;
            config.validate()?;
            repository.set_config(&config)?;
            config
        }
    };
    output::print(cli, &config, |config| toml::to_string(config).unwrap_or_else(|e| format!("# {e}\n")))
}
