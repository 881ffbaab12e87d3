//! What people see: standard output, standard error and exit code of the main commands, as one snapshot each.
//!
//! `INSTA_UPDATE=always` takes what is printed now for what is right.

use std::fmt;
use std::process::{Command, Stdio};

use pggit_tests::{Database, OLDER_PGGIT, on_each, on_each_empty};

/// All that a command gave.
struct CommandOutput {
    stdout: String,
    stderr: String,
    code: Option<i32>,
}

impl fmt::Display for CommandOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}------- stderr -------\n{}------- exit {} -------",
            self.stdout,
            self.stderr,
            self.code.map_or_else(|| "by signal".to_owned(), |c| c.to_string())
        )
    }
}

fn command(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pggit"));
    for variable in ["DATABASE_URL", "PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "NO_COLOR", "CLICOLOR_FORCE", "PAGER"] {
        command.env_remove(variable);
    }
    command.env("DATABASE_URL", url).args(arguments);
    command
}

fn pggit(url: &str, arguments: &[&str]) -> CommandOutput {
    let output = command(url, arguments).output().expect("pggit runs");
    CommandOutput {
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        code: output.status.code(),
    }
}

/// Compares with the snapshot of a name. Ids, times, sizes and names of databases are left out.
#[track_caller]
fn check(name: &str, output: &CommandOutput) {
    let mut settings = insta::Settings::clone_current();
    for (pattern, replacement) in [
        (r"\b[0-9a-f]{64}\b", "<commit id>"),
        (r"\b[0-9a-f]{12}\b", "<short id>"),
        (r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b", "<uuid>"),
        (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), .* [+-]\d{4}", "<date>"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d)?", "<time>"),
        (r"\btest_\d+_\d+\b", "<database>"),
        (r"\d+ (kB|bytes|MB) +", "<size> "),
        (r"\d+ (kB|bytes|MB)", "<size>"),
        (r"(?m)^took .*\n", ""),
    ] {
        settings.add_filter(pattern, replacement);
    }
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(name, output.to_string()));
}

#[test]
fn installing() {
    on_each_empty(|db| {
        check("log_without_pggit", &pggit(&db.url(), &["log"]));
        check("install", &pggit(&db.url(), &["install"]));
        check("uninstall_unsure", &pggit(&db.url(), &["uninstall"]));
        check("uninstall", &pggit(&db.url(), &["uninstall", "--yes"]));
        db.session.run(OLDER_PGGIT);
        check("install_over_older", &pggit(&db.url(), &["install"]));
        check("install_adopt", &pggit(&db.url(), &["install", "--adopt"]));
        db.session.run("create table since (id int)");
        check("install_restore_unsure", &pggit(&db.url(), &["install", "--restore"]));
        check("install_restore", &pggit(&db.url(), &["install", "--restore", "--yes"]));
    });
}

#[test]
fn looking_at_the_history() {
    on_each(|db| {
        db.session.run("create table users (id int primary key)");
        db.session.run("alter table users add column name text not null default 'nobody'");
        db.session.run("create table \"日本語\" (\"a column with a name that is as long as names can be, which is 63\" int)");
        for (name, arguments) in [
            ("log", &["log"] as &[&str]),
            ("log_oneline", &["log", "--oneline"]),
            ("show", &["show", "HEAD~1"]),
            ("diff", &["diff", "HEAD~1", "HEAD"]),
            ("blame", &["blame", "public.users"]),
            ("status", &["status"]),
            ("unknown_revision", &["show", "nonsense"]),
            ("unknown_command", &["lgo"]),
        ] {
            check(name, &pggit(&db.url(), arguments));
        }
    });
}

#[test]
fn no_secret_of_the_connection_is_printed() {
    for url in [
        "postgresql://u:topsecret@127.0.0.1:1/db",
        "postgresql://u:top@topsecret@127.0.0.1:1/db",
        "host=127.0.0.1 port=1 password=x topsecret",
        "host=127.0.0.1 port=1 password = 'x topsecret'",
        "postgresql://u:topsecret%zz@127.0.0.1:1/db",
        "topsecret",
    ] {
        let output = pggit(url, &["log"]).to_string();
        assert!(output.contains("error: cannot connect to") && output.contains("hint: ") && !output.contains("topsecret"), "{output}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    on_each(|db| {
        db.session.run("do $$ begin for n in 1..500 loop execute format('create table t%s (id int)', n); end loop; end $$");
        for arguments in [&["show"] as &[&str], &["--help"], &["export"], &["log", "--format", "json"], &["events", "--follow"]] {
            let mut child = command(&db.url(), arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pggit runs");
            drop(child.stdout.take());
            // What follows writes again only when something happens.
            db.session.run("select pggit.pause_tracking(); select pggit.resume_tracking()");
            let output = child.wait_with_output().expect("pggit ends");
            assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""), "{arguments:?}");
        }
    });
}

#[test]
fn colour_only_where_it_is_wanted() {
    on_each(|db| {
        let escapes = |variables: &[(&str, &str)]| {
            let output = command(&db.url(), &["log"]).envs(variables.iter().copied()).output().expect("pggit runs");
            output.stdout.contains(&0x1b)
        };
        assert!(!escapes(&[]));
        assert!(escapes(&[("CLICOLOR_FORCE", "1")]));
        assert!(!escapes(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), "NO_COLOR wins");
    });
}

/// Every line is a comment, or a metric with its type and help before it, as a scraper wants them.
#[test]
fn metrics_are_what_a_scraper_reads() {
    on_each(|db| {
        let output = pggit(&db.url(), &["metrics"]);
        let mut lines = output.stdout.lines();
        let mut seen = 0;
        while let Some(help) = lines.next() {
            let (name, text) = help.strip_prefix("# HELP ").and_then(|l| l.split_once(' ')).unwrap_or_else(|| panic!("{help}"));
            assert!(name.starts_with("pggit_") && name.chars().all(|c| c.is_ascii_lowercase() || c == '_') && !text.is_empty(), "{help}");
            let kind = lines.next().and_then(|l| l.strip_prefix(&format!("# TYPE {name} "))).expect("a type");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
            let value = lines
                .next()
                .and_then(|l| l.strip_prefix(&format!("{name}{{database=\"test_")))
                .and_then(|l| l.split_once("\"} "))
                .expect("a value")
                .1;
            assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{name} {value}");
            seen += 1;
        }
        assert!(seen >= 9 && output.stdout.ends_with('\n'), "{output}");
        db.session.run("alter event trigger pggit_sql_drop disable");
        assert!(
            pggit(&db.url(), &["metrics"]).stdout.contains("pggit_tracking_enabled{database=\"")
                && pggit(&db.url(), &["metrics"]).stdout.contains("\"} 0\n")
        );
    });
}

#[test]
fn events_as_they_happen_are_one_a_line() {
    use std::io::{BufRead as _, BufReader};
    on_each(|db: &mut Database| {
        let mut child = command(&db.url(), &["events", "--follow", "--format", "json"]).stdout(Stdio::piped()).spawn().expect("pggit runs");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut next = || -> serde_json::Value { serde_json::from_str(&lines.next().expect("a line").expect("UTF-8")).expect("JSON") };
        assert_eq!(next()["event_type"], "installed");
        db.session.run("select pggit.pause_tracking()");
        while next()["event_type"] != "tracking_paused" {}
        child.kill().expect("it runs");
        child.wait().expect("it ends");
    });
}

/// What whoever made a table called it does nothing to the terminal of whoever looks; a script has it as it is.
#[test]
fn names_move_no_cursor() {
    on_each(|db: &mut Database| {
        let name = "rub\u{1b}[2K\u{1b}[1Aout\r\u{1b}[31m\ncommit 1";
        db.session.run(&format!("create table \"{name}\" (id int)"));
        for arguments in [
            &["log"][..],
            &["log", "--oneline"],
            &["show"],
            &["diff", "HEAD~1", "HEAD"],
            &["status"],
            &["blame", &format!("public.\"{name}\"")],
        ] {
            let mut command = command(&db.url(), arguments);
            let output = command.env("CLICOLOR_FORCE", "1").output().expect("pggit runs");
            let text = String::from_utf8(output.stdout).expect("UTF-8") + &String::from_utf8(output.stderr).expect("UTF-8");
            assert!(output.status.success(), "{arguments:?}: {text}");
            assert!(
                !text.contains("\u{1b}[2K") && !text.contains('\r') && text.contains(r"rub\u{1b}[2K\u{1b}[1Aout\r\u{1b}[31m"),
                "{arguments:?}: {text:?}"
            );
            assert!(!text.contains("\ncommit 1"), "{arguments:?}: {text:?}");
        }
        assert!(pggit(&db.url(), &["export"]).stdout.contains(name));
    });
}
