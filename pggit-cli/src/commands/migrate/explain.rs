//! `pggit migrate explain`

use pggit_core::Repository;
use pggit_cqrs::{Side, Sides};
use pggit_migrate::{Effect, Impact, State, Unread};
use pggit_sql::DependencyGraph;
use pggit_sql::analysis::{Action, Finding, Severity, Touched};
use serde::Serialize;

use super::sarif::{Entry, Level, Log};
use super::tool::{self, Project, Standing, ToolArgs};
use crate::cli::{Cli, Format};
use crate::commands::cqrs::SideArgs;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The migration, by the tool's name for it or by its file; without it those that are pending
    migration: Option<String>,
    #[command(flatten)]
    tool: ToolArgs,
    #[command(flatten)]
    sides: SideArgs,
}

/// A migration, and what each of its statements does.
#[derive(Serialize)]
pub struct Explained<'a> {
    pub migration: &'a Standing,
    pub statements: Vec<Sided>,
    pub unread: Vec<Unread>,
}

/// What a statement does, and on which side.
#[derive(Serialize)]
pub struct Sided {
    #[serde(flatten)]
    pub effect: Effect,
    pub sides: Vec<Side>,
}

pub fn run(cli: &Cli, repository: &mut Repository, args: &Args) -> anyhow::Result<()> {
    let project = args.tool.project(repository)?;
    let project =
        project.ok_or_else(|| anyhow::anyhow!("name the tool and the directory of its migrations: --tool flyway --dir db/migration"))?;
    let explained = explain(repository, &project, args.migration.as_deref(), &args.sides.sides())?;
    if cli.format == Format::Sarif {
        return log(&explained).print();
    }
    output::print(cli, &explained, |explained| {
        if explained.is_empty() {
            return "Nothing is pending.\n".to_owned();
        }
        explained.iter().map(text).collect::<Vec<_>>().join("\n")
    })
}

/// The migrations with an id, or those that are pending, with what their statements do.
pub fn explain<'a>(
    repository: &mut Repository,
    project: &'a Project,
    id: Option<&str>,
    sides: &Sides,
) -> anyhow::Result<Vec<Explained<'a>>> {
    let graph = DependencyGraph::read(repository.connection())?;
    let explained = |standing: &'a Standing| {
        let Impact { effects, unread, .. } = project.file(&standing.verdict).map_or_else(
            || Impact {
                id: standing.verdict.id.clone(),
                path: std::path::PathBuf::new(),
                effects: Vec::new(),
                unread: vec![Unread { line: 1, reason: "it is not on disk".into() }],
            },
            |file| pggit_migrate::impact(file, &graph, &project.schema),
        );
        let sided = |effect: Effect| {
            let mut sides: Vec<_> = effect.touched.iter().filter_map(|t| side(sides, t, &project.schema)).collect();
            sides.sort();
            sides.dedup();
            Sided { effect, sides }
        };
        Explained { migration: standing, statements: effects.into_iter().map(sided).collect(), unread }
    };
    Ok(project.chosen(id)?.into_iter().map(explained).collect())
}

/// The side of an object; a name that says no schema is one of the schema given.
pub fn side(sides: &Sides, touched: &Touched, schema: &str) -> Option<Side> {
    if touched.object_type == "schema" || touched.name.schema.is_some() {
        sides.of(&touched.name, &touched.object_type)
    } else {
        sides.of_schema(schema)
    }
}

fn text(explained: &Explained<'_>) -> String {
    let verdict = &explained.migration.verdict;
    let path = verdict.path.as_ref().map(|p| p.display().to_string()).unwrap_or_default();
    let title = [&verdict.id, &verdict.description].map(String::as_str).join(" ");
    let mut text = format!("{} ({}) {path}\n", output::paint(output::STRONG, title.trim()), verdict.state);
    if let Some(fault) = tool::fault(explained.migration) {
        text.push_str(&format!("  {fault}\n"));
    }
    if let Some(commit) = &explained.migration.commit_id {
        text.push_str(&format!("  commit {} (by {})\n", &commit[..12], explained.migration.link.as_deref().unwrap_or("nobody")));
    }
    for statement in &explained.statements {
        text.push_str(&statement_text(statement));
    }
    for unread in &explained.unread {
        text.push_str(&format!("  line {}: not understood: {}\n", unread.line, unread.reason));
    }
    text
}

fn statement_text(Sided { effect, sides }: &Sided) -> String {
    let shown: String = effect.statement.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = if shown.chars().count() > 100 { shown.chars().take(99).chain(['…']).collect() } else { shown };
    let side = sides.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut text = format!(
        "  line {}: {}{}\n",
        effect.line,
        output::paint(output::CHANGED, &shown),
        if side.is_empty() { side } else { format!(" [{side}]") }
    );
    for touched in &effect.touched {
        let action = match touched.action {
            Action::Create => "creates",
            Action::Alter => "alters",
            Action::Drop => "drops",
            Action::Write => "writes",
            Action::Read => "reads",
        };
        text.push_str(&format!("    {action} {} {}\n", touched.object_type, touched.name));
    }
    for dependant in &effect.dependants {
        let through = dependant.through.join(", ");
        text.push_str(&format!("    affects {} {} (through {through})\n", dependant.object.object_type, dependant.object.identity));
    }
    for finding in &effect.findings {
        let (style, word) = match finding.severity {
            Severity::Note => (output::STRONG, "note"),
            Severity::Warning => (output::CHANGED, "warning"),
            Severity::Danger => (output::REMOVED, "danger"),
        };
        text.push_str(&format!("    {} {}: {}\n", output::paint(style, word), finding.rule, finding.message));
        if let Some(hint) = &finding.hint {
            text.push_str(&format!("      {hint}\n"));
        }
    }
    for unknown in &effect.unknown {
        text.push_str(&format!("    unknown: {unknown}\n"));
    }
    text
}

/// The findings as a log.
pub fn log(explained: &[Explained<'_>]) -> Log {
    let mut log = Log::default();
    for migration in explained {
        let Some(path) = &migration.migration.verdict.path else { continue };
        for Sided { effect, .. } in &migration.statements {
            for finding in &effect.findings {
                log.add(Entry {
                    rule: finding.rule.clone(),
                    level: level(finding),
                    message: message(finding),
                    place: Some((path.clone(), effect.line)),
                });
            }
            if !effect.dependants.is_empty() {
                let named: Vec<_> = effect.dependants.iter().map(|d| d.object.identity.as_str()).collect();
                let message = format!("it affects {}", named.join(", "));
                log.add(Entry { rule: "affects_dependants".into(), level: Level::Note, message, place: Some((path.clone(), effect.line)) });
            }
        }
        let level = if migration.migration.verdict.state == State::Pending { Level::Warning } else { Level::Note };
        for unread in &migration.unread {
            let message = format!("not understood: {}", unread.reason);
            log.add(Entry { rule: "not_understood".into(), level, message, place: Some((path.clone(), unread.line)) });
        }
    }
    log
}

fn level(finding: &Finding) -> Level {
    match finding.severity {
        Severity::Note => Level::Note,
        Severity::Warning => Level::Warning,
        Severity::Danger => Level::Error,
    }
}

fn message(finding: &Finding) -> String {
    let object = finding.object.as_ref().map(|object| format!("{object}: ")).unwrap_or_default();
    let hint = finding.hint.as_ref().map(|hint| format!(". {hint}")).unwrap_or_default();
    format!("{object}{}{hint}", finding.message)
}
