//! `pggit function diff`: what changed between two versions, by lines and in them by words.

use pggit_core::Repository;
use pggit_core::repository::{FunctionDiffLine, FunctionVersion};
use pggit_sql::body::means_the_same;
use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use crate::cli::Cli;
use crate::output::{self, ADDED, COMMIT, REMOVED, paint};

#[derive(Serialize)]
struct Comparison {
    signature: String,
    /// Whether the two mean the same in other words; none where that cannot be told.
    same_meaning: Option<bool>,
    lines: Vec<FunctionDiffLine>,
}

pub fn run(cli: &Cli, repository: &mut Repository, signature: &str, one: Option<&str>, other: Option<&str>) -> anyhow::Result<()> {
    let lines = repository.diff_function(signature, one, other)?;
    let versions = repository.function_versions(signature)?;
    let find = |wanted: Option<&str>, otherwise: usize| match wanted {
        Some(wanted) => versions.iter().find(|v| v.version == wanted),
        None => versions.get(otherwise),
    };
    let same_meaning = find(one, 1).zip(find(other, 0)).and_then(|(one, other)| means_the_same(&statement(one)?, &statement(other)?));
    let comparison = Comparison { signature: signature.to_owned(), same_meaning, lines };
    output::print(cli, &comparison, |found| {
        let mut text = block(&found.lines);
        if found.same_meaning == Some(true) {
            text.push_str(&format!("\n{}\n", paint(COMMIT, "Both mean the same: they differ in spelling only.")));
        }
        text
    })
}

/// The statement that makes a version, as far as its meaning goes.
fn statement(version: &FunctionVersion) -> Option<String> {
    let text = |name: &str| version.definition.get(name).and_then(|v| v.as_str());
    let body = text("source")?.replace('\'', "''").replace('\\', "\\\\");
    let (arguments, language) = (text("arguments").unwrap_or_default(), text("language")?);
    Some(match text("result") {
        Some(result) => format!("create function f({arguments}) returns {result} language {language} as E'{body}'"),
        None => format!("create procedure f({arguments}) language {language} as E'{body}'"),
    })
}

/// The lines: what was removed in a row is set against what was added after it, line by line.
fn block(lines: &[FunctionDiffLine]) -> String {
    let mut text = String::new();
    let mut rest = lines;
    while let [first, ..] = rest {
        let length = |kind: &str, from: usize| rest[from..].iter().take_while(|l| l.change_type == kind).count();
        let removed = length("removed", 0);
        let added = length("added", removed);
        if removed + added == 0 {
            text.push_str(&format!("  {}\n", first.version1_line.as_deref().unwrap_or_default()));
            rest = &rest[1..];
            continue;
        }
        let old: Vec<&str> = rest[..removed].iter().filter_map(|l| l.version1_line.as_deref()).collect();
        let new: Vec<&str> = rest[removed..removed + added].iter().filter_map(|l| l.version2_line.as_deref()).collect();
        for (n, line) in old.iter().enumerate() {
            text.push_str(&marked(line, new.get(n).copied(), ChangeTag::Delete));
        }
        for (n, line) in new.iter().enumerate() {
            text.push_str(&marked(line, old.get(n).copied(), ChangeTag::Insert));
        }
        rest = &rest[removed + added..];
    }
    text
}

/// One line with what only it has marked, unless the other has too little in common with it.
fn marked(line: &str, other: Option<&str>, tag: ChangeTag) -> String {
    let (style, sign, marks) = if tag == ChangeTag::Delete { (REMOVED, '-', ["[-", "-]"]) } else { (ADDED, '+', ["{+", "+}"]) };
    let is_plain = anstream::AutoStream::choice(&std::io::stdout()) == anstream::ColorChoice::Never;
    let (old, new) = if tag == ChangeTag::Delete { (line, other.unwrap_or_default()) } else { (other.unwrap_or_default(), line) };
    let words = TextDiff::from_unicode_words(old, new);
    if other.is_none() || words.ratio() < 0.4 {
        return format!("{}\n", paint(style, &format!("{sign} {line}")));
    }
    let mut text = paint(style, &format!("{sign} "));
    let mut open = false;
    for change in words.iter_all_changes().filter(|c| c.tag() == ChangeTag::Equal || c.tag() == tag) {
        let is_marked = change.tag() == tag;
        if is_plain && is_marked != open {
            text.push_str(marks[usize::from(open)]);
            open = is_marked;
        }
        text.push_str(&paint(if is_marked { style.bold().underline() } else { style }, change.value()));
    }
    if open {
        text.push_str(marks[1]);
    }
    text + "\n"
}
