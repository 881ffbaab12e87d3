//! `pggit status`.

use crate::cli::Cli;
use crate::output::{self, ADDED, CHANGED, REMOVED, STRONG, paint};

pub fn run(cli: &Cli) -> anyhow::Result<()> {
    let lines = super::open(cli)?.status()?;
    output::print(cli, &lines, |lines| {
        let width = lines.iter().map(|l| l.component.chars().count()).max().unwrap_or(0);
        let status_width = lines.iter().map(|l| l.status.chars().count()).max().unwrap_or(0);
        let mut out = String::new();
        for line in lines {
            let style = match line.status.as_str() {
                "enabled" | "none" => ADDED,
                "paused" | "active" | "staged" | "snapshot" => CHANGED,
                "disabled" | "broken" => REMOVED,
                _ => STRONG,
            };
            let padding = " ".repeat(status_width - line.status.chars().count());
            let details = output::visible(line.details.as_deref().unwrap_or_default());
            out.push_str(&format!("{:width$}  {}{padding}  {details}\n", line.component, paint(style, &line.status)));
        }
        out
    })
}
