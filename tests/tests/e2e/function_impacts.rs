//! The rule table of docs/functions.md: what each change to a function means to its callers, through capture.

use pggit_tests::on_each;

/// For a function of its own each: how it is made, how it is changed (`R` replaces it, `D` drops it and makes it again in one
/// transaction, anything else runs as it stands), and what that means.
const IMPACTS: &[(&str, &str, &str)] = &[
    (
        "function N() returns int language plpgsql as 'begin return 1; end'",
        "R function N() returns int language plpgsql as 'begin -- one\n return  1; /* /* x */ */ end'",
        "none",
    ),
    (
        "function N() returns text language sql as $$select 'a'$$",
        "R function N() returns text language sql as $$select  'a' -- a$$",
        "none",
    ),
    ("function N() returns int language sql as 'select 1'", "alter function N() owner to pg_database_owner", "none"),
    ("function N() returns int language sql as 'select 1'", "revoke all on function N() from public", "none"),
    ("procedure N(a int) language sql as 'select 1'", "comment on procedure N(int) is 'x'", "none"),
    (
        "function N() returns text language sql as $$select 'a  b'$$",
        "R function N() returns text language sql as $$select 'a b'$$",
        "patch",
    ),
    (
        "function N() returns text language sql as $$select E'\\'  b'$$",
        "R function N() returns text language sql as $$select E'\\' b'$$",
        "patch",
    ),
    (
        "function N() returns int language sql as 'select 1'",
        "R function N() returns int language plpgsql as 'begin return 1; end'",
        "patch",
    ),
    ("function N() returns int language sql as 'select 1'", "alter function N() cost 7", "patch"),
    ("function N() returns int language sql as 'select 1'", "alter function N() parallel safe", "patch"),
    ("function N() returns int language sql as 'select 1'", "alter function N() immutable", "patch"),
    ("function N() returns int language sql as 'select 1'", "alter function N() set search_path = a, \"B\"", "patch"),
    (
        "function N() returns int language sql begin atomic select 1; end",
        "R function N() returns int language sql begin atomic select 2; end",
        "patch",
    ),
    ("aggregate N(int) (sfunc = int4pl, stype = int)", "R aggregate N(int) (sfunc = int4pl, stype = int, initcond = '0')", "patch"),
    ("procedure N(a int) language sql as 'select 1'", "R procedure N(a int) language sql as 'select 2'", "patch"),
    (
        "function N(a int) returns int language sql as 'select 1'",
        "R function N(a int default 1) returns int language sql as 'select 1'",
        "minor",
    ),
    (
        "function N(a text default 'x, y DEFAULT z') returns int language sql as 'select 1'",
        "R function N(a text default 'x)') returns int language sql as 'select 1'",
        "minor",
    ),
    (
        "function N(a int, b int default 2) returns int language sql as 'select 1'",
        "R function N(a int default 1, b int default 2) returns int language sql as 'select 1'",
        "minor",
    ),
    ("function N(int) returns int language sql as 'select 1'", "R function N(a int) returns int language sql as 'select 1'", "minor"),
    (
        "function N(double precision) returns int language sql as 'select 1'",
        "R function N(\"a, b\" double precision) returns int language sql as 'select 1'",
        "minor",
    ),
    (
        "function N(a int, out x int) language sql as 'select 1'",
        "D function N(a int, out x int, out y int) language sql as 'select 1, 2'",
        "minor",
    ),
    (
        "function N(a int, inout x int) language sql as 'select 1'",
        "D function N(a int, inout x int, out y int) language sql as 'select 1, 2'",
        "minor",
    ),
    (
        "function N() returns table (x int) language sql as 'select 1'",
        "D function N() returns table (x int, y numeric) language sql as 'select 1, 2.0'",
        "minor",
    ),
    (
        "function N(out a int, out b int) returns setof record language sql as 'select 1, 2'",
        "D function N(out a int, out b int, out c int) returns setof record language sql as 'select 1, 2, 3'",
        "minor",
    ),
    ("function N() returns int immutable language sql as 'select 1'", "alter function N() stable", "minor"),
    ("function N() returns int stable language sql as 'select 1'", "alter function N() volatile", "minor"),
    (
        "function N(a text[]) returns int language sql as 'select 1'",
        "D function N(variadic a text[]) returns int language sql as 'select 1'",
        "minor",
    ),
    ("function N() returns int language sql as 'select 1'", "D function N() returns bigint language sql as 'select 1::bigint'", "major"),
    ("function N() returns int language sql as 'select 1'", "D function N() returns setof int language sql as 'select 1'", "major"),
    (
        "function N() returns table (x int, y int) language sql as 'select 1, 2'",
        "D function N() returns table (x int) language sql as 'select 1'",
        "major",
    ),
    (
        "function N() returns table (x int, y int) language sql as 'select 1, 2'",
        "D function N() returns table (y int, x int) language sql as 'select 1, 2'",
        "major",
    ),
    (
        "function N(out x int, out y int) language sql as 'select 1, 2'",
        "D function N(out x int, out z int, out y int) language sql as 'select 1, 2, 3'",
        "major",
    ),
    (
        "function N(out x int, out y int) language sql as 'select 1, 2'",
        "D function N() returns table (x int, y int) language sql as 'select 1, 2'",
        "major",
    ),
    (
        "function N(a int default 1) returns int language sql as 'select 1'",
        "D function N(a int) returns int language sql as 'select 1'",
        "major",
    ),
    (
        "function N(a int default 1, b int default 2) returns int language sql as 'select 1'",
        "D function N(a int, b int default 2) returns int language sql as 'select 1'",
        "major",
    ),
    (
        "function N(a int default 1) returns int language sql as 'select 1'",
        "D function N(b int default 1) returns int language sql as 'select 1'",
        "major",
    ),
    ("function N(a int) returns int language sql as 'select 1'", "D function N(int) returns int language sql as 'select 1'", "major"),
    (
        "function N(variadic a text[]) returns int language sql as 'select 1'",
        "D function N(a text[]) returns int language sql as 'select 1'",
        "major",
    ),
    ("function N() returns int language sql as 'select 1'", "alter function N() strict", "major"),
    ("function N() returns int strict language sql as 'select 1'", "alter function N() called on null input", "major"),
    ("function N() returns int language sql as 'select 1'", "alter function N() security definer", "major"),
    ("procedure N() security definer language sql as 'select 1'", "alter procedure N() security invoker", "major"),
    ("procedure N(inout a int) language sql as 'select 1'", "D procedure N(a int) language sql as 'select 1'", "major"),
    ("aggregate N(int) (sfunc = int4pl, stype = int)", "D aggregate N(int) (sfunc = int84pl, stype = bigint, initcond = '0')", "major"),
    (
        "function N() returns bigint window language internal as 'window_row_number'",
        "D function N() returns bigint language sql as 'select 1::bigint'",
        "major",
    ),
    (
        "function N() returns trigger language plpgsql as 'begin return new; end'",
        "R function N() returns trigger language plpgsql as 'begin return old; end'",
        "patch",
    ),
    // Combined: the most that any of it means.
    (
        "function N(a int) returns int language sql as 'select 1'",
        "R function N(a int default 1) returns int strict language sql as 'select 2'",
        "major",
    ),
    (
        "function N(a int) returns int immutable language sql as 'select 1'",
        "R function N(a int default 1) returns int cost 7 language sql as 'select 2'",
        "minor",
    ),
    (
        "function N(a int, out x int) language sql as 'select 1'",
        "D function N(a int, out x int, out y int) security definer language sql as 'select 1, 2'",
        "major",
    ),
    (
        "function N(a int, out x int) language sql as 'select 1'",
        "D function N(b int, out x int, out y int) language sql as 'select 1, 2'",
        "major",
    ),
    (
        "function N(a int default 1, out x int) language sql as 'select 1'",
        "D function N(a int, out x int, out y int) language sql as 'select 1, 2'",
        "major",
    ),
    (
        "function N() returns int language sql as 'select 1'",
        "R function N() returns int stable parallel safe language sql as 'select  1'",
        "patch",
    ),
];

#[test]
fn every_row_of_the_rule_table() {
    on_each(|db| {
        db.session.run("create schema f");
        for (n, (made, changed, expected)) in IMPACTS.iter().enumerate() {
            let name = format!("f.f{n}");
            db.session.run(&format!("create {}", made.replace("N(", &format!("{name}("))));
            let changed = changed.replace("N(", &format!("{name}("));
            let change = match changed.split_at(2) {
                ("R ", rest) => format!("create or replace {rest}"),
                ("D ", rest) => format!("begin; drop routine {name}; create {rest}; commit"),
                _ => changed,
            };
            db.session.run(&change);
            let impacts =
                db.session.column(&format!("select impact from pggit.function_history where function_name = 'f{n}' order by created_at"));
            let got = impacts.get(1).map_or("none", String::as_str);
            assert_eq!((got, impacts.len() <= 2), (*expected, true), "{made}\n{change}");
        }
        assert_eq!(
            db.session.column("select event_type || event_data::text from pggit.system_events where event_type like '%failed'"),
            [""; 0]
        );
    });
}
