//! Sizes of files, and what does not belong in the tree.

use std::process::Command;

use anyhow::Context as _;

use crate::run::{root, say};

/// Split in two so that this file does not contain what it looks for.
const NOT_IN_CODE: [(&str, &str); 5] = [("TO", "DO"), ("FIX", "ME"), ("dbg", "!("), ("un", "implemented!("), ("crates", ".io/")];
const NOT_IN_TREE: [&str; 5] = [".orig", ".bak", ".rej", ".log", ".swp"];

pub fn check() -> anyhow::Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .context("cannot run git")?;
    let mut failures = Vec::new();
    for name in String::from_utf8_lossy(&output.stdout).lines() {
        if NOT_IN_TREE.iter().any(|end| name.ends_with(end)) || name.starts_with("target/") {
            failures.push(format!("residue: {name} does not belong in the tree: git rm --cached {name}"));
        }
        let is_code = [".rs", ".sql", ".toml"].iter().any(|end| name.ends_with(end));
        if !is_code && !name.ends_with(".md") {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(root().join(name)) else { continue };
        for (first, second) in NOT_IN_CODE {
            let word = format!("{first}{second}");
            if let Some(line) = text.lines().position(|l| l.contains(&word)) {
                failures.push(format!("residue: {name}:{} says {word}: finish it or take it out", line + 1));
            }
        }
        let lines = text.lines().count();
        if is_code && lines > 800 {
            failures.push(format!("size: {name} has {lines} lines: split it"));
        } else if is_code && lines > 400 {
            say(&format!("lint: note: {name} has {lines} lines"));
        }
    }
    Ok(failures)
}
