//! `pggit install` and `pggit upgrade`.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use pggit_core::Repository;
use pggit_core::install::{Mode, Presence, Report, Step};

use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(cli: &Cli, _args: &Args) -> anyhow::Result<()> {
    let mut repository = Repository::connect(&cli.database_url)?;
    let report = with_progress(|progress| repository.install(progress))?;
    output::print(cli, &report, text)
}

pub fn upgrade(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let mut repository = Repository::connect(&cli.database_url)?;
    if repository.presence()? == Presence::Absent {
        return Err(pggit_core::Error::NotInstalled { database: repository.database()? }.into());
    }
    drop(repository);
    run(cli, args)
}

/// Shows a bar once it takes longer than a second.
fn with_progress<T>(work: impl FnOnce(&mut dyn FnMut(Step)) -> Result<T, pggit_core::Error>) -> Result<T, pggit_core::Error> {
    let bar = ProgressBar::new(4);
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
            Step::FirstCommit => 2,
            Step::Commit => 3,
        });
        bar.set_message(match step {
            Step::Tables => "creating tables",
            Step::Functions => "creating functions",
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
