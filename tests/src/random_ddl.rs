//! Random DDL: scripts of statements that are picked from `random_ddl.sql` and `random_ddl_rare.sql`, with names from small pools, so that
//! they meet each other.

use proptest::collection::vec;
use proptest::prelude::*;

/// The statements, one a line, with placeholders for names.
static COMMON: &str = include_str!("random_ddl.sql");

/// More of them, of kinds that few applications have.
static RARE: &str = include_str!("random_ddl_rare.sql");

/// What every script begins with, so that there is something to change.
pub const BEGINNING: [&str; 10] = [
    "create schema a",
    "create schema \"B b\"",
    "create table a.t1 (id int primary key, x int, \"Y y\" text, z numeric)",
    "create table a.t2 (id int, x int references a.t1)",
    "create view a.v1 as select id, x from a.t1",
    "create function a.f1() returns trigger language plpgsql as 'begin return new; end'",
    "create function \"B b\".f2(int) returns int language sql immutable as 'select 1'",
    "create schema noise",
    "create foreign data wrapper k1",
    "create server k1 foreign data wrapper k1",
];

/// The pool that a placeholder draws from.
fn pool(placeholder: &str) -> Option<&'static [&'static str]> {
    Some(match placeholder {
        "s" => &["a", "\"B b\""],
        "t" => &["a.t1", "a.t2", "\"B b\".\"T t\"", "\"B b\".t3", "a.t1", "public.t4"],
        "v" => &["a.v1", "\"B b\".\"V v\"", "a.v1", "public.v2"],
        "c" => &["id", "x", "\"Y y\"", "z"],
        "q" => &["a.q1", "\"B b\".q2"],
        "y" => &["a.y1", "\"B b\".\"Y\"", "a.y2"],
        "f" => &["a.f1", "\"B b\".f2", "a.f1"],
        "k" => &["k1", "\"K 2\"", "t1", "t2", "v1"],
        "r" => &["current_user", "random_role"],
        "n" => &["1", "2", "3"],
        "am" => &["btree", "btree", "hash"],
        "e" => &["1", "null", "2 + 3", "length('x')"],
        "ty" => &["int", "text", "varchar(9)[]", "timestamptz", "a.y1", "numeric(6, 1)"],
        _ => return None,
    })
}

/// Replaces each placeholder by what its pick, in order, draws from its pool.
fn fill(template: &str, picks: &[u8]) -> String {
    let mut picks = picks.iter().cycle();
    let mut statement = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        statement.push_str(before);
        match after.split_once('}').and_then(|(name, tail)| pool(name).map(|pool| (pool, tail))) {
            Some((pool, tail)) => {
                statement.push_str(pool[usize::from(*picks.next().unwrap_or(&0)) % pool.len()]);
                rest = tail;
            }
            None => {
                statement.push('{');
                rest = after;
            }
        }
    }
    statement + rest
}

/// Any of some statements.
fn statements(templates: &'static str) -> impl Strategy<Value = String> {
    let templates: Vec<_> = templates.lines().collect();
    (0..templates.len(), vec(any::<u8>(), 6)).prop_map(move |(place, picks)| fill(templates[place], &picks)).no_shrink()
}

/// Scripts of up to `length` statements; what fails in them is meant to be gone over. Shrinks to fewer statements.
pub fn scripts(length: usize) -> impl Strategy<Value = Vec<String>> {
    let beginning = BEGINNING.map(String::from);
    let step = prop_oneof![3 => statements(COMMON), 2 => statements(RARE)];
    vec(step, 1..length).prop_map(move |steps| beginning.iter().cloned().chain(steps).collect())
}
