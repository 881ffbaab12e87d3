//! `cargo xtask demo`: pgGit's main job, with real output.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;
use pggit_server::{Binaries, PrivateServer};

use crate::run::{cargo, checked, quietly, say, target};
use crate::system;

#[derive(clap::Args)]
pub struct Args {
    /// An empty database to use instead of a private server; pgGit is installed in it and stays
    #[arg(long)]
    database_url: Option<String>,
}

/// Who does a step.
enum Client {
    /// The command line of pgGit, with these arguments.
    Pggit(&'static [&'static str]),
    /// Another program: psql where it is on the machine, else `pggit exec`.
    Psql(&'static str),
}

use Client::{Pggit, Psql};

/// What is shown: what it is about, where that is not clear from the step before, and the step.
const STEPS: &[(&str, Client)] = &[
    ("Put pgGit into a database", Pggit(&["install"])),
    (
        "One client creates a table",
        Psql("create table public.users (id bigint generated always as identity primary key, email text not null unique)"),
    ),
    (
        "Another adds a column, a view and an index in one transaction",
        Pggit(&[
            "exec",
            "-c",
            "alter table public.users add column name text; create view public.names as select id, name from public.users; create index users_name on public.users (name)",
        ]),
    ),
    ("Every transaction is a commit", Pggit(&["log", "--oneline"])),
    ("What did the last one do?", Pggit(&["show", "HEAD"])),
    ("Rename a column: the view that reads it changes too", Psql("alter table public.users rename column name to full_name")),
    ("Between two revisions", Pggit(&["diff", "HEAD~1", "HEAD"])),
    ("Who made the table what it is?", Pggit(&["blame", "public.users"])),
    ("A deployment: many transactions, one commit", Pggit(&["deploy", "begin", "Release 2.0"])),
    ("", Psql("create table public.orders (id bigint primary key, user_id bigint not null references public.users)")),
    (
        "",
        Pggit(&[
            "exec",
            "-c",
            "create function public.order_count(bigint) returns bigint language sql stable as 'select count(*) from public.orders where user_id = $1'",
        ]),
    ),
    ("", Pggit(&["deploy", "end", "-m", "Orders for users", "-t", "v2.0"])),
    ("Pause tracking", Pggit(&["pause", "10 minutes"])),
    ("", Psql("create table public.scratch (note text)")),
    ("What changed meanwhile is not lost", Pggit(&["resume"])),
    ("The whole story", Pggit(&["log", "--oneline"])),
    ("Time travel: the table as it was at first", Pggit(&["definition", "public.users", "HEAD~4"])),
    ("How is it?", Pggit(&["status"])),
];

/// The database on the private server.
const DATABASE: &str = "shop";

pub fn run(args: &Args) -> anyhow::Result<()> {
    let libraries = system::prepare()?;
    say("building pggit");
    let mut build = cargo(&["build", "--quiet", "--package", "pggit-cli"]);
    libraries.apply(&mut build);
    checked(&mut build)?;
    let pggit = target().join("debug/pggit");
    // Kept to the end: dropping it stops it.
    let mut server = None;
    let url = match &args.database_url {
        Some(url) => url.clone(),
        None => {
            let started = start()?;
            let create = format!("create database {DATABASE}");
            quietly(Command::new(&pggit).args(["--database-url", &started.url("postgres"), "exec", "-c", &create]))?;
            server.insert(started).url(DATABASE)
        }
    };
    let stage = Stage { pggit, url, has_psql: Command::new("psql").arg("--version").output().is_ok() };
    for (about, client) in STEPS {
        say("");
        if !about.is_empty() {
            say(&format!("# {about}"));
        }
        stage.perform(client)?;
    }
    say("\nThat was pgGit. `cargo run -- dev start` gives you a server of your own with it.");
    Ok(())
}

fn start() -> anyhow::Result<PrivateServer> {
    let binaries = Binaries::find_or_fetch(None, &mut |line| say(line))?;
    let server = PrivateServer::start(&binaries, &[("fsync", "off")])?;
    say(&format!("started a private PostgreSQL {} on port {}; it ends with the demo", server.version(), server.port()));
    Ok(server)
}

/// What the steps need.
struct Stage {
    pggit: PathBuf,
    url: String,
    has_psql: bool,
}

impl Stage {
    /// Prints a step's command and runs it.
    fn perform(&self, client: &Client) -> anyhow::Result<()> {
        let (shown, mut command) = match client {
            Psql(sql) if self.has_psql => {
                let mut command = Command::new("psql");
                command.args(["-X", "-v", "ON_ERROR_STOP=1", "-c", sql]).arg(&self.url);
                (format!("psql -c \"{sql}\""), command)
            }
            Psql(sql) => self.pggit(&["exec", "-c", sql]),
            Pggit(arguments) => self.pggit(arguments),
        };
        say(&format!("$ {shown}"));
        checked(command.env("DATABASE_URL", &self.url)).with_context(|| format!("the demo stops at: {shown}"))
    }

    fn pggit(&self, arguments: &[&str]) -> (String, Command) {
        let mut command = Command::new(&self.pggit);
        command.arg("--no-pager").args(arguments);
        (shown(arguments), command)
    }
}

/// A command of pggit as one would type it.
fn shown(arguments: &[&str]) -> String {
    let quoted = arguments.iter().map(|a| if a.contains([' ', ';']) { format!("\"{a}\"") } else { (*a).to_owned() });
    std::iter::once("pggit".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_one_types_them() {
        assert_eq!(shown(&["pause", "10 minutes"]), "pggit pause \"10 minutes\"");
        assert_eq!(shown(&["show", "HEAD"]), "pggit show HEAD");
    }
}
