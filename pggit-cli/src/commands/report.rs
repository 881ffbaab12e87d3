//! `pggit report` and `pggit metrics`.

use pggit_core::repository::MonitoringMetric;

use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many days to look back
    #[arg(long, default_value_t = 7)]
    days: i32,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let metrics = super::open(cli)?.performance_report(args.days)?;
    output::print(cli, &metrics, |metrics| {
        let value = |v: Option<f64>| v.map_or_else(|| "not measured".to_owned(), |v| format!("{v}"));
        let rows: Vec<_> = metrics.iter().map(|m| vec![m.metric_name.clone(), value(m.metric_value), m.metric_unit.clone()]).collect();
        output::table(&["figure", "value", "unit"], &rows)
    })
}

pub fn metrics(cli: &Cli) -> anyhow::Result<()> {
    let mut repository = super::open(cli)?;
    let database = repository.database()?;
    output::print(cli, &repository.metrics()?, |metrics| MonitoringMetric::exposition(metrics, &database))
}
