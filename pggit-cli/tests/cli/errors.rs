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
        for (arguments, word) in [
            (&["pause", "a while"][..], "1 day"),
            (&["emergency", "disable", "99999999999 years"], "1 day"),
            (&["pause", "300000 years"], "shorter"),
            (&["gc", "--older-than", "long"], "1 day"),
            (&["conflicts", "abc"], "pggit conflicts"),
        ] {
            let error = rejects(&url, arguments);
            assert!(error.contains("hint:") && error.contains(word), "{error}");
        }
        assert_eq!(pggit(&url, &["no-such-command"]).status.code(), Some(2));
        for elsewhere in ["postgresql://u:hidden@h/db", "host=h password=hidden"] {
            let error = rejects(&url, &["compare", "HEAD", elsewhere]);
            assert!(error.contains("--with") && !error.contains("hidden"), "{error}");
        }
    });
    on_each_empty(|database| {
        let elsewhere = database.url().replace(database.name(), "no_such_database");
        let error = rejects(&elsewhere, &["log"]);
        assert!(error.contains("\"no_such_database\" does not exist") && error.contains("Create the database"), "{error}");
    });
    assert!(rejects("shop", &["log"]).contains("A URL reads postgresql://"));
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

#[test]
fn without_rights_the_way_to_them_is_said() {
    on_each(|database| {
        let role = database.role("joe");
        let url = database.url_as(&role);
        for arguments in [&["log"] as &[&str], &["status"], &["install"], &["metrics"], &["uninstall", "--yes"]] {
            let said = rejects(&url, arguments);
            assert!(said.contains("permission denied for schema pggit") && said.contains("grant_access"), "{said}");
        }
        database.session.run(&format!("select pggit.grant_access('{role}', 'read')"));
        assert!(pggit(&url, &["log"]).status.success());
        for arguments in [&["tag", "v1"] as &[&str], &["pause"], &["gc"]] {
            let said = rejects(&url, arguments);
            assert!(said.contains("permission denied for function") && said.contains("access_levels"), "{said}");
        }
        assert!(rejects(&url, &["install"]).contains("hint: "));
        database.session.run(&format!("drop owned by {role}"));
    });
}

#[test]
fn connections_that_run_out_are_named() {
    on_each(|database| {
        let role = database.role("single");
        database.session.run(&format!("alter role {role} connection limit 1"));
        let holder = database.connect_as(&role);
        for arguments in [&["log"] as &[&str], &["install"], &["compare", "HEAD", "--with", &database.url_as(&role)]] {
            let url = if arguments[0] == "compare" { database.url() } else { database.url_as(&role) };
            let said = rejects(&url, arguments);
            assert!(
                said.contains(&format!("too many connections for role \"{role}\""))
                    && said.contains(database.name())
                    && said.contains("when a connection is free"),
                "{said}"
            );
        }
        drop(holder);
    });
}
