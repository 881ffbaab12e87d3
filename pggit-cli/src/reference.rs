//! The reference of the command line, `docs/command-line.md`, made from the arguments themselves. A test fails when it is stale.

use clap::{Command, CommandFactory as _};

const HEAD: &str = "# The command line

Every command takes `--database-url URL`; without it `DATABASE_URL` counts, then libpq's `PGHOST`, `PGDATABASE` and their friends.
Results go to standard output, progress and errors to standard error. `--format json` prints results for programs. On a terminal long
output is paged (`PAGER`; `--no-pager` turns it off) and coloured, unless `NO_COLOR` is set.

| exit code | |
|---|---|
| 0 | it is done; also where whoever reads the output goes away before its end |
| 1 | an error, or a check that finds a fault (`verify`, `migrate validate`), or a merge that leaves something open (`resolve`) |
| 2 | the arguments cannot be understood |

With `--format json` an error is one JSON object on the last line of standard error, and standard output has nothing that is only half
there:

    {\"error\":{\"causes\":[],\"hint\":\"Run pggit install first.\",\"message\":\"database \\\"shop\\\" has no pgGit\"}}

Completions for bash, zsh, fish, elvish and PowerShell, and the manual pages, come from the binary itself:

    source <(pggit completions bash)
    pggit completions fish > ~/.config/fish/completions/pggit.fish
    pggit man | man -l -
    pggit man --dir /usr/local/share/man/man1
";

/// The page.
fn page() -> String {
    let mut command = crate::cli::Cli::command().term_width(100);
    command.build();
    let mut page = HEAD.to_owned();
    for sub in command.get_subcommands_mut() {
        describe(sub, &mut page);
    }
    page
}

fn describe(command: &mut Command, page: &mut String) {
    if command.get_name() == "help" {
        return;
    }
    if command.has_subcommands() {
        for sub in command.get_subcommands_mut() {
            describe(sub, page);
        }
        return;
    }
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    // The arguments that every command has stand at the top of the page.
    let own = std::mem::take(command).mut_args(|a| if a.is_global_set() || a.get_id() == "help" { a.hide(true) } else { a });
    let help = own.term_width(100).render_long_help().to_string();
    page.push_str(&format!("\n## {name}\n\n"));
    for line in help.trim_end().lines() {
        let indented = format!("    {line}");
        page.push_str(indented.trim_end());
        page.push('\n');
    }
}

#[test]
fn the_reference_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/command-line.md");
    let page = page();
    if std::env::var_os("PGGIT_BLESS").is_some() {
        std::fs::write(path, &page).expect("the reference can be written");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == page, "docs/command-line.md is stale: PGGIT_BLESS=1 cargo test -p pggit-cli reference");
}
