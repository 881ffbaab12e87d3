//! Compares what the suite printed without pgGit and with it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::Result;
use super::expected::{DRIFT, EXPECTED};

static UUID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").expect("the expression is constant"));

/// What was found, and which of what was expected has been seen.
#[derive(Default)]
pub(super) struct Judgement {
    /// A line for each difference.
    pub lines: Vec<String>,
    /// Whether there is one that was not expected.
    pub is_new: bool,
    version: u32,
    seen: BTreeSet<usize>,
}

/// An output without what is another in each run: the directory of the run, and identifiers that are random.
fn masked(output: &str, directory: &Path) -> String {
    UUID.replace_all(&output.replace(&directory.display().to_string(), "DIRECTORY"), "UUID").into_owned()
}

/// An output without the lines that list something of pgGit's, and without what depends on the number and the width of lines.
fn without_own(output: &str, own: &BTreeSet<String>) -> Vec<String> {
    let is_count = |line: &str| line.starts_with('(') && (line.ends_with(" rows)") || line.ends_with(" row)"));
    let is_rule = |line: &str| line.chars().all(|c| "-+ ".contains(c));
    let kept = output.lines().filter(|line| !line.split('|').any(|cell| own.contains(cell.trim())) && !is_count(line));
    kept.map(|line| if is_rule(line) { String::new() } else { line.split_whitespace().collect::<Vec<_>>().join(" ") }).collect()
}

impl Judgement {
    /// Nothing yet, of servers of a version.
    pub fn of(version: u32) -> Self {
        Self { version, ..Self::default() }
    }

    /// Compares one file of two runs.
    pub fn output(&mut self, file: &str, order: &str, bare: &str, with: &str, own: &BTreeSet<String>) {
        if bare == with {
            return;
        }
        let [a, b] = [bare, with].map(|text| without_own(text, own));
        let expected = EXPECTED.iter().enumerate().find(|(_, e)| e.file == file && e.versions.contains(&self.version));
        match expected {
            Some((place, expected)) if a == b => {
                self.seen.insert(place);
                self.lines.push(format!("{file}: as expected ({order}): {}", expected.reason));
            }
            Some((_, expected)) if expected.is_plan => {
                let first = a.iter().zip(&b).find(|(a, b)| a != b);
                self.lines.push(format!("{file}: as may be ({order}), first {first:?}: {}", expected.reason));
            }
            None if a == b => self.new_one(&format!("{file}: lists that have objects of pgGit's in them ({order})")),
            _ => {
                let first = a.iter().zip(&b).find(|(a, b)| a != b);
                self.new_one(&format!("{file}: another output with pgGit ({order}), first {first:?}"));
            }
        }
    }

    /// Looks at what was found after the files of a run.
    pub fn drift(&mut self, log: &str, order: &str) {
        for line in log.lines() {
            let (file, found) = line.split_once(' ').unwrap_or((line, ""));
            match DRIFT.iter().find(|(versions, of, words, _)| versions.contains(&self.version) && *of == file && found.starts_with(words))
            {
                Some((_, _, _, reason)) => self.lines.push(format!("{file}: drift as expected ({order}): {found}: {reason}")),
                None => self.new_one(&format!("{file}: drift ({order}): {found}")),
            }
        }
    }

    fn new_one(&mut self, line: &str) {
        self.lines.push(format!("NEW {line}"));
        self.is_new = true;
    }

    /// What was expected and has not been seen, after a run of the whole suite.
    pub fn unseen(&self) -> Vec<String> {
        let of_version = EXPECTED.iter().enumerate().filter(|(_, e)| e.versions.contains(&self.version));
        let unseen = of_version.filter(|(place, e)| !e.is_plan && !self.seen.contains(place));
        unseen.map(|(_, e)| format!("{}: differs no more: {}", e.file, e.reason)).collect()
    }
}

/// The outputs of a run by the names of their files.
pub(super) fn outputs(directory: &Path) -> Result<Vec<(String, String)>> {
    let mut outputs = Vec::new();
    for entry in std::fs::read_dir(directory.join("results"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "out")
            && let Some(name) = path.file_stem()
        {
            let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
            outputs.push((name.to_string_lossy().into_owned(), masked(&text, directory)));
        }
    }
    outputs.sort();
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = " name  | tag \n-------+-----\n other | x\n(1 row)\n";
    const WITH: &str = "      name      | tag \n----------------+-----\n other          | x\n pggit_sql_drop | y\n(2 rows)\n";

    fn own() -> BTreeSet<String> {
        BTreeSet::from(["pggit_sql_drop".to_owned()])
    }

    #[test]
    fn lists_are_compared_without_what_is_ours() {
        assert_eq!(without_own(BARE, &own()), without_own(WITH, &own()));
        assert_ne!(without_own(BARE, &own()), without_own(&WITH.replace("other", "another"), &own()));
    }

    #[test]
    fn only_what_is_named_is_expected() {
        let is_new = |file: &str, with: &str| {
            let mut judgement = Judgement::of(15);
            judgement.output(file, "first", BARE, with, &own());
            judgement.is_new
        };
        assert!(!is_new("boolean", BARE));
        assert!(is_new("boolean", WITH));
        assert!(!is_new("event_trigger", WITH));
        assert!(is_new("event_trigger", &WITH.replace("other", "another")));
        let mut judgement = Judgement::of(15);
        judgement.drift("boolean drop table public.t", "first");
        assert!(judgement.is_new);
    }

    #[test]
    fn what_is_random_is_no_difference() {
        let first = masked("/tmp/a/x 0189d4b0-7c2f-7d5e-8a3b-0123456789ab", Path::new("/tmp/a"));
        assert_eq!(first, masked("/tmp/b/x 0189d4b0-7c2f-7d5e-8a3b-ba9876543210", Path::new("/tmp/b")));
    }
}
