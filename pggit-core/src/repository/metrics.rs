//! Figures for a monitoring system.

use std::fmt::Write as _;

use diesel::prelude::*;
use diesel::sql_types::{Double, Text as SqlText};
use serde::Serialize;

use super::Repository;
use crate::error::Error;

/// A figure for a monitoring system, named as Prometheus names metrics.
#[derive(Debug, Clone, PartialEq, Serialize, QueryableByName)]
pub struct MonitoringMetric {
    /// Its name, as `pggit_commits_total`.
    #[diesel(sql_type = SqlText)]
    pub metric_name: String,
    /// `counter` or `gauge`.
    #[diesel(sql_type = SqlText)]
    pub metric_type: String,
    /// Its value, in the unit that its name ends with (bytes, seconds since 1970), else a number of things.
    #[diesel(sql_type = Double)]
    pub metric_value: f64,
    /// What it counts, in one sentence.
    #[diesel(sql_type = SqlText)]
    pub metric_help: String,
}

impl MonitoringMetric {
    /// Metrics in the text format of Prometheus, all with one label that names the database.
    ///
    /// ```
    /// use pggit_core::repository::MonitoringMetric;
    /// let metric = MonitoringMetric {
    ///     metric_name: "pggit_elements".into(), metric_type: "gauge".into(), metric_value: 3.0, metric_help: "Tracked elements".into(),
    /// };
    /// let text = MonitoringMetric::exposition(&[metric], "a \"shop\"");
    /// assert_eq!(text, "# HELP pggit_elements Tracked elements\n# TYPE pggit_elements gauge\npggit_elements{database=\"a \\\"shop\\\"\"} 3\n");
    /// ```
    #[must_use]
    pub fn exposition(metrics: &[Self], database: &str) -> String {
        let label = database.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let mut text = String::new();
        for metric in metrics {
            let name = &metric.metric_name;
            let help = metric.metric_help.replace('\\', "\\\\").replace('\n', "\\n");
            writeln!(
                text,
                "# HELP {name} {help}\n# TYPE {name} {}\n{name}{{database=\"{label}\"}} {}",
                metric.metric_type, metric.metric_value
            )
            .expect("writing to a String cannot fail");
        }
        text
    }
}

impl Repository {
    /// The figures for a monitoring system; [`MonitoringMetric::exposition`] writes them as Prometheus reads them.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn metrics(&mut self) -> Result<Vec<MonitoringMetric>, Error> {
        let query = diesel::sql_query(
            "select m.metric_name, m.metric_type, m.metric_value::float8 as metric_value, m.metric_help from pggit.metrics() as m",
        );
        Ok(query.load(self.connection())?)
    }
}
