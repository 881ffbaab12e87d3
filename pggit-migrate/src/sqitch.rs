//! Sqitch: changes in the order of `sqitch.plan`, with their scripts in `deploy/`.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

use sha1::{Digest as _, Sha1};

use crate::files::read;
use crate::{LocalMigration, MigrationAdapter, MigrationError};

/// Sqitch, with its registry in the schema `sqitch`. The order of changes is that of the plan that [`MigrationAdapter::local`] read.
#[derive(Debug, Default)]
pub struct Sqitch {
    places: OnceLock<HashMap<String, usize>>,
}

/// The changes of a plan with their lines, from the first to the last. A change that is reworked keeps its last place.
fn changes(path: &Path, plan: &str) -> Result<Vec<(usize, String)>, MigrationError> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for (index, line) in plan.lines().enumerate() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with(['#', '%', '@']) {
            continue;
        }
        let name = line.split_whitespace().next().unwrap_or_default();
        if name.contains(['/', '\\']) && name.split(['/', '\\']).any(|part| part == "..") {
            let reason = format!("the change \"{name}\" leads out of the directory");
            return Err(MigrationError::File { path: path.to_owned(), line: index + 1, reason });
        }
        found.retain(|(_, earlier)| earlier != name);
        found.push((index + 1, name.to_owned()));
    }
    Ok(found)
}

impl MigrationAdapter for Sqitch {
    fn name(&self) -> &'static str {
        "sqitch"
    }

    fn applied_query(&self, schema: &str) -> String {
        format!(
            "select distinct on (change) change::text as id, note::text as description, script_hash::text as checksum, \
             row_number() over (order by committed_at) as rank, true as success from {schema}.changes order by change, committed_at desc"
        )
    }

    fn table(&self) -> Option<&str> {
        Some("changes")
    }

    fn local(&self, directory: &Path) -> Result<Vec<LocalMigration>, MigrationError> {
        let plan_path = directory.join("sqitch.plan");
        let changes = changes(&plan_path, &read(&plan_path)?)?;
        let mut found = Vec::new();
        for (line, change) in &changes {
            let path = directory.join("deploy").join(format!("{change}.sql"));
            if !path.exists() {
                let reason = format!("the change \"{change}\" has no script {}", path.display());
                return Err(MigrationError::File { path: plan_path, line: *line, reason });
            }
            let sql = read(&path)?;
            let checksum = Sha1::digest(sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
            found.push(LocalMigration { id: change.clone(), path, sql: Some(sql), checksum: Some(checksum), ..LocalMigration::default() });
        }
        // The plan of the first directory that was read: an adapter is for one project.
        self.places.get_or_init(|| changes.into_iter().enumerate().map(|(place, (_, change))| (change, place)).collect());
        Ok(found)
    }

    /// By the plan; what is not in it comes first, by name.
    fn order(&self, one: &str, other: &str) -> Ordering {
        let place = |change: &str| self.places.get().and_then(|places| places.get(change));
        place(one).cmp(&place(other)).then_with(|| if place(one).is_none() { one.cmp(other) } else { Ordering::Equal })
    }

    fn default_schema(&self) -> &'static str {
        "sqitch"
    }
}
