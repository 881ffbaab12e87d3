//! PostgreSQL's own clients, of the version of a server each: what `pg_dump` says is what a definition has to hold.
//!
//! `cargo xtask test` finds or fetches them and names their directories in `PGGIT_TEST_CLIENTS`, as `15=/usr/lib/postgresql/15/bin,18=...`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Database, skipped};

/// The clients of one version of PostgreSQL.
#[derive(Debug, Clone)]
pub struct Clients {
    directory: PathBuf,
}

impl Clients {
    /// Those of a major version. Where there are none it says that what needs them is skipped.
    pub fn of(version: u32) -> Option<Self> {
        let found = Self::find(version);
        if found.is_none() {
            skipped(&format!("there is no pg_dump of PostgreSQL {version} on this machine"));
        }
        found
    }

    /// Those of a major version, where there are any.
    pub fn find(version: u32) -> Option<Self> {
        let named = std::env::var("PGGIT_TEST_CLIENTS").unwrap_or_default();
        let mut entries = named.split(',').filter_map(|entry| entry.split_once('='));
        entries.find(|(major, _)| *major == version.to_string()).map(|(_, directory)| Self { directory: directory.into() })
    }

    /// The path of `psql`, `pg_dump` or `pg_restore`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// What `pg_dump` prints, line by line, but for the key to read the dump with, which is new each time.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    pub fn dump(&self, arguments: &[&str], database: &Database) -> Vec<String> {
        let output = Command::new(self.program("pg_dump")).args(arguments).arg(database.url()).output().expect("pg_dump runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout);
        text.lines().filter(|l| !l.starts_with("\\restrict ") && !l.starts_with("\\unrestrict ")).map(str::to_owned).collect()
    }

    /// The whole schema, but for what is pgGit's.
    #[track_caller]
    pub fn schema(&self, database: &Database) -> Vec<String> {
        self.dump(&["--schema-only", "--exclude-schema=pggit"], database)
    }

    /// Loads a dump. What does not load is found by what is missing then.
    ///
    /// # Panics
    /// When `psql` cannot connect.
    #[track_caller]
    pub fn restore(&self, dump: &[String], copy: &Database) {
        let mut psql = Command::new(self.program("psql"))
            .args(["-qX", "-o", "/dev/null", &copy.url()])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("psql runs");
        psql.stdin.take().expect("a pipe").write_all(dump.join("\n").as_bytes()).expect("psql reads");
        assert!(psql.wait().expect("psql ends").success());
    }

    /// Runs a file.
    ///
    /// # Errors
    /// With what `psql` said of the first statement that failed.
    pub fn run_file(&self, database: &Database, file: &Path) -> Result<(), String> {
        let mut command = Command::new(self.program("psql"));
        command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"]).arg(file).arg(database.url());
        let output = command.output().map_err(|e| e.to_string())?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) }
    }
}
