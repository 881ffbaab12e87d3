//! What people see: data on stdout, progress and errors on stderr, colour only where it is wanted.

use std::io::{IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::cli::{Cli, Format};

pub const COMMIT: Style = AnsiColor::Yellow.on_default();
pub const ADDED: Style = AnsiColor::Green.on_default();
pub const REMOVED: Style = AnsiColor::Red.on_default();
pub const CHANGED: Style = AnsiColor::Cyan.on_default();
pub const STRONG: Style = Style::new().bold();

/// A text in a style.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The style and the sign of an operation.
pub fn operation(operation: &str) -> (Style, char) {
    match operation {
        "create" => (ADDED, '+'),
        "drop" => (REMOVED, '-'),
        "rename" => (CHANGED, '>'),
        _ => (CHANGED, '~'),
    }
}

/// Prints a result: as JSON, or as the text that `text` makes of it.
pub fn print<T: Serialize>(cli: &Cli, value: &T, text: impl FnOnce(&T) -> String) -> anyhow::Result<()> {
    match cli.format {
        Format::Json => emit(&format!("{}\n", serde_json::to_string_pretty(value)?)),
        Format::Text => {
            let text = text(value);
            if cli.no_pager || !page(&text) { emit(&text) } else { Ok(()) }
        }
        Format::Dot | Format::Mermaid | Format::Svg => anyhow::bail!("this command has no drawing: it prints as text or json"),
        Format::Sarif => anyhow::bail!("this command has no SARIF: it prints as text or json"),
    }
}

/// Prints a text that a program reads, as it is.
pub fn raw(text: &str) -> anyhow::Result<()> {
    emit(text)
}

/// Writes to stdout; a reader that has gone away (`| head`) is no error.
fn emit(text: &str) -> anyhow::Result<()> {
    match anstream::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(()),
    }
}

/// Says something on stderr.
pub fn say(text: &str) {
    // Nobody is left to tell when stderr is gone.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Pages a text that is longer than the terminal. False when it should be printed as it is.
fn page(text: &str) -> bool {
    let rows = std::env::var("LINES").ok().and_then(|l| l.parse().ok()).unwrap_or(40);
    if !std::io::stdout().is_terminal() || text.lines().count() < rows {
        return false;
    }
    let pager = std::env::var("PAGER").unwrap_or_else(|_| "less".into());
    let mut words = pager.split_whitespace();
    let Some(program) = words.next() else { return false };
    let child = Command::new(program).args(words).env("LESS", "FRX").stdin(Stdio::piped()).spawn();
    let Ok(mut child) = child else { return false };
    if let Some(stdin) = child.stdin.as_mut() {
        // Leaving the pager early closes the pipe: no error.
        let _ = stdin.write_all(text.as_bytes());
    }
    child.wait().is_ok()
}

/// Rows as aligned columns under headings.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = headings.iter().map(|h| h.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &[String], style: Option<Style>| {
        let mut out = String::new();
        for (n, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            let last = n + 1 == cells.len();
            let padding = if last { 0 } else { width + 2 - cell.chars().count() };
            out.push_str(&style.map_or_else(|| cell.clone(), |s| paint(s, cell)));
            out.push_str(&" ".repeat(padding));
        }
        out.push('\n');
        out
    };
    let mut out = line(&headings.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>(), Some(STRONG));
    for row in rows {
        out.push_str(&line(row, None));
    }
    out
}

/// An error with its causes, then what to do about it.
pub fn report(error: &anyhow::Error) {
    say(&format!("{} {error}", paint(REMOVED.bold(), "error:")));
    for cause in error.chain().skip(1).filter(|c| !error.to_string().contains(&c.to_string())) {
        say(&format!("  caused by: {cause}"));
    }
    let hint = error
        .downcast_ref::<pggit_core::Error>()
        .and_then(pggit_core::Error::hint)
        .or_else(|| error.downcast_ref::<pggit_server::Error>().map(pggit_server::Error::hint));
    if let Some(hint) = hint {
        say(&format!("\n{} {hint}", paint(CHANGED.bold(), "hint:")));
    }
}
