//! A whole schema as `schema_fingerprint.py` describes it, which knows nothing of pgGit: a second opinion beside that of `pg_dump`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::skipped;

/// The tool beside the project, where it can run.
pub fn tool() -> Option<PathBuf> {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/tools/schema_fingerprint.py");
    if !tool.exists() {
        skipped("no schema_fingerprint.py beside the project (../shared/tools)");
        return None;
    }
    if !Command::new("python3").args(["-c", "import psycopg"]).output().is_ok_and(|o| o.status.success()) {
        skipped("schema_fingerprint.py needs Python with psycopg");
        return None;
    }
    Some(tool)
}

/// A whole schema as `schema_fingerprint.py` describes it, which knows nothing of pgGit; but for what is not schema or not exported:
/// secrets, the rows of materialized views, what PostgreSQL 15 notes for itself in the options of columns, and what no dump keeps
/// either (where inherited columns stand that came later, the encoding of a copied collation, the schema of a range's functions after
/// it moved).
pub fn fingerprint(tool: &Path, url: &str) -> Vec<String> {
    let output = Command::new("python3").arg(tool).args(["--ignore-column-order", url]).output().expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut lines = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let fields = line.split('|').filter(|f| !f.starts_with("options=pg_attver="));
        let kept: Vec<_> = fields.map(|f| f.replace(", password=hidden", "").replace("password=hidden, ", "")).collect();
        let line = kept.join("|").replace("|encoding=-1", "|encoding=6");
        if !line.starts_with("state.matview_populated") && !line.contains("span_multirange)|function=") {
            lines.push(line);
        }
    }
    lines
}
