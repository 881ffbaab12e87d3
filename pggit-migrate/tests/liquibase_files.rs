//! Changelogs that are broken in any way: an error with a file and a line, or a result, in little time.

use std::path::Path;
use std::time::{Duration, Instant};

use pggit_migrate::{Liquibase, LocalMigration, MigrationAdapter as _, MigrationError, Settings};
use proptest::collection::vec;
use proptest::prelude::*;

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">
  <property name="who" value="me"/>
  <include file="other.sql" relativeToChangelogFile="true"/>
  <changeSet id="1" author="a" context="x and (y or !z)"><createTable tableName="t"><column name="id" type="int"
    valueDate="2020-01-31" defaultValueNumeric="(1)"><constraints nullable="false"/></column></createTable></changeSet>
  <changeSet id="2" author="a"><sql endDelimiter="/"><![CDATA[select '${who}' <> 'é']]></sql><rollback/></changeSet>
</databaseChangeLog>
"#;

const YAML: &str = r#"databaseChangeLog:
- property: {name: who, value: me, global: false}
- include: {file: other.sql}
- changeSet: &one
    id: 1
    author: a
    changes:
    - createTable:
        tableName: t
        columns:
        - column: {name: id, type: int, autoIncrement: yes, startWith: 0x1F, constraints: {nullable: false}}
    - sql: |
        select '${who}'
    validCheckSum: [1:any]
- changeSet: {<<: *one, id: 2}
"#;

const JSON: &str = r#"{"databaseChangeLog": [
  {"changeSet": {"id": 1, "author": "a", "changes": [
    {"insert": {"tableName": "t", "columns": [{"column": {"name": "a", "value": "\ud83d\ude00", "valueNumeric": 1.5}}]}},
    {"loadData": {"tableName": "t", "file": "rows.csv"}}
  ]}},
  {"includeAll": {"path": "sub"}}
]}
"#;

const SQL: &str = "--liquibase formatted sql\n--property name:a value:b\n--changeset a:1 dbms:postgresql context:\"x\" endDelimiter:/\nselect ${a};\n\
                   --rollback x\n/* liquibase rollback\n*/\n--ignoreLines:1\nx\n--changeset b:2\n--comment x\nselect 2;\n";

/// What breaks things.
const TOKENS: &[&str] = &[
    "<",
    ">",
    "&x;",
    "]]>",
    "<!DOCTYPE a [<!ENTITY x '&x;'>]>",
    "\0",
    "\r",
    "${",
    "${a}",
    "}",
    "[[[[[[",
    "{{{{",
    "*one",
    "&one ",
    "<<: ",
    "- ",
    ": ",
    "\"",
    "'",
    "\\u12",
    "\\",
    "--changeset ",
    "--ignoreLines:start\n",
    "/* liquibase rollback\n",
    "\u{feff}",
    "../../../etc/passwd",
    "root",
    "!!binary ",
    "99999999999999999999999999",
    "\t",
    "%YAML 9\n",
    "---\n",
    "? ",
    "|\n",
    "#",
];

fn read(name: &str, text: &[u8]) -> Result<Vec<LocalMigration>, MigrationError> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path();
    std::fs::write(path.join("other.sql"), SQL).expect("a file");
    std::fs::write(path.join("rows.csv"), "# c\na,b\n\n1,2\n").expect("a file");
    std::fs::create_dir(path.join("sub")).expect("a directory");
    std::fs::write(path.join("sub/x.sql"), "select 1").expect("a file");
    std::fs::write(path.join(name), text).expect("a file");
    let mut settings = Settings::default();
    settings.add(&format!("changeLogFile={name}")).expect("a setting");
    let started = Instant::now();
    let result = Liquibase::new(&settings)?.local(path);
    assert!(started.elapsed() < Duration::from_secs(20), "it took {:?}", started.elapsed());
    if let Err(MigrationError::File { path, line, .. }) = &result {
        assert!(path != Path::new("") && *line > 0, "{result:?}");
    }
    result
}

#[test]
fn good_changelogs_are_read() {
    for (name, text, count) in [("root.xml", XML, 4), ("root.yaml", YAML, 4), ("root.json", JSON, 2), ("root.sql", SQL, 2)] {
        let found = read(name, text.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(found.len(), count, "{name}");
    }
}

/// A place in a text as a share of its length, and what happens there.
type Change = (f64, u8, usize);

fn broken(text: &str, changes: &[Change]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for (place, what, token) in changes {
        // The share is below one, and a place below the length is meant.
        let place = ((bytes.len() as f64) * place) as usize;
        let token = TOKENS[token % TOKENS.len()].as_bytes();
        match what % 5 {
            0 => bytes.truncate(place),
            1 => drop(bytes.splice(place..place, token.iter().copied())),
            2 => drop(bytes.drain(place..(place + 9).min(bytes.len()))),
            3 => bytes.get_mut(place).into_iter().for_each(|byte| *byte ^= 0xA5),
            _ => {
                let again = bytes[place..(place + 40).min(bytes.len())].to_vec();
                bytes.splice(place..place, again);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn broken_changelogs_give_an_error_or_a_result(
        format in 0..4_usize,
        changes in vec((0.0..1.0_f64, any::<u8>(), any::<usize>()), 1..6),
    ) {
        let (name, text) = [("root.xml", XML), ("root.yaml", YAML), ("root.json", JSON), ("root.sql", SQL)][format];
        // Whatever it gives: it gives something, and an error has its place.
        let _ = read(name, &broken(text, &changes));
    }
}

#[test]
fn files_that_include_one_another_in_a_circle_are_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).expect("a file");
    write("root.yaml", "databaseChangeLog:\n- include: {file: other.xml}\n");
    write("other.xml", "<databaseChangeLog>\n\n<include file='./root.yaml'/></databaseChangeLog>");
    let mut settings = Settings::default();
    settings.add("changeLogFile=root.yaml").expect("a setting");
    let error = Liquibase::new(&settings).expect("an adapter").local(directory.path()).expect_err("a circle").to_string();
    assert!(error.ends_with("other.xml:3: ./root.yaml includes itself"), "{error}");
}

#[test]
fn what_cannot_be_read_is_named() {
    let deep = format!("databaseChangeLog:\n- a: {}", "[".repeat(10_000));
    let long = format!("--liquibase formatted sql\n--changeset a:1\nselect '{}", "x".repeat(5_000_000));
    assert_eq!(read("root.sql", long.as_bytes()).expect("a long line").len(), 1);
    let cases: [(&str, &[u8], &str); 7] = [
        ("root.xml", &XML.as_bytes()[..300], "root.xml:"),
        ("root.xml", b"<?xml version='1.0' encoding='klingon'?><databaseChangeLog/>", "the encoding \"klingon\" is not known"),
        ("root.xml", b"<databaseChangeLog>\n\xff\n</databaseChangeLog>", "root.xml:2: it is not UTF-8"),
        ("root.yaml", deep.as_bytes(), "root.yaml:2: "),
        ("root.yaml", b"databaseChangeLog:\n- include: {file: none.xml}\n", "root.yaml:2: the file none.xml is not there"),
        ("root.yaml", b"databaseChangeLog:\n- changeSet: {id: 1}\n", "root.yaml:2: the changeset has no id or no author"),
        ("root.yaml", b"databaseChangeLog:\n- include: {file: ../../etc/passwd}\n", "is not there"),
    ];
    for (name, text, reason) in cases {
        let error = read(name, text).expect_err(reason).to_string();
        assert!(error.contains(reason), "{error}");
    }
}
