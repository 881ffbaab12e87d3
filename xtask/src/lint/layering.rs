//! The crates' arrows point down only, the model knows no database, and this crate needs nothing of the system.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::run::root;

/// A crate, where it is, and the crates of ours that it may depend on.
type Layer = (&'static str, &'static str, &'static [&'static str]);

const LAYERS: &[Layer] = &[
    // Its own tests use the servers and databases that pggit-tests has for all.
    ("pggit-cli", "pggit-cli", &["pggit-cqrs", "pggit-migrate", "pggit-sql", "pggit-core", "pggit-server", "pggit-tests"]),
    ("pggit-cqrs", "pggit-cqrs", &["pggit-sql", "pggit-core"]),
    ("pggit-migrate", "pggit-migrate", &["pggit-sql", "pggit-core"]),
    ("pggit-sql", "pggit-sql", &["pggit-core"]),
    ("pggit-core", "pggit-core", &[]),
    ("pggit-server", "pggit-cli/server", &[]),
    // It must build before libpq and libclang are there.
    ("xtask", "xtask", &["pggit-server"]),
];

/// Crates that link libpq or need libclang to build, and who must do without: xtask builds with these only.
const NEED_THE_SYSTEM: [&str; 3] = ["diesel", "diesel_migrations", "pg_query"];
const DO_WITHOUT: [&str; 2] = ["pggit-server", "xtask"];

/// What the model may not use.
const NOT_IN_MODEL: [&str; 4] = ["diesel", "std::fs", "std::net", "std::env"];

pub fn check() -> anyhow::Result<Vec<String>> {
    let mut failures = Vec::new();
    for (name, directory, below) in LAYERS {
        let path = root().join(directory).join("Cargo.toml");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let manifest: toml::Table = text.parse().with_context(|| path.display().to_string())?;
        failures
            .extend(wrong_arrows(name, below, &manifest).into_iter().map(|why| format!("{why}: take it out of {directory}/Cargo.toml")));
    }
    for path in files(&root().join("pggit-core/src/model"))? {
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        for word in NOT_IN_MODEL.iter().filter(|word| text.contains(**word)) {
            failures.push(format!("layering: {name} says {word}, and the model does no I/O: move that to pggit-core/src/repository"));
        }
    }
    Ok(failures)
}

/// The dependencies that a crate should not have.
fn wrong_arrows(name: &str, below: &[&str], manifest: &toml::Table) -> Vec<String> {
    let mut failures = Vec::new();
    for dependency in dependencies(manifest) {
        let ours = LAYERS.iter().any(|(n, _, _)| *n == dependency) || dependency == "pggit-tests";
        if ours && dependency != name && !below.contains(&dependency.as_str()) {
            failures.push(format!("layering: {name} depends on {dependency}, which is not below it"));
        }
        if DO_WITHOUT.contains(&name) && NEED_THE_SYSTEM.contains(&dependency.as_str()) {
            failures.push(format!("layering: {name} depends on {dependency}, and must build on a machine without libpq and libclang"));
        }
    }
    failures
}

/// The crates that a manifest names, of all sections and targets, by the names that they have and not by those they are given.
fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let mut tables = vec![manifest];
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    tables.extend(targets.into_iter().flat_map(toml::Table::values).filter_map(toml::Value::as_table));
    let mut found = Vec::new();
    for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
        let sections = tables.iter().filter_map(|table| table.get(section).and_then(toml::Value::as_table));
        for (key, value) in sections.flatten() {
            found.push(value.get("package").and_then(toml::Value::as_str).unwrap_or(key).to_owned());
        }
    }
    found
}

/// The files below a directory.
fn files(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrows(name: &str, manifest: &str) -> usize {
        let (_, _, below) = LAYERS.iter().find(|(n, _, _)| *n == name).expect("a crate of ours");
        wrong_arrows(name, below, &manifest.parse().expect("TOML")).len()
    }

    #[test]
    fn arrows_down_are_accepted() {
        assert_eq!(arrows("pggit-sql", "[dependencies]\npggit-core = {}\ndiesel = {}"), 0);
        assert_eq!(arrows("pggit-core", "[dependencies]\ndiesel = {}"), 0);
    }

    #[test]
    fn arrows_up_and_sideways_are_reported() {
        assert_eq!(arrows("pggit-core", "[dependencies]\npggit-sql = {}"), 1);
        assert_eq!(arrows("pggit-core", "[dev-dependencies]\npggit-tests = {}"), 1);
        assert_eq!(arrows("pggit-core", "[dependencies]\npggit-server = {}"), 1);
        assert_eq!(arrows("pggit-cqrs", "[target.'cfg(unix)'.dependencies]\npggit-migrate = {}"), 1);
        assert_eq!(arrows("pggit-core", "[dependencies]\nsql = { package = \"pggit-sql\" }"), 1);
    }

    #[test]
    fn the_chores_build_without_the_systems_libraries() {
        assert_eq!(arrows("xtask", "[dependencies]\npggit-server = {}"), 0);
        assert_eq!(arrows("xtask", "[dependencies]\npggit-core = {}"), 1);
        assert_eq!(arrows("pggit-server", "[dependencies]\ndiesel = {}"), 1);
    }
}
