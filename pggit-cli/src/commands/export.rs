//! `pggit export`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use pggit_core::ExportedStatement;

use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The revision to export
    #[arg(long, default_value = "HEAD")]
    revision: String,
    /// Only what is in this schema; may be repeated
    #[arg(long = "schema", value_name = "SCHEMA")]
    schemas: Vec<String>,
    /// Write a file for each object below this directory, and all.sql, which runs them in order; files of an earlier export there go
    #[arg(long, value_name = "DIR")]
    split: Option<PathBuf>,
}

pub fn run(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let statements = super::open(cli)?.export(&args.revision, &args.schemas)?;
    let Some(directory) = &args.split else {
        return output::script(cli, &statements, |statements| ExportedStatement::script(statements));
    };
    let files = split(&statements);
    remove_stale(directory, &files)?;
    for (path, text) in &files {
        let path = directory.join(path);
        let parent = path.parent().unwrap_or(directory);
        std::fs::create_dir_all(parent).with_context(|| format!("cannot make the directory {}", parent.display()))?;
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let paths: Vec<_> = files.iter().map(|(path, _)| path).collect();
    output::print(cli, &paths, |paths| {
        format!("{} files; psql -f {} runs them in order\n", paths.len(), directory.join("all.sql").display())
    })
}

/// Files with their texts, all.sql last. An object whose statements are not in one run has several.
fn split(statements: &[ExportedStatement]) -> Vec<(PathBuf, String)> {
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    let mut used: HashMap<PathBuf, u32> = HashMap::new();
    let mut all = ExportedStatement::script(&[]);
    let same = |a: &ExportedStatement, b: &ExportedStatement| a.object_type == b.object_type && a.object_identity == b.object_identity;
    for run in statements.chunk_by(same) {
        let Some(first) = run.first() else { continue };
        let base = Path::new(&plain(first.schema_name.as_deref().unwrap_or("database")))
            .join(plain(&first.object_type))
            .join(plain(&first.object_identity));
        let number = used.entry(base.clone()).and_modify(|n| *n += 1).or_insert(1);
        let path = if *number == 1 { format!("{}.sql", base.display()) } else { format!("{}.{number}.sql", base.display()) };
        let _ = writeln!(all, "\\ir {path}");
        let text = run.iter().map(|s| format!("{};\n", s.statement)).collect();
        files.push((path.into(), text));
    }
    files.push(("all.sql".into(), all));
    files
}

/// Removes what the `all.sql` of an earlier export names and this one does not write, inside the directory and nowhere else.
fn remove_stale(directory: &Path, files: &[(PathBuf, String)]) -> anyhow::Result<()> {
    let Ok(earlier) = std::fs::read_to_string(directory.join("all.sql")) else { return Ok(()) };
    let Some(named) = earlier.strip_prefix(&ExportedStatement::script(&[])) else { return Ok(()) };
    let root = directory.canonicalize().with_context(|| format!("cannot read {}", directory.display()))?;
    for path in named.lines().filter_map(|line| line.strip_prefix("\\ir ")).map(Path::new) {
        let is_ours = path.extension().is_some_and(|e| e == "sql") && path.components().all(|c| matches!(c, Component::Normal(_)));
        if !is_ours || files.iter().any(|(written, _)| written == path) {
            continue;
        }
        let file = directory.join(path);
        // A link may lead elsewhere.
        let is_inside = file.parent().and_then(|p| p.canonicalize().ok()).is_some_and(|p| p.starts_with(&root));
        if is_inside && file.is_file() {
            std::fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
    }
    Ok(())
}

/// A name that any file system and psql take.
fn plain(name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' }).take(120).collect();
    if name.starts_with('.') { format!("_{name}") } else { name }
}
