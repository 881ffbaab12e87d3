//! The SQL in the documents runs.

use std::path::{Path, PathBuf};

use pggit_tests::{Database, servers};

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut found = vec![root.join("README.md")];
    found.extend(
        std::fs::read_dir(root.join("docs"))
            .expect("docs")
            .map(|e| e.expect("an entry").path())
            .filter(|p| p.extension().is_some_and(|e| e == "md")),
    );
    found.sort();
    found
}

/// The blocks of a document that are marked as SQL, with the line they begin at.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (n, line) in text.lines().enumerate() {
        match &mut open {
            Some((_, block)) if line.trim_start().starts_with("```") => {
                found.push((n, std::mem::take(block)));
                open = None;
            }
            Some((_, block)) => {
                block.push_str(line);
                block.push('\n');
            }
            None if line.trim_start() == "```sql" => open = Some((n + 2, String::new())),
            None => {}
        }
    }
    found
}

#[test]
fn every_block_of_sql_runs_in_order() {
    let mut ran = 0;
    for server in servers() {
        for document in documents() {
            let text = std::fs::read_to_string(&document).expect("the document");
            let mut database = Database::installed_on(server);
            for (line, block) in blocks(&text) {
                if let Err(error) = database.session.attempt(&block) {
                    panic!("{}:{line}: {error}\n{block}", document.display());
                }
                ran += 1;
            }
        }
    }
    assert!(ran >= servers().len() * 8, "only {ran} blocks were found");
}
