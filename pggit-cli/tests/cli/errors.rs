//! What goes wrong: the message names the thing, the hint says what to do, the exit code says that something is wrong.

use pggit_tests::{on_each, on_each_empty};
use serde_json::Value;

use crate::{accepts, json_error, pggit, rejects};

#[test]
fn errors_name_the_thing() {
    on_each(|database| {
        let url = database.url();
        assert!(rejects(&url, &["show", "nonsense"]).contains("nonsense"));
        assert!(rejects(&url, &["blame", "no.such"]).contains("no.such"));
        assert!(rejects(&url, &["deploy", "end"]).contains("hint:"));
        assert!(rejects(&url, &["pause", "-1 hour"]).contains("future"));
        assert_eq!(pggit(&url, &["no-such-command"]).status.code(), Some(2));
    });
    let error = rejects("postgresql://someone:secret@127.0.0.1:1/nowhere", &["log"]);
    assert!(error.contains("nowhere") && !error.contains("secret"), "{error}");
}

#[test]
fn errors_as_json() {
    on_each_empty(|database| {
        let error = json_error(&database.url(), &["log", "--format", "json"], 1);
        assert!(error["message"].as_str().is_some_and(|m| m.contains(database.name()) && m.contains("no pgGit")), "{error}");
        assert_eq!(error["hint"], "Run pggit install first.");
        assert_eq!(error["causes"], Value::Array(Vec::new()));
        accepts(database, &["install"]);
        let error = json_error(&database.url(), &["config", "apply", "/no/such/file", "--format=json"], 1);
        assert!(error["message"].as_str().is_some_and(|m| m.contains("/no/such/file")), "{error}");
        let error = json_error(&database.url(), &["--format", "json", "statsu"], 2);
        assert!(
            error["message"].as_str().is_some_and(|m| m.contains("'statsu'"))
                && error["hint"].as_str().is_some_and(|h| h.contains("'status'")),
            "{error}"
        );
    });
}
