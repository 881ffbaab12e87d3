//! `cargo xtask demo`: pgGit's main job, with real output.

use std::process::Command;

use anyhow::Context as _;
use pggit_server::{Binaries, PrivateServer};

use crate::run::{cargo, checked, root, say};
use crate::system;

#[derive(clap::Args)]
pub struct Args {
    /// An empty database to use instead of a private server; pgGit is installed in it and stays
    #[arg(long)]
    database_url: Option<String>,
}

/// What is shown: what it is about, and the arguments of `pggit`.
const STEPS: &[(&str, &[&str])] = &[
    ("Put pgGit into a database", &["install"]),
    (
        "One client creates a table",
        &["exec", "-c", "create table public.users (id bigint generated always as identity primary key, email text not null unique)"],
    ),
    (
        "Another adds a column, a view and an index in one transaction",
        &[
            "exec",
            "-c",
            "begin; alter table public.users add column name text; create view public.names as select id, name from public.users; create index users_name on public.users (name); commit",
        ],
    ),
    ("Every transaction is a commit", &["--no-pager", "log", "--oneline"]),
    ("What did the last one do?", &["--no-pager", "show", "HEAD"]),
    ("Rename a column: the view that reads it changes too", &["exec", "-c", "alter table public.users rename column name to full_name"]),
    ("Between two revisions", &["--no-pager", "diff", "HEAD~1", "HEAD"]),
    ("Who made the table what it is?", &["--no-pager", "blame", "public.users"]),
    ("A deployment: many transactions, one commit", &["deploy", "begin", "Release 2.0"]),
    ("...", &["exec", "-c", "create table public.orders (id bigint primary key, user_id bigint not null references public.users)"]),
    (
        "...",
        &[
            "exec",
            "-c",
            "create function public.order_count(bigint) returns bigint language sql stable as 'select count(*) from public.orders where user_id = $1'",
        ],
    ),
    ("...", &["deploy", "end", "-m", "Orders for users", "-t", "v2.0"]),
    ("Pause tracking", &["pause", "10 minutes"]),
    ("...", &["exec", "-c", "create table public.scratch (note text)"]),
    ("What changed meanwhile is not lost", &["resume"]),
    ("The whole story", &["--no-pager", "log", "--oneline"]),
    ("Time travel: the table as it was two commits ago", &["--no-pager", "definition", "public.users", "HEAD~4"]),
    ("How is it?", &["--no-pager", "status"]),
];

pub fn run(args: &Args) -> anyhow::Result<()> {
    let libraries = system::prepare()?;
    say("building pggit");
    let mut build = cargo(&["build", "--quiet", "--package", "pggit-cli"]);
    libraries.apply(&mut build);
    checked(&mut build)?;
    let mut server = None;
    let url = match &args.database_url {
        Some(url) => url.clone(),
        None => {
            let binaries = Binaries::find_or_fetch(None, &mut |line| say(line))?;
            let started = PrivateServer::start(&binaries, &[("fsync", "off")])?;
            say(&format!("started a private PostgreSQL {} on port {}", started.version(), started.port()));
            let url = started.url("postgres");
            server = Some(started);
            url
        }
    };
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let pggit = target.join("debug/pggit");
    for (about, arguments) in STEPS {
        say(&format!("\n# {about}\n$ pggit {}", shown(arguments)));
        checked(Command::new(&pggit).env("DATABASE_URL", &url).args(*arguments))
            .with_context(|| format!("the demo stops at: pggit {}", shown(arguments)))?;
    }
    drop(server);
    say("\nThat was pgGit. `pggit dev start` gives you a server of your own; docs/ has the guide.");
    Ok(())
}

fn shown(arguments: &[&str]) -> String {
    let quoted: Vec<_> = arguments
        .iter()
        .filter(|a| **a != "--no-pager")
        .map(|a| if a.contains([' ', ';']) { format!("\"{a}\"") } else { (*a).to_owned() })
        .collect();
    quoted.join(" ")
}
