//! `cargo xtask lint`: everything that needs no server. Each failure says how to mend it.

mod layering;
mod packages;
mod residue;

use anyhow::bail;

use crate::run::{cargo, checked, say};
use crate::system;

/// A check that is a command of cargo: what it is about, its arguments, and the command that mends what it finds.
struct Check {
    name: &'static str,
    arguments: &'static [&'static str],
    mend: &'static str,
}

const CHECKS: [Check; 3] = [
    Check { name: "format", arguments: &["fmt", "--all", "--check"], mend: "cargo fmt --all" },
    Check {
        name: "clippy",
        arguments: &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"],
        mend: "cargo clippy --fix --workspace --all-targets",
    },
    Check {
        name: "documentation",
        arguments: &["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items"],
        mend: "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items",
    },
];

/// Runs all checks, also after one has failed.
pub fn run() -> anyhow::Result<()> {
    let libraries = system::prepare()?;
    for (tool, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !cargo(&[tool, "--version"]).output().is_ok_and(|o| o.status.success()) {
            bail!("cargo {tool} is not on this machine: rustup component add {component}");
        }
    }
    let mut failures = Vec::new();
    for check in CHECKS {
        say(&format!("lint: {}", check.name));
        let mut command = cargo(check.arguments);
        command.env("RUSTDOCFLAGS", "-D warnings");
        libraries.apply(&mut command);
        if checked(&mut command).is_err() {
            failures.push(format!("{}: mend it with: {}", check.name, check.mend));
        }
    }
    say("lint: layering");
    failures.extend(layering::check()?);
    say("lint: packages");
    failures.extend(packages::check()?);
    say("lint: sizes and residue");
    let findings = residue::check()?;
    for note in &findings.notes {
        say(&format!("lint: note: {note}"));
    }
    failures.extend(findings.failures);
    if failures.is_empty() {
        say("lint: all well");
        return Ok(());
    }
    say("");
    for failure in &failures {
        say(&format!("lint: {failure}"));
    }
    bail!("lint found {}", if failures.len() == 1 { "one thing to mend".into() } else { format!("{} things to mend", failures.len()) });
}
