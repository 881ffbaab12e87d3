//! The command line as a user runs it: arguments in, standard output, standard error and exit code out.

mod commands;
mod errors;

use std::process::{Command, Output};

use pggit_tests::Database;
use serde_json::Value;

pub(crate) fn pggit(url: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pggit"));
    for variable in ["DATABASE_URL", "PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "NO_COLOR", "PAGER"] {
        command.env_remove(variable);
    }
    command.env("DATABASE_URL", url).args(arguments).output().expect("pggit runs")
}

/// Standard output of a command that must succeed.
#[track_caller]
pub(crate) fn accepts(database: &Database, arguments: &[&str]) -> String {
    let output = pggit(&database.url(), arguments);
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "pggit {arguments:?} failed\n{stdout}\n{stderr}");
    assert!(!stdout.contains('\u{1b}'), "no colour where there is no terminal: {stdout}");
    stdout
}

#[track_caller]
pub(crate) fn json(database: &Database, arguments: &[&str]) -> Value {
    let mut all = vec!["--format", "json"];
    all.extend(arguments);
    let stdout = accepts(database, &all);
    serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("pggit {all:?}: {e}\n{stdout}"))
}

/// Standard error of a command that must fail, with nothing on standard output.
#[track_caller]
pub(crate) fn rejects(url: &str, arguments: &[&str]) -> String {
    let output = pggit(url, arguments);
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "pggit {arguments:?}\n{stdout}\n{stderr}");
    assert_eq!(stdout, "", "pggit {arguments:?}");
    assert!(stderr.starts_with("error: "), "{stderr}");
    stderr
}

pub(crate) fn texts(output: &Output) -> (String, String) {
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The error object of a command that must fail with a code.
#[track_caller]
pub(crate) fn json_error(url: &str, arguments: &[&str], code: i32) -> Value {
    let output = pggit(url, arguments);
    let (_, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(code), "pggit {arguments:?}\n{stderr}");
    let last = stderr.lines().last().unwrap_or_default();
    let error: Value = serde_json::from_str(last).unwrap_or_else(|e| panic!("pggit {arguments:?}: {e}\n{stderr}"));
    error["error"].clone()
}
