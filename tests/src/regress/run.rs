//! One run of the suite, and what happens after each of its files.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use super::Result;
use super::expected::CRASHES;
use crate::Session;

/// Where the launcher finds the database, and where it writes what it found.
const LOG: &str = "PGGIT_REGRESS_LOG";
const DATABASE: &str = "PGGIT_REGRESS_DATABASE";

/// A line of the log: what the check after a file found.
const DRIFT: &str = "
select d.operation || ' ' || d.object_type || ' ' || d.object_identity || coalesce(': ' || d.new_definition::text, '') from pggit.drift() as d
union all
select 'capture failed: ' || e.event_data::text from pggit.system_events as e where e.event_type = 'capture_failed'";

/// Runs psql for one file, as `pg_regress` asks for it, and then looks whether the index is the schema.
///
/// # Errors
/// When psql does not start, or the database cannot be asked.
pub fn launch(command: &[String]) -> Result<ExitStatus> {
    let (program, arguments) = command.split_first().ok_or("no command to launch")?;
    let url = std::env::var(DATABASE)?;
    wait_for(&url)?;
    let status = Command::new(program).args(arguments).status()?;
    // psql lost its connection: until the server ends all others, whoever connects is told of it in the output of the file
    if status.code() == Some(2) {
        std::thread::sleep(Duration::from_secs(2));
    }
    let Ok(log) = std::env::var(LOG) else { return Ok(status) };
    wait_for(&url)?;
    let name = std::env::var("PGAPPNAME").unwrap_or_default();
    let mut session = settled(&url)?;
    let found = session.column(DRIFT);
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
    for line in &found {
        writeln!(file, "{} {}", name.trim_start_matches("pg_regress/"), line.replace('\n', " "))?;
    }
    if !found.is_empty() {
        session.run("select pggit.reconcile(); delete from pggit.system_events where event_type = 'capture_failed'");
    }
    Ok(status)
}

/// Waits until the server takes connections: a file of the suite that crashes it must not fail all that follow.
fn wait_for(url: &str) -> Result<()> {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        match PgConnection::establish(url) {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > patience => return Err(error.into()),
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}

/// A session that has folded what a file of the suite left; a crash that the file began ends the first sessions after it too.
fn settled(url: &str) -> Result<Session> {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        let settled = wait_for(url).map_err(|e| e.to_string()).and_then(|()| {
            let mut session = Session(PgConnection::establish(url).map_err(|e| e.to_string())?);
            session.attempt("set client_min_messages = error; set statement_timeout = 0; select pggit.settle()")?;
            Ok(session)
        });
        match settled {
            Ok(session) => return Ok(session),
            Err(error) if Instant::now() > patience => return Err(error.into()),
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}

/// One run of the suite.
pub(super) struct Run<'a> {
    pub suite: &'a Path,
    pub programs: &'a Path,
    pub launcher: &'a Path,
    pub directory: PathBuf,
    pub url: &'a str,
    /// The major version of the server.
    pub version: u32,
    pub tests: &'a [String],
}

impl Run<'_> {
    pub fn database(&self) -> String {
        format!("{}/regression", self.url.rsplit_once('/').map_or(self.url, |(server, _)| server))
    }

    /// Makes the database as `pg_regress` would, anew where an earlier run has left it.
    pub fn create(&self) -> Result<()> {
        std::fs::create_dir_all(self.directory.join("results"))?;
        // The server writes there too, as another user.
        for path in [self.directory.clone(), self.directory.join("results")] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777))?;
        }
        let mut admin = PgConnection::establish(self.url)?;
        admin.batch_execute("drop database if exists regression with (force)")?;
        admin.batch_execute("create database regression template template0")?;
        for setting in [
            "lc_messages = 'C'",
            "lc_monetary = 'C'",
            "lc_numeric = 'C'",
            "lc_time = 'C'",
            "bytea_output = 'hex'",
            "timezone_abbreviations = 'Default'",
        ] {
            admin.batch_execute(&format!("alter database regression set {setting}"))?;
        }
        Ok(())
    }

    /// The schedule of the suite, but for what a server of this version cannot run.
    fn schedule(&self) -> Result<PathBuf> {
        let text = std::fs::read_to_string(self.suite.join("parallel_schedule"))?;
        let crashes: Vec<_> = CRASHES.iter().filter(|(versions, ..)| versions.contains(&self.version)).map(|(_, file, _)| *file).collect();
        let path = self.directory.join("schedule");
        std::fs::write(&path, without_crashes(&text, &crashes))?;
        Ok(path)
    }

    /// Runs the suite, file after file; gives its last words.
    pub fn run(&self, with_pggit: bool) -> Result<String> {
        let (_, address) = self.url.rsplit_once('@').ok_or("a URL with a user")?;
        let port = address.split(['/', ':']).nth(1).ok_or("a URL with a port")?;
        let mut command = Command::new(self.suite.join("pg_regress"));
        for (option, path) in [("inputdir", self.suite), ("outputdir", &self.directory), ("bindir", self.programs), ("dlpath", self.suite)]
        {
            command.arg(format!("--{option}={}", path.display()));
        }
        command.args(["--host=127.0.0.1", "--user=postgres", "--use-existing", "--dbname=regression", "--max-connections=1"]);
        command.arg(format!("--port={port}"));
        // The psql of the source finds its library there.
        command.env("LD_LIBRARY_PATH", self.programs.join("../../interfaces/libpq"));
        command.arg(format!("--launcher={} launch", self.launcher.display())).env(DATABASE, self.database());
        if with_pggit {
            command.env(LOG, self.directory.join("drift"));
        }
        if self.tests.is_empty() {
            command.arg(format!("--schedule={}", self.schedule()?.display()));
        } else {
            command.args(self.tests);
        }
        let output = command.current_dir(&self.directory).stdin(Stdio::null()).output()?;
        let text = [output.stdout, output.stderr].map(|t| String::from_utf8_lossy(&t).into_owned()).concat();
        // its last file may have crashed the server
        wait_for(self.url)?;
        let words = text.lines().find(|l| l.contains("tests passed") || l.contains("tests failed"));
        words.map(|l| l.trim_start_matches('#').trim().to_owned()).ok_or_else(|| format!("pg_regress: {text}").into())
    }
}

/// The schedule without the files that crash the server.
fn without_crashes(schedule: &str, crashes: &[&str]) -> String {
    let kept = |line: &str| line.split(' ').filter(|word| !crashes.contains(word)).collect::<Vec<_>>().join(" ");
    let lines = schedule.lines().map(|line| if line.starts_with("test:") { kept(line) } else { String::new() });
    lines.filter(|line| line != "test:").map(|line| line + "\n").collect()
}

/// What pgGit's objects are called.
pub(super) fn own_names(url: &str) -> BTreeSet<String> {
    let query = "select relname::text from pg_class where relnamespace = 'pggit'::regnamespace
                 union select proname::text from pg_proc where pronamespace = 'pggit'::regnamespace
                 union select evtname::text from pg_event_trigger where evtname like 'pggit%'";
    Session::connect(url).column(query).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::without_crashes;

    #[test]
    fn a_schedule_goes_on_without_what_crashes() {
        let schedule = "# ----\ntest: a b\n\ntest: b\ntest: bb c\n";
        assert_eq!(without_crashes(schedule, &["b"]), "\ntest: a\n\ntest: bb c\n");
    }
}
