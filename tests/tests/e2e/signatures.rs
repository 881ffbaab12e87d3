//! Signatures mean what PostgreSQL says that they mean.

use pggit_core::FunctionSignature;
use pggit_tests::on_each;

/// Arguments of functions, each as CREATE FUNCTION reads it and as a caller may spell it.
const ARGUMENTS: &[(&str, &str)] = &[
    ("", "  "),
    ("int", "INT4"),
    ("a decimal(10, 2) default 3.5", "numeric"),
    ("a int, out b text, inout c varchar", "a integer, OUT b text, INOUT c character varying(20)"),
    ("variadic parts text[]", "VARIADIC parts text ARRAY"),
    ("x double precision, y float8[]", "double precision, float []"),
    ("timestamp with time zone, timestamp(3)", "timestamptz, x timestamp without time zone"),
    ("time, timetz", "time without time zone, time with time zone"),
    ("\"Odd Name\" text = 'a,b)'", "\"Odd Name\" text default 'x''(,y'"),
    ("app.\"Mood\", app.plain[]", "app.\"Mood\", APP.Plain[][]"),
    ("interval, interval day to second", "interval, i interval"),
    ("\"char\", char(3), bpchar, name", "\"char\", character, bpchar, name"),
    ("bit, varbit, bit varying(4)", "bit(1), bit varying, varbit"),
    ("bool, \"bool\"", "boolean, bool"),
    ("pg_catalog.int4, pg_catalog.jsonb", "integer, jsonb"),
    ("bytea[3][3]", "bytea[]"),
];

#[test]
fn every_spelling_is_read_as_postgresql_reads_it() {
    on_each(|db| {
        db.session.run("create schema app; create type app.\"Mood\" as enum ('a'); create domain app.plain as int; set search_path = ''");
        for (n, (created, spelled)) in ARGUMENTS.iter().enumerate() {
            for name in [format!("app.f{n}"), format!("app.\"F {n}\""), "app.\"select\"".to_owned()] {
                let returns = if created.contains("out b") { "record" } else { "int" };
                db.session.run(&format!("create function {name}({created}) returns {returns} language plpgsql as 'begin end'"));
                let printed = db.session.value("select max(oid)::regprocedure from pg_proc where pronamespace = 'app'::regnamespace");
                for text in [format!("{name}({created})"), format!(" {name} ({spelled})"), printed.clone()] {
                    let signature: FunctionSignature = text.parse().unwrap_or_else(|e| panic!("{e}"));
                    assert_eq!(signature.to_string(), printed, "{text}");
                }
            }
        }
    });
}

#[test]
fn what_is_no_signature_says_why() {
    for text in [
        "",
        "f",
        "f(",
        "f(int",
        "f(int))",
        "a.b.c(int)",
        "f(\"int)",
        "f('a)",
        "f(,)",
        "f(int +)",
        "f(a b c d)",
        "(int)",
        "f(])",
        "\"\"(int)",
        "f(int) returns int",
    ] {
        let error = text.parse::<FunctionSignature>().expect_err(text);
        assert!(error.to_string().contains(&format!("\"{text}\"")), "{error}");
    }
}

proptest::proptest! {
    #[test]
    fn printing_is_a_fixpoint_and_nothing_panics(text in "[a-z\"'.,() \\[\\]=:é]{0,24}", arguments in proptest::collection::vec("[a-z\"]{1,6}( [a-z]{1,4})?(\\[\\])?", 0..4)) {
        for text in [text, format!("f({})", arguments.join(", "))] {
            if let Ok(signature) = text.parse::<FunctionSignature>() {
                proptest::prop_assert_eq!(signature.to_string().parse::<FunctionSignature>(), Ok(signature));
            }
        }
    }
}
