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

/// The statements of a block, as psql would send them: each ends with a line that ends with a semicolon.
fn statements(block: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in block.lines() {
        let last = found.last_mut().expect("there is always one");
        last.push_str(line);
        last.push('\n');
        if line.ends_with(';') && last.matches("$$").count() % 2 == 0 {
            found.push(String::new());
        }
    }
    found.retain(|s| !s.trim().is_empty());
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
                for statement in statements(&block) {
                    if let Err(error) = database.session.attempt(&statement) {
                        panic!("{}:{line}: {error}\n{statement}", document.display());
                    }
                }
                ran += 1;
            }
            // Roles belong to the whole server: what a document creates must not be there when it runs again.
            for role in database.session.column("select r.rolname::text as value from pg_roles as r where r.rolname = 'schema_reader'") {
                database.session.run(&format!("drop owned by {role}; drop role {role}"));
            }
        }
    }
    assert!(ran >= servers().len() * 8, "only {ran} blocks were found");
}
