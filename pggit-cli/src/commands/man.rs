//! `pggit man`: the manual pages, made from the arguments themselves.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};

use crate::cli::Cli;
use crate::output;

/// What holds for every command, in roff.
const FOR_ALL: &str = r#".SH ENVIRONMENT
.TP
.B DATABASE_URL
The database, unless \fB\-\-database\-url\fR names one. Without either, libpq's PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSFILE and
their friends count.
.TP
.B NO_COLOR
When it is set, nothing is coloured.
.TP
.B PAGER
What pages long output on a terminal; less if it is not set.
.SH "EXIT STATUS"
0, or 1 after an error or when a check finds a fault, or 2 when the arguments cannot be understood.
"#;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write a page for pggit and one for each command to this directory, instead of the page for pggit to standard output
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let mut command = Cli::command();
    command.build();
    let Some(directory) = &args.dir else {
        return output::raw(&page(&command, "pggit")?);
    };
    std::fs::create_dir_all(directory).with_context(|| format!("cannot make the directory {}", directory.display()))?;
    let mut pages = Vec::new();
    collect(&command, "pggit", &mut pages)?;
    let mut paths = Vec::new();
    for (name, text) in &pages {
        let path = directory.join(format!("{name}.1"));
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        paths.push(path);
    }
    output::print(cli, &paths, |paths| format!("{} pages in {}\n", paths.len(), directory.display()))
}

/// The pages of a command and of those below it, by name.
fn collect(command: &Command, name: &str, pages: &mut Vec<(String, String)>) -> anyhow::Result<()> {
    pages.push((name.to_owned(), page(command, name)?));
    for sub in command.get_subcommands().filter(|s| s.get_name() != "help") {
        collect(sub, &format!("{name}-{}", sub.get_name()), pages)?;
    }
    Ok(())
}

fn page(command: &Command, name: &str) -> anyhow::Result<String> {
    let mut text = Vec::new();
    let command = command.clone().name(name.to_owned()).disable_help_subcommand(true);
    clap_mangen::Man::new(command).title(name.to_uppercase()).render(&mut text)?;
    Ok(format!("{}{FOR_ALL}", String::from_utf8(text)?))
}
