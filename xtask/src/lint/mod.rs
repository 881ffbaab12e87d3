//! `cargo xtask lint`: everything that needs no server. Each failure says how to mend it.

mod layering;
mod residue;

use anyhow::bail;

use crate::run::{cargo, checked, say};
use crate::system;

pub fn run() -> anyhow::Result<()> {
    let libraries = system::prepare()?;
    let mut failures = Vec::new();
    let commands: [(&str, &[&str], &str); 3] = [
        ("format", &["fmt", "--all", "--check"], "cargo fmt --all"),
        (
            "clippy",
            &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"],
            "cargo clippy --fix --workspace --all-targets",
        ),
        (
            "documentation",
            &["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items"],
            "cargo doc --workspace --no-deps --document-private-items",
        ),
    ];
    for (name, arguments, mend) in commands {
        say(&format!("lint: {name}"));
        let mut command = cargo(arguments);
        command.env("RUSTDOCFLAGS", "-D warnings");
        libraries.apply(&mut command);
        if checked(&mut command).is_err() {
            failures.push(format!("{name}: mend it with `{mend}`"));
        }
    }
    say("lint: layering");
    failures.extend(layering::check()?);
    say("lint: sizes and residue");
    failures.extend(residue::check()?);
    if failures.is_empty() {
        say("lint: all well");
        return Ok(());
    }
    for failure in &failures {
        say(&format!("lint: {failure}"));
    }
    bail!("{} of the checks failed", failures.len());
}
