//! What `cargo package` would make: each crate that is published says what it is, and has every file that it is built from.

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::run::{cargo, root};

/// The crates that are published, where they are, and the directories that they are built from.
const PACKAGES: [(&str, &str, &[&str]); 6] = [
    ("pggit-core", "pggit-core", &["src", "sql", "objects", "migrations", "examples"]),
    ("pggit-sql", "pggit-sql", &["src"]),
    ("pggit-migrate", "pggit-migrate", &["src"]),
    ("pggit-cqrs", "pggit-cqrs", &["src"]),
    ("pggit-server", "pggit-cli/server", &["src"]),
    ("pggit-cli", "pggit-cli", &["src"]),
];

/// What a registry wants to know of a crate.
const WANTED: [&str; 5] = ["description", "license", "readme", "keywords", "categories"];

pub fn check() -> anyhow::Result<Vec<String>> {
    let mut failures = Vec::new();
    for (name, directory, parts) in PACKAGES {
        let path = root().join(directory);
        let manifest: toml::Table = std::fs::read_to_string(path.join("Cargo.toml"))?.parse().context("a manifest")?;
        failures.extend(missing(&manifest).into_iter().map(|w| format!("packages: {name} says no {w}: add {w} to {directory}/Cargo.toml")));
        let output = cargo(&["package", "--list", "--allow-dirty", "--quiet", "--package", name]).output().context("cannot run cargo")?;
        if !output.status.success() {
            bail!("cargo package --list --package {name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let listed = String::from_utf8_lossy(&output.stdout);
        for part in parts {
            for file in files(&path, part)? {
                if !listed.lines().any(|l| l == file) {
                    failures.push(format!("packages: {name} would lack {file}: look at include and exclude in {directory}/Cargo.toml"));
                }
            }
        }
    }
    Ok(failures)
}

fn missing(manifest: &toml::Table) -> Vec<&'static str> {
    let package = manifest.get("package").and_then(toml::Value::as_table);
    WANTED.into_iter().filter(|w| !package.is_some_and(|p| p.contains_key(*w))).collect()
}

/// The files below a directory of a crate, by their paths in the crate.
fn files(crate_root: &Path, directory: &str) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(crate_root.join(directory)).with_context(|| format!("{}/{directory}", crate_root.display()))? {
        let entry = entry?;
        let name = format!("{directory}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            found.extend(files(crate_root, &name)?);
        } else {
            found.push(name);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_crate_does_not_say_is_reported() {
        let said = "[package]\ndescription = \"x\"\nlicense.workspace = true\nreadme.workspace = true\nkeywords.workspace = true\ncategories.workspace = true";
        assert!(missing(&said.parse().expect("TOML")).is_empty());
        assert_eq!(missing(&"[package]\nname = \"x\"".parse().expect("TOML")), WANTED);
    }
}
