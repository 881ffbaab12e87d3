//! Files that are no migrations: every adapter gives an error with file and line, or takes them as they are; none panics, and none takes
//! all memory or all time.

use std::path::Path;
use std::time::{Duration, Instant};

use pggit_migrate::{LONGEST_FILE, MigrationError, Settings, TOOLS, adapter, impact};
use pggit_sql::DependencyGraph;
use proptest::prelude::*;

/// The names under which each tool looks for a migration.
const NAMES: [&str; 7] = ["V1__a.sql", "R__b.sql", "1_a.sql", "1_a.up.sql", "2026-01-01-000000_a/up.sql", "deploy/a.sql", "changelog.sql"];

fn write(directory: &Path, name: &str, bytes: &[u8]) {
    let path = directory.join(name);
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    std::fs::write(path, bytes).expect("a file");
}

/// Reads and explains a directory with every adapter.
fn read_all(directory: &Path) {
    for tool in TOOLS {
        let adapter = adapter(tool, &Settings::default()).expect("an adapter");
        match adapter.local(directory) {
            Ok(found) => {
                adapter.verdicts(&[], &found);
                for migration in &found {
                    for unread in impact(migration, &DependencyGraph::default(), "public").unread {
                        assert!(unread.line >= 1 && !unread.reason.is_empty());
                    }
                }
            }
            Err(MigrationError::File { path, line, reason }) => {
                assert!(path.starts_with(directory) && line >= 1 && !reason.is_empty(), "{tool}: {} {line} {reason}", path.display());
            }
            Err(other) => panic!("{tool}: {other}"),
        }
    }
}

/// Pieces of SQL that end anywhere, and bytes that are no text.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "create table t (id int);",
        "select 'a",
        "$$",
        "$x$",
        "/*",
        "*/",
        "--",
        "\n",
        ";",
        "\"",
        "e'\\'",
        "${x}",
        "${",
        "begin atomic",
        "end",
        "copy t from stdin;\n",
        "\\.\n",
        "(",
        ")",
        "alter table t drop column c;",
        "é",
        "\u{feff}",
        "do $$ begin",
        "drop table t cascade",
        "%syntax",
        "--liquibase formatted sql\n",
        "--changeset a:1\n",
        "V",
        "\0",
        "\r",
    ]);
    let piece = prop_oneof![8 => pieces.prop_map(|s| s.as_bytes().to_vec()), 1 => prop::collection::vec(any::<u8>(), 0..8)];
    prop::collection::vec(piece, 0..24).prop_map(|all| all.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_content_is_a_panic(bytes in text(), plan in text()) {
        let directory = tempfile::tempdir().expect("a directory");
        for name in NAMES {
            write(directory.path(), name, &bytes);
        }
        write(directory.path(), "sqitch.plan", &plan);
        read_all(directory.path());
    }

    #[test]
    fn no_name_is_a_panic(name in "[VRUB]?[0-9._é-]{0,6}_{0,3}[a-zé _.-]{0,6}(\\.up|\\.down)?\\.(sql|SQL|conf)") {
        let directory = tempfile::tempdir().expect("a directory");
        write(directory.path(), &name, b"select 1");
        read_all(directory.path());
    }

    #[test]
    fn no_configuration_is_a_panic(bytes in text(), toml in any::<bool>()) {
        let directory = tempfile::tempdir().expect("a directory");
        let name = if toml { "flyway.toml" } else { "flyway.conf" };
        write(directory.path(), name, &bytes);
        let mut settings = Settings::default();
        if let Err(error) = settings.add_file(&directory.path().join(name)) {
            prop_assert!(error.to_string().contains(name), "{error}");
        }
    }
}

fn error_of(directory: &Path) -> String {
    adapter("flyway", &Settings::default()).expect("flyway").local(directory).expect_err("no migrations").to_string()
}

#[test]
fn bytes_that_are_no_text_are_named_with_their_line() {
    let directory = tempfile::tempdir().expect("a directory");
    write(directory.path(), "V1__binary.sql", b"select 1;\n\n\x7fELF\x00\xff\xfe");
    assert!(error_of(directory.path()).ends_with("V1__binary.sql:3: it is not UTF-8"), "{}", error_of(directory.path()));
    assert!(error_of(&directory.path().join("nowhere")).contains("nowhere:1: "));
    assert!(error_of(&directory.path().join("V1__binary.sql")).contains("V1__binary.sql:1: "));
}

#[test]
fn long_lines_and_long_files_are_read_with_bounds() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut line = b"select '".to_vec();
    line.resize(100 * 1024 * 1024, b'a');
    write(directory.path(), "V1__long.sql", &line);
    let started = Instant::now();
    let flyway = adapter("flyway", &Settings::default()).expect("flyway");
    let found = flyway.local(directory.path()).expect("a file");
    let unread = impact(&found[0], &DependencyGraph::default(), "public").unread;
    assert_eq!((unread.len(), unread[0].line), (1, 1), "{unread:?}");
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    let many = "insert into t values (1);\n".repeat(20_000);
    write(directory.path(), "V1__long.sql", many.as_bytes());
    let found = flyway.local(directory.path()).expect("a file");
    let impact = impact(&found[0], &DependencyGraph::default(), "public");
    assert!(impact.effects.len() <= 10_000 && impact.unread.iter().any(|u| u.reason.contains("first")), "{:?}", impact.unread);
    // A file with a hole in it takes no place on the disk.
    std::fs::File::create(directory.path().join("V2__huge.sql")).expect("a file").set_len(LONGEST_FILE + 1).expect("a hole");
    assert!(error_of(directory.path()).contains("V2__huge.sql:1: it is longer than"), "{}", error_of(directory.path()));
}

#[test]
fn directories_may_be_deep_and_go_round_in_circles() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut deep = directory.path().to_owned();
    for _ in 0..300 {
        deep.push("deeper");
    }
    std::fs::create_dir_all(&deep).expect("a deep directory");
    std::fs::write(deep.join("V1__deep.sql"), "select 1").expect("a file");
    let flyway = adapter("flyway", &Settings::default()).expect("flyway");
    assert_eq!(flyway.local(directory.path()).expect("one").len(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(directory.path(), directory.path().join("round")).expect("a link");
        symlink(directory.path().join("round"), directory.path().join("deeper/round")).expect("a link");
        assert_eq!(flyway.local(directory.path()).expect("one").len(), 1);
        symlink("nowhere", directory.path().join("V2__gone.sql")).expect("a link");
        assert!(error_of(directory.path()).contains("V2__gone.sql:1: "), "{}", error_of(directory.path()));
        std::fs::remove_file(directory.path().join("V2__gone.sql")).expect("gone");
        symlink("/dev/zero", directory.path().join("V2__endless.sql")).expect("a link");
        assert!(error_of(directory.path()).ends_with("V2__endless.sql:1: it is not a plain file"), "{}", error_of(directory.path()));
        let pipe = std::process::Command::new("mkfifo").arg(directory.path().join("V2__endless.sql.pipe.sql")).status();
        assert!(pipe.is_ok_and(|s| s.success()));
        std::fs::remove_file(directory.path().join("V2__endless.sql")).expect("gone");
        assert!(error_of(directory.path()).ends_with("it is not a plain file"), "{}", error_of(directory.path()));
    }
}
