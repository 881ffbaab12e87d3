//! SQL and Rust agree on what a body is without its blanks and comments, and so does PostgreSQL's own lexer.

use diesel::prelude::*;
use diesel::sql_types::{Array, Text};
use pggit_core::model::body::normalise_body;
use pggit_sql::body::{lexed, means_the_same};
use pggit_tests::{Database, servers};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[derive(QueryableByName)]
struct Normalised {
    #[diesel(sql_type = Array<Text>)]
    value: Vec<String>,
}

/// Pieces of bodies; put together at random they open and close, and fail to close, everything that a lexer knows.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop_oneof![Just(" "), Just("\n"), Just("  "), Just("\t"), Just("\r\n"), Just("\u{b}"), Just("\u{a0}")].prop_map(str::to_owned),
        2 => prop_oneof![Just("-- x\n"), Just("--'\n"), Just("/* a */"), Just("/* /* b */ ' */"), Just("/*"), Just("*/"), Just("--")].prop_map(str::to_owned),
        4 => prop_oneof![Just("'a  b'"), Just("'it''s'"), Just("E'\\' -- '"), Just("e'\\\\'"), Just("b'01'"), Just("U&'\\0041'"), Just("N'x'"), Just("'c:\\'"), Just("\"A  b\""), Just("u&\"d\"")].prop_map(str::to_owned),
        2 => prop_oneof![Just("$$"), Just("$q$"), Just("$a$"), Just("$q$ it's $$ -- $q$"), Just("$1"), Just("$é$x$é$")].prop_map(str::to_owned),
        3 => prop_oneof![Just("="), Just("=-"), Just("*-"), Just("@-"), Just("<="), Just("+"), Just("-"), Just("/"), Just(":="), Just("::"), Just(".."), Just("."), Just("->>")].prop_map(str::to_owned),
        2 => prop_oneof![Just("1"), Just("1.5"), Just(".5"), Just("1e-5"), Just("1e"), Just("0x1f"), Just("1_0.2")].prop_map(str::to_owned),
        2 => prop_oneof![Just("'"), Just("\""), Just("\\"), Just("$"), Just(";"), Just(","), Just("("), Just(")"), Just(":"), Just("[")].prop_map(str::to_owned),
        4 => "[a-zE_é]{1,3}\\$?[a-z]?",
    ]
}

fn body() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..14).prop_map(|pieces| pieces.concat())
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

#[test]
fn sql_and_rust_read_bodies_alike() {
    for server in servers() {
        let mut database = Database::installed_on(server);
        let connection = std::cell::RefCell::new(&mut database.session.0);
        runner(50)
            .run(&prop::collection::vec(body(), 40), |bodies| {
                let query = "select array(select pggit.normalise_body(b) from unnest($1) with ordinality as u (b, n) order by n) as value";
                let theirs: Normalised =
                    diesel::sql_query(query).bind::<Array<Text>, _>(&bodies).get_result(*connection.borrow_mut()).expect("an answer");
                let ours: Vec<_> = bodies.iter().map(|b| normalise_body(b)).collect();
                prop_assert_eq!(ours, theirs.value);
                Ok(())
            })
            .expect("SQL and Rust agree");
    }
}

/// Wherever `PostgreSQL`'s lexer finds tokens at all, equal bodies have equal tokens; and blanks and comments between tokens are none.
#[test]
fn the_lexer_of_postgresql_is_asked() {
    let compared = std::cell::Cell::new(0);
    runner(6_000)
        .run(&(prop::collection::vec(piece(), 1..8), prop::collection::vec(0..3_usize, 8)), |(pieces, blanks)| {
            let gap = |n: usize| [" ", "\n", "/* x */"][blanks[n % 8]];
            let spaced: String = pieces.iter().enumerate().flat_map(|(n, p)| [p.as_str(), gap(n)]).collect();
            for (one, is_spaced) in [(pieces.join(" "), true), (pieces.concat(), false)] {
                // Its lexer is that of one version, where \v is a blank; a token may be several literals, with blanks between them.
                let (Some(first), Some(second)) = (lexed(&one), lexed(&spaced)) else { continue };
                if !one.contains("\\'") && !one.contains('\u{b}') && first.iter().chain(&second).all(|t| !t.contains('\n')) {
                    compared.set(compared.get() + 1);
                    let equal = normalise_body(&one) == normalise_body(&spaced);
                    prop_assert!(first == second || !equal, "not the same, and taken for it:\n{one:?}\n{spaced:?}");
                    prop_assert!(first != second || equal || !is_spaced, "the same, and not taken for it:\n{one:?}\n{spaced:?}");
                }
            }
            Ok(())
        })
        .expect("PostgreSQL's lexer agrees");
    assert!(compared.get() > 1000, "only {compared:?} bodies were tokens to PostgreSQL");
}

#[test]
fn literals_are_no_blanks_and_no_comments() {
    let same = [
        ("select  1", "select 1 /* one */"),
        ("a\n-- x\nb", "a b"),
        ("'a  b' --", "'a  b'"),
        ("select 1+2", "select 1 + 2 /* /* three */ ; */"),
        ("x:=y;", "x := y ;"),
        ("select E'\\' -- ' as a", "select E'\\' -- '   as a"),
        ("select $$a  b$$ ", "select $$a  b$$"),
        ("for i in 1..3 loop", "for i in 1 .. 3 loop"),
    ];
    let other = [
        ("select 'a  b'", "select 'a b'"),
        ("select '--x'", "select '--y'"),
        ("select \"a  b\"", "select \"a b\""),
        ("select $$a  b$$", "select $$a b$$"),
        ("select E'\\'  '", "select E'\\' '"),
        ("ab", "a b"),
        ("'a'\n'b'", "'a' 'b'"),
        ("a > = b", "a >= b"),
        ("E 'a'", "E'a'"),
    ];
    for (one, two) in same {
        assert_eq!(normalise_body(one), normalise_body(two), "{one} and {two} mean the same");
    }
    for (one, two) in other {
        assert_ne!(normalise_body(one), normalise_body(two), "{one} and {two} differ");
    }
}

#[test]
fn the_same_meaning_in_other_words() {
    let function = |language: &str, body: &str| format!("create function f(a int) returns int language {language} as $f${body}$f$");
    for (language, one, other, same) in [
        ("sql", "SELECT a + 1", "select a+1 -- one", Some(true)),
        ("sql", "select a + 1 from t as x", "select a + 1 from t x", Some(true)),
        ("sql", "select a + 1", "select a + 2", Some(false)),
        ("plpgsql", "begin RETURN a; end", "BEGIN\n  -- it\n  return a;\nEND", Some(true)),
        (
            "plpgsql",
            "begin if a <> 1 then return 2; end if; return a; end",
            "begin if a != 1 then return 2; end if; return a; end",
            Some(true),
        ),
        ("plpgsql", "begin return 'a  b'; end", "begin return 'a b'; end", Some(false)),
        ("plpgsql", "begin return a; end", "begin return a + 0; end", Some(false)),
        ("plpgsql", "begin nonsense nonsense; end", "begin return a; end", None),
        ("plpython3u", "return 1", "return  1", None),
    ] {
        assert_eq!(means_the_same(&function(language, one), &function(language, other)), same, "{one}\n{other}");
    }
}
