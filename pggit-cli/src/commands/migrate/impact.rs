//! `pggit migrate impact`

use pggit_core::Repository;
use pggit_cqrs::{Side, Sides};
use pggit_sql::analysis::{Action, Severity};
use serde::Serialize;

use super::explain::{self, Explained};
use super::tool::ToolArgs;
use crate::cli::{Cli, Format};
use crate::commands::cqrs::SideArgs;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The number of a migration that was applied; or with --dir a migration by the tool's name for it, or none for those that are pending
    migration: Option<String>,
    #[command(flatten)]
    tool: ToolArgs,
    #[command(flatten)]
    sides: SideArgs,
}

/// What a migration is going to do to an object.
#[derive(Serialize)]
struct Change<'a> {
    migration: &'a str,
    line: usize,
    operation: Action,
    object_type: &'a str,
    object_name: String,
    side: Option<Side>,
    impact_level: &'static str,
    /// The rules that found something.
    findings: Vec<&'a str>,
    /// The objects that depend on it.
    affects: Vec<&'a str>,
}

pub fn run(cli: &Cli, repository: &mut Repository, args: &Args) -> anyhow::Result<()> {
    if let Some(project) = args.tool.project(repository)? {
        let sides = args.sides.sides();
        let explained = explain::explain(repository, &project, args.migration.as_deref(), &sides)?;
        if cli.format == Format::Sarif {
            return explain::log(&explained).print();
        }
        let changes: Vec<_> = explained.iter().flat_map(|e| changes(e, &sides, &project.schema)).collect();
        for migration in &explained {
            for unread in &migration.unread {
                output::say(&format!("{} line {}: not understood: {}", migration.migration.verdict.id, unread.line, unread.reason));
            }
        }
        return output::print(cli, &changes, |changes| table(changes));
    }
    let Some(number) = args.migration.as_deref() else {
        anyhow::bail!("name a migration, or the tool and the directory of the pending ones: --tool flyway --dir db/migration");
    };
    let number =
        number.parse().map_err(|_| anyhow::anyhow!("\"{number}\" is no number of a migration: `pggit migrate status` lists them"))?;
    output::print(cli, &repository.migration_impact(number)?, |impacts| {
        let rows: Vec<_> = impacts
            .iter()
            .map(|i| vec![i.impact_level.clone(), i.operation.clone(), i.object_type.clone(), i.object_name.clone()])
            .collect();
        output::table(&["impact", "operation", "type", "object"], &rows)
    })
}

/// One line for each object that a migration does something to.
fn changes<'a>(explained: &'a Explained<'_>, sides: &Sides, schema: &str) -> Vec<Change<'a>> {
    let mut found = Vec::new();
    for statement in &explained.statements {
        let effect = &statement.effect;
        let level = match effect.findings.iter().map(|f| f.severity).max() {
            Some(Severity::Danger) => "high",
            Some(Severity::Warning) => "medium",
            _ if effect.dependants.is_empty() => "low",
            _ => "medium",
        };
        for touched in effect.touched.iter().filter(|t| t.action != Action::Read) {
            found.push(Change {
                migration: &explained.migration.verdict.id,
                line: effect.line,
                operation: touched.action,
                object_type: &touched.object_type,
                object_name: touched.name.to_string(),
                side: explain::side(sides, touched, schema),
                impact_level: level,
                findings: effect.findings.iter().map(|f| f.rule.as_str()).collect(),
                affects: effect.dependants.iter().map(|d| d.object.identity.as_str()).collect(),
            });
        }
    }
    found
}

fn table(changes: &[Change<'_>]) -> String {
    let word = |action: Action| match action {
        Action::Create => "create",
        Action::Alter => "alter",
        Action::Drop => "drop",
        Action::Write => "write",
        Action::Read => "read",
    };
    let row = |c: &Change<'_>| {
        let side = c.side.map(|s| s.to_string()).unwrap_or_default();
        let texts = [c.impact_level, c.migration, word(c.operation), c.object_type, &c.object_name, &side];
        let mut row: Vec<String> = texts.map(str::to_owned).into();
        row.extend([c.findings.join(", "), c.affects.join(", ")]);
        row
    };
    output::table(
        &["impact", "migration", "operation", "type", "object", "side", "findings", "affects"],
        &changes.iter().map(row).collect::<Vec<_>>(),
    )
}
