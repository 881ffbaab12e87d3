//! `pggit compare`: environments side by side.

use pggit_core::repository::EnvironmentDifference;
use pggit_sql::Environment;

use crate::cli::Cli;
use crate::output::{self, Refusal};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A branch, a tag or another revision of this database
    #[arg(default_value = "HEAD")]
    one: String,
    /// Another revision; of the database of --with, where that is given
    #[arg(default_value = "HEAD")]
    other: String,
    /// The second database, on a server of any supported version; of one without pgGit, the schema as it stands
    #[arg(long, value_name = "URL")]
    with: Option<String>,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    // The server would print, and log, what it does not know as a revision.
    if [&args.one, &args.other].iter().any(|name| ["://", "host=", "dbname=", "password="].iter().any(|part| name.contains(part))) {
        return Err(Refusal::error("a connection string stands where a revision belongs".into(), "Give another database by --with URL."));
    }
    let differences = match &args.with {
        None => super::open(cli)?.compare_environments(&args.one, &args.other)?,
        Some(url) => Environment::read(&cli.database_url, &args.one)?.differences(&Environment::read(url, &args.other)?),
    };
    output::print(cli, &differences, |differences| {
        if differences.is_empty() {
            return "No differences.\n".into();
        }
        let side = |d: &EnvironmentDifference| match (d.env1_status.as_str(), d.env2_status.as_str()) {
            ("missing", _) => "only in the second".to_owned(),
            (_, "missing") => "only in the first".to_owned(),
            _ => d.difference.clone(),
        };
        let rows: Vec<_> = differences.iter().map(|d| vec![d.object_type.clone(), d.object_name.clone(), side(d)]).collect();
        output::table(&["type", "object", "difference"], &rows)
    })
}
