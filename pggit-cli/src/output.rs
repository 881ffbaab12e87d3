//! What people see: data on stdout, progress and errors on stderr, colour only where it is wanted.

use std::io::{IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::cli::{Cli, Format};

pub const COMMIT: Style = AnsiColor::Yellow.on_default();
pub const ADDED: Style = AnsiColor::Green.on_default();
pub const REMOVED: Style = AnsiColor::Red.on_default();
pub const CHANGED: Style = AnsiColor::Cyan.on_default();
pub const STRONG: Style = Style::new().bold();

/// Stands before each escape sequence of ours, for no text in PostgreSQL can hold it.
const OURS: char = '\0';

/// A text in a style, to be printed by this module.
pub fn paint(style: Style, text: &str) -> String {
    let ours = |sequence: String| sequence.replace('\u{1b}', &format!("{OURS}\u{1b}"));
    format!("{}{text}{}", ours(style.render().to_string()), ours(style.render_reset().to_string()))
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
            let text = harmless(&text(value));
            if cli.no_pager || !page(&text) { emit(&text) } else { Ok(()) }
        }
        Format::Dot | Format::Mermaid | Format::Svg => anyhow::bail!("this command has no drawing: it prints as text or json"),
        Format::Sarif => anyhow::bail!("this command has no SARIF: it prints as text or json"),
    }
}

/// Prints a text that a program reads, as it is.
pub fn raw(text: &str) -> anyhow::Result<()> {
    write_to(&mut std::io::stdout(), text).map(|_| ())
}

/// Prints a script: on a terminal like all else, elsewhere as it is.
pub fn script<T: Serialize>(cli: &Cli, value: &T, text: impl FnOnce(&T) -> String) -> anyhow::Result<()> {
    if cli.format == Format::Text && !std::io::stdout().is_terminal() { raw(&text(value)) } else { print(cli, value, text) }
}

/// Prints one result of a stream: as JSON in one line, or as text.
pub fn stream<T: Serialize>(cli: &Cli, value: &T, text: impl FnOnce(&T) -> String) -> anyhow::Result<Reader> {
    match cli.format {
        Format::Json => write(&format!("{}\n", serde_json::to_string(value)?)),
        _ => write(&harmless(&text(value))),
    }
}

/// Whether anybody reads what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Here,
    Gone,
}

/// Writes to stdout; a reader that has gone away (`| head`) is no error.
fn emit(text: &str) -> anyhow::Result<()> {
    write(text).map(|_| ())
}

fn write(text: &str) -> anyhow::Result<Reader> {
    write_to(&mut anstream::stdout(), text)
}

fn write_to(out: &mut impl std::io::Write, text: &str) -> anyhow::Result<Reader> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(Reader::Here),
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(e) => Err(anyhow::Error::new(e).context("cannot write to standard output")),
    }
}

/// Says something on stderr.
pub fn say(text: &str) {
    // Nobody is left to tell when stderr is gone.
    let _ = writeln!(anstream::stderr(), "{}", harmless(text));
}

/// Pages a text that is longer than the terminal. False when it should be printed as it is.
fn page(text: &str) -> bool {
    let Some((_, rows)) = terminal_size::terminal_size().filter(|_| std::io::stdout().is_terminal()) else { return false };
    if text.lines().count() < usize::from(rows.0) {
        return false;
    }
    let pager = std::env::var("PAGER").unwrap_or_else(|_| "less".into());
    let mut words = pager.split_whitespace();
    let Some(program) = words.next() else { return false };
    let mut command = Command::new(program);
    if std::env::var_os("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    let Ok(mut child) = command.args(words).stdin(Stdio::piped()).spawn() else { return false };
    if let Some(stdin) = child.stdin.as_mut() {
        let plain = anstream::AutoStream::choice(&std::io::stdout()) == anstream::ColorChoice::Never;
        let text = if plain { anstream::adapter::strip_str(text).to_string() } else { text.to_owned() };
        // Leaving the pager early closes the pipe: no error.
        let _ = stdin.write_all(text.as_bytes());
    }
    child.wait().is_ok()
}

/// A text that does nothing to a terminal but what our own styles do. Names and messages come from whoever may change the schema, and
/// could rub out the lines that speak of him.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == OURS && rest.next_if_eq(&'\u{1b}').is_some() {
            out.push('\u{1b}');
        // what turns the direction of writing hides as well as what moves the cursor
        } else if (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// A name as one line of a terminal can show it: what would move the cursor is written out.
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// Rows as aligned columns under headings.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| visible(cell)).collect()).collect();
    let mut widths: Vec<usize> = headings.iter().map(|h| h.width()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let line = |cells: &[String], style: Option<Style>| {
        let mut out = String::new();
        for (n, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            let padding = if n + 1 == cells.len() { 0 } else { width + 2 - cell.width() };
            out.push_str(&style.map_or_else(|| cell.clone(), |s| paint(s, cell)));
            out.push_str(&" ".repeat(padding));
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    };
    let mut out = line(&headings.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>(), Some(STRONG));
    for row in &rows {
        out.push_str(&line(row, None));
    }
    out
}

/// What is not done without being asked twice, or not like this; with what to do instead.
#[derive(Debug)]
pub struct Refusal {
    message: String,
    hint: &'static str,
}

impl Refusal {
    pub fn error(message: String, hint: &'static str) -> anyhow::Error {
        Self { message, hint }.into()
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

/// An error with its causes, then what to do about it; as JSON in one line.
pub fn report(format: Format, error: &anyhow::Error) {
    let message = error.to_string();
    let causes: Vec<_> = error.chain().skip(1).map(ToString::to_string).filter(|c| !message.contains(c)).collect();
    let core = error.downcast_ref::<pggit_core::Error>().or_else(|| match error.downcast_ref() {
        Some(pggit_sql::EnvironmentError::Repository(core)) => Some(core),
        _ => None,
    });
    let core = core.or_else(|| match error.downcast_ref() {
        Some(pggit_cqrs::runner::RunError::Core(core)) => Some(core),
        _ => None,
    });
    let hint = core
        .and_then(pggit_core::Error::hint)
        .or_else(|| error.downcast_ref::<pggit_server::Error>().map(pggit_server::Error::hint))
        .or_else(|| error.downcast_ref::<Refusal>().map(|r| r.hint.to_owned()));
    if format == Format::Json {
        return say(&serde_json::json!({"error": {"message": message, "causes": causes, "hint": hint}}).to_string());
    }
    say(&format!("{} {message}", paint(REMOVED.bold(), "error:")));
    for cause in causes {
        say(&format!("  caused by: {cause}"));
    }
    if let Some(hint) = hint {
        say(&format!("\n{} {hint}", paint(CHANGED.bold(), "hint:")));
    }
}

/// What is wrong with the arguments, as JSON in one line.
pub fn report_usage(error: &clap::Error) {
    let text = error.render().to_string();
    let (message, help) = text.split_once("\n\n").unwrap_or((&text, ""));
    let message = message.trim().trim_start_matches("error: ");
    say(&serde_json::json!({"error": {"message": message, "causes": [], "hint": help.trim()}}).to_string());
}

#[cfg(test)]
mod tests {
    use super::{ADDED, harmless, paint, table};

    #[test]
    fn wide_and_odd_names_align() {
        let rows = [["日本", "1"], ["e\u{301}", "2"], ["a\u{1b}[31m\nb", "3"]].map(|r| r.map(str::to_owned).to_vec());
        let text = anstream::adapter::strip_str(&table(&["name", "n"], &rows)).to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[1], format!("日本{}1", " ".repeat(12)));
        assert_eq!(lines[2], format!("e\u{301}{}2", " ".repeat(15)));
        assert_eq!(lines[3], "a\\u{1b}[31m\\nb  3");
    }

    #[test]
    fn what_others_wrote_moves_no_cursor() {
        let text = |style: anstyle::Style| format!("{style}+ table{style:#}");
        let ours = paint(ADDED.bold(), "+ table");
        let theirs = "\u{1b}[31m\u{1b}[2K\u{1b}[1A\u{9b}8m\r\u{8}\u{202e}";
        assert_eq!(
            harmless(&format!("{ours} {theirs}\n\tü")),
            format!("{} \\u{{1b}}[31m\\u{{1b}}[2K\\u{{1b}}[1A\\u{{9b}}8m\\r\\u{{8}}\\u{{202e}}\n\tü", text(ADDED.bold()))
        );
    }
}
