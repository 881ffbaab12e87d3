//! Sizes of files, and what does not belong in the tree.

use std::process::Command;

use anyhow::{Context as _, bail};

use crate::run::root;

/// Words that say that something is not finished. In two parts, so that this file does not contain what it looks for.
const UNFINISHED: [(&str, &str); 4] = [("TO", "DO"), ("FIX", "ME"), ("dbg", "!("), ("un", "implemented!(")];

/// Hosts of registries and their mirrors: where packages come from is set on the machine, not here.
const HOSTS: [(&str, &str); 8] = [
    ("index.crates", ".io"),
    ("static.crates", ".io"),
    ("registry.npm", "js.org"),
    ("registry.yarn", "pkg.com"),
    ("py", "pi.org"),
    ("files.python", "hosted.org"),
    ("deb.debian", ".org"),
    ("proxy.golang", ".org"),
];

const NOT_IN_TREE: [&str; 6] = [".orig", ".bak", ".rej", ".log", ".swp", "~"];

/// More lines are noted, and many more are wrong.
const LONG: usize = 400;
const TOO_LONG: usize = 800;

/// What was found: failures, and what deserves a look.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    pub failures: Vec<String>,
    pub notes: Vec<String>,
}

pub fn check() -> anyhow::Result<Findings> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").args(arguments).current_dir(root()).output().context("cannot run git")?;
    if !output.status.success() {
        bail!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let mut findings = Findings::default();
    for name in String::from_utf8_lossy(&output.stdout).split_terminator('\0') {
        // What is deleted and not committed yet, and what is no text, has nothing to read.
        let text = std::fs::read_to_string(root().join(name)).unwrap_or_default();
        look_at(name, &text, &mut findings);
    }
    Ok(findings)
}

fn look_at(name: &str, text: &str, findings: &mut Findings) {
    if NOT_IN_TREE.iter().any(|end| name.ends_with(end)) || name.split('/').any(|part| part == "target" || part == "node_modules") {
        findings.failures.push(format!("residue: {name} does not belong in the tree: git rm --cached -- {name}, and delete it"));
    }
    // Cargo writes its own registry's name into the lock file.
    if !name.ends_with("Cargo.lock") {
        for (number, word) in found(text, &HOSTS) {
            findings.failures.push(format!("residue: {name}:{number} names the host {word}: leave that to the machine's configuration"));
        }
    }
    let is_code = [".rs", ".sql", ".toml"].iter().any(|end| name.ends_with(end));
    if is_code || name.ends_with(".md") || name.ends_with(".sh") {
        for (number, word) in found(text, &UNFINISHED) {
            findings.failures.push(format!("residue: {name}:{number} says {word}: finish it or take it out"));
        }
    }
    let lines = text.lines().count();
    if is_code && lines > TOO_LONG {
        findings.failures.push(format!("size: {name} has {lines} lines: split it"));
    } else if is_code && lines > LONG {
        findings.notes.push(format!("{name} has {lines} lines"));
    }
}

/// The lines that have one of the words.
fn found(text: &str, words: &[(&str, &str)]) -> Vec<(usize, String)> {
    let words: Vec<String> = words.iter().map(|(first, second)| format!("{first}{second}")).collect();
    let in_line = |line: &str| words.iter().find(|word| has_word(line, word)).cloned();
    text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, in_line(line)?))).collect()
}

/// Whether a line has a word, not as a part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !inside(before) && (!inside(after) || word.ends_with('('))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(name: &str, text: &str) -> usize {
        let mut findings = Findings::default();
        look_at(name, text, &mut findings);
        findings.failures.len()
    }

    #[test]
    fn good_files_are_accepted() {
        assert_eq!(failures("src/lib.rs", "//! Well.\nlet todos = 1;\n"), 0);
        assert_eq!(failures("README.md", "See the documentation on docs.rs.\n"), 0);
        assert_eq!(failures("docs/target.md", ""), 0);
    }

    #[test]
    fn what_is_unfinished_is_reported_with_its_line() {
        let mut findings = Findings::default();
        look_at("src/lib.rs", &format!("//! Well.\n// {}{}: later\n", "TO", "DO"), &mut findings);
        assert_eq!(findings.failures.len(), 1);
        assert!(findings.failures[0].starts_with("residue: src/lib.rs:2 "), "{findings:?}");
        assert_eq!(failures("src/lib.rs", &format!("    {}{}x);", "dbg", "!(")), 1);
    }

    #[test]
    fn residue_of_tools_is_reported() {
        assert_eq!(failures("src/lib.rs.orig", ""), 1);
        assert_eq!(failures("xtask/target/debug/x", ""), 1);
    }

    #[test]
    fn hosts_of_registries_are_reported_except_in_the_lock_file() {
        let text = format!("registry = \"https://{}{}/simple\"", "py", "pi.org");
        assert_eq!(failures("install.sh", &text), 1);
        assert_eq!(failures("Cargo.lock", &text), 0);
    }

    #[test]
    fn long_files_are_noted_and_longer_ones_reported() {
        let mut findings = Findings::default();
        look_at("a.sql", &"select 1;\n".repeat(LONG + 1), &mut findings);
        assert_eq!((findings.failures.len(), findings.notes.len()), (0, 1));
        assert_eq!(failures("a.sql", &"select 1;\n".repeat(TOO_LONG + 1)), 1);
        assert_eq!(failures("a.sql", &"select 1;\n".repeat(LONG)), 0);
    }
}
