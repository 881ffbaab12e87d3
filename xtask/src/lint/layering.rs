//! The crates' arrows point down only, and the model knows no database.

use anyhow::Context as _;

use crate::run::root;

/// From the top to the ground: a crate may depend only on crates of lower layers.
const LAYERS: &[(&str, &str, u32)] = &[
    ("pggit-cli", "pggit-cli", 4),
    ("pggit-cqrs", "pggit-cqrs", 3),
    ("pggit-migrate", "pggit-migrate", 3),
    ("pggit-sql", "pggit-sql", 2),
    ("pggit-core", "pggit-core", 1),
    ("pggit-server", "pggit-cli/server", 0),
];

/// Crates that the model may not use.
const NOT_IN_MODEL: [&str; 3] = ["diesel", "std::fs", "std::net"];

pub fn check() -> anyhow::Result<Vec<String>> {
    let mut failures = Vec::new();
    for (name, directory, layer) in LAYERS {
        let path = root().join(directory).join("Cargo.toml");
        let manifest: toml::Table = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?.parse()?;
        for section in ["dependencies", "build-dependencies"] {
            let dependencies = manifest.get(section).and_then(toml::Value::as_table);
            for dependency in dependencies.into_iter().flat_map(toml::Table::keys) {
                let below = LAYERS.iter().find(|(n, _, _)| n == dependency).map(|(_, _, l)| l);
                if below.is_some_and(|l| l >= layer) {
                    failures.push(format!(
                        "layering: {name} depends on {dependency}, which is not below it: take it out of {}",
                        path.display()
                    ));
                }
            }
        }
    }
    let model = root().join("pggit-core/src/model");
    for entry in std::fs::read_dir(&model).with_context(|| model.display().to_string())? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        for word in NOT_IN_MODEL {
            if text.contains(word) {
                failures.push(format!("layering: {} uses {word}, and the model does no I/O: move that to the repository", path.display()));
            }
        }
    }
    Ok(failures)
}
