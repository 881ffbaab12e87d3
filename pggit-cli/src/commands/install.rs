//! `pggit install` and `pggit upgrade`.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use pggit_core::Repository;
use pggit_core::install::{Adoption, Mode, Presence, Report, Step};

use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Take over from the older pgGit that is written in SQL: move it aside and import what it recorded
    #[arg(long)]
    adopt: bool,
    /// Undo --adopt: take pgGit out and put the older one back
    #[arg(long, conflicts_with = "adopt")]
    restore: bool,
    /// With --restore: also when commits that were recorded since are deleted
    #[arg(long, requires = "restore")]
    yes: bool,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let mut repository = Repository::connect(&cli.database_url)?;
    if args.restore {
        let restored = repository.restore(args.yes)?;
        return output::print(cli, &restored, |r| {
            let lost = match r.commits_deleted {
                0 => "nothing was recorded since".to_owned(),
                1 => "the commit that was recorded since is deleted".to_owned(),
                n => format!("the {n} commits that were recorded since are deleted"),
            };
            format!("The older pgGit is back in {}, as it was; {lost}.\n", r.database)
        });
    }
    if args.adopt {
        let adoption = with_progress(|progress| repository.adopt(progress))?;
        return output::print(cli, &adoption, adopted);
    }
    install(cli, &mut repository)
}

fn install(cli: &Cli, repository: &mut Repository) -> anyhow::Result<()> {
    let report = with_progress(|progress| repository.install(progress))?;
    output::print(cli, &report, text)
}

pub fn upgrade(cli: &Cli) -> anyhow::Result<()> {
    let mut repository = Repository::connect(&cli.database_url)?;
    if repository.presence()? == Presence::Absent {
        return Err(pggit_core::Error::NotInstalled { database: repository.database()? }.into());
    }
    install(cli, &mut repository)
}

fn adopted(adoption: &Adoption) -> String {
    let mut out = format!("The older pgGit is in the schema {} now, switched off.\n", adoption.schema);
    for line in &adoption.imported {
        let mut counts = Vec::new();
        if line.imported > 0 {
            counts.push(format!("{} imported", line.imported));
        }
        if line.left_out > 0 {
            counts.push(format!("{} not imported", line.left_out));
        }
        let note = line.note.as_ref().filter(|n| !n.is_empty()).map(|n| format!(": {n}")).unwrap_or_default();
        out.push_str(&format!("  {}: {}{note}\n", line.what, counts.join(", ")));
    }
    out.push_str(&text(&adoption.report));
    out.push_str("Roles have to be let in anew: pggit.grant_access(). `pggit install --restore` undoes all of this.\n");
    out
}

/// Shows a bar once it takes longer than a second.
fn with_progress<T>(work: impl FnOnce(&mut dyn FnMut(Step)) -> Result<T, pggit_core::Error>) -> Result<T, pggit_core::Error> {
    let bar = ProgressBar::new(5);
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    let started = Instant::now();
    // The ticking thread shows the bar when a step alone takes that long.
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let shown = bar.clone();
    let ticker = std::thread::spawn(move || {
        if stopped.recv_timeout(Duration::from_secs(1)).is_err_and(|e| e == std::sync::mpsc::RecvTimeoutError::Timeout) {
            shown.set_draw_target(indicatif::ProgressDrawTarget::stderr());
            shown.enable_steady_tick(Duration::from_millis(100));
            let _ = stopped.recv();
        }
    });
    let result = work(&mut |step| {
        bar.set_position(match step {
            Step::Tables => 0,
            Step::Functions => 1,
            Step::Import => 2,
            Step::FirstCommit => 3,
            Step::Commit => 4,
        });
        bar.set_message(match step {
            Step::Tables => "creating tables",
            Step::Functions => "creating functions",
            Step::Import => "importing",
            Step::FirstCommit => "recording the schema",
            Step::Commit => "committing",
        });
    });
    drop(stop);
    let _ = ticker.join();
    bar.finish_and_clear();
    if result.is_ok() && started.elapsed() > Duration::from_secs(1) {
        output::say(&format!("took {:.1} s", started.elapsed().as_secs_f64()));
    }
    result
}

fn text(report: &Report) -> String {
    let mut out = if report.upgraded {
        format!("pgGit in {} is up to date; its history is as it was.\n", report.database)
    } else {
        format!("Installed pgGit in {}.\n", report.database)
    };
    for migration in &report.migrations {
        out.push_str(&format!("  tables: {migration}\n"));
    }
    if let Some(commit) = &report.initial_commit {
        out.push_str(&format!(
            "  first commit: {}, the schema as it stands ({} element{})\n",
            output::paint(output::COMMIT, &commit[..12]),
            report.elements,
            if report.elements == 1 { "" } else { "s" }
        ));
    }
    out.push_str(match report.mode {
        Mode::EventTrigger => "From now on every schema change, by any client, is a commit.\n",
        Mode::Snapshot => {
            "Snapshot mode: this role may not create event triggers, so changes are not recorded as they happen.\n\
             Run `pggit commit -m MESSAGE` after changing the schema: it finds what changed. Who changed it is then not known.\n"
        }
    });
    out
}
