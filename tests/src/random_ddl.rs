//! Random DDL: scripts of statements that are picked from the files `random_ddl*.sql`, with names from small pools, so that they meet each
//! other.

use proptest::collection::vec;
use proptest::prelude::*;

/// The statements, one a line, with placeholders for names.
static COMMON: &str = include_str!("random_ddl.sql");

/// More of them, of kinds that few applications have.
static RARE: &str = include_str!("random_ddl_rare.sql");

/// Clauses and commands that are rarer still, on the same kinds.
static CLAUSES: &str = include_str!("random_ddl_clauses.sql");

/// The ways in which statements come: `{1}`, `{2}` and `{3}` stand for any of the above.
static WAYS: &str = include_str!("random_ddl_ways.sql");

/// What every script begins with, so that there is something to change.
const BEGINNING: [&str; 10] = [
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

/// What some scripts go on with, one scene a line, the first of them empty: most statements need something that is there.
static SCENES: &str = include_str!("random_ddl_scenes.sql");

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
fn fill(template: &str, picks: &[u8], session: Option<usize>) -> String {
    let mut picks = picks.iter().cycle();
    let mut statement = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        statement.push_str(before);
        match after.split_once('}').and_then(|(name, tail)| pool_of(session, name).map(|pool| (pool, tail))) {
            Some((pool, tail)) => {
                statement.push_str(&pool[usize::from(*picks.next().unwrap_or(&0)) % pool.len()]);
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

/// What a placeholder may stand for in the schemas of one session among others, none of whose names are those of another's.
fn pool_of(session: Option<usize>, placeholder: &str) -> Option<Vec<String>> {
    let names = pool(placeholder)?.iter().map(|&name| name.to_owned());
    let Some(session) = session else { return Some(names.collect()) };
    Some(names.map(|name| owned(session, placeholder, &name)).collect())
}

fn owned(session: usize, placeholder: &str, name: &str) -> String {
    let home = format!("s{session}");
    let name = name.replace("\"B b\"", &format!("\"B {session}\"")).replace("public.", &format!("{home}."));
    let name = ["t1", "t2", "v1", "k1", "K 2"].iter().fold(name, |name, plain| name.replace(plain, &format!("{plain}_{session}")));
    match (placeholder, name.strip_prefix("a.")) {
        (_, Some(rest)) => format!("{home}.{rest}"),
        ("s", None) if name == "a" => home,
        _ => name,
    }
}

/// Whether a template touches nothing but what its placeholders stand for, and leaves transactions and settings alone.
fn keeps_to_itself(template: &str, has_temporary: bool) -> bool {
    const WIDE: [&str; 34] = [
        " a.",
        "(a.",
        "\"B b\"",
        "noise",
        "extension",
        "random_",
        "t9",
        "pggit",
        "event",
        "concurrently",
        "all in tablespace",
        "drop owned",
        "default privileges for",
        "privileges grant",
        "privileges revoke",
        "for all tables",
        "public.",
        ", public",
        "discard",
        "reset all",
        "search_path",
        "import",
        "prepare",
        "copy ",
        "listen",
        "commit",
        "rollback",
        "savepoint",
        "isolation",
        "session",
        "role ",
        "database",
        "(int as",
        "vacuum",
    ];
    !WIDE.iter().any(|part| template.contains(part))
        && template != "begin"
        && (has_temporary || !["temporary", "pg_temp", "tt", "discard"].iter().any(|part| template.contains(part)))
}

/// What a session does among others.
#[derive(Debug, Clone)]
pub struct Block {
    /// Whether it keeps to schemas that no other session touches.
    pub is_own: bool,
    /// `begin` with its level; none for statements that are transactions of their own.
    pub begin: Option<&'static str>,
    /// The statements.
    pub statements: Vec<String>,
    /// Whether each statement has a savepoint, to go back to where it fails.
    pub has_savepoints: bool,
    /// A place among the statements from which all is undone again by a savepoint.
    pub undone_from: Option<usize>,
    /// Whether the transaction commits.
    pub commits: bool,
}

/// The schemas in which the blocks of a session work, and a table in each; the session 0 stands for what all share.
pub fn home_of(session: usize) -> [String; 5] {
    [
        format!("create schema s{session}"),
        format!("create schema \"B {session}\""),
        format!("create table s{session}.t1_{session} (id int primary key, x int, \"Y y\" text, z numeric)"),
        format!("create table s{session}.t2_{session} (id int, x int references s{session}.t1_{session})"),
        format!("create view s{session}.v1_{session} as select id, x from s{session}.t1_{session}"),
    ]
}

/// What one of many sessions does.
pub fn blocks(session: usize, count: usize) -> impl Strategy<Value = Vec<Block>> {
    let templates = |has_temporary: bool| -> Vec<&'static str> {
        let all = COMMON.lines().chain(RARE.lines()).chain(CLAUSES.lines());
        all.filter(|template| keeps_to_itself(template, has_temporary)).collect()
    };
    let (own, shared) = (templates(true), templates(false));
    let steps = vec((any::<prop::sample::Index>(), vec(any::<u8>(), 6)), 1..7);
    let begin = prop::sample::select(vec![
        None,
        Some("begin"),
        Some("begin"),
        Some("begin isolation level repeatable read"),
        Some("begin isolation level serializable"),
    ]);
    let block = (prop::bool::weighted(0.7), begin, steps, any::<bool>(), prop::option::of(0..6_usize), prop::bool::weighted(0.7)).prop_map(
        move |(is_own, begin, steps, has_savepoints, undone_from, commits)| {
            let templates = if is_own { &own } else { &shared };
            let whose = if is_own { session } else { 0 };
            let statements = steps.iter().map(|(place, picks)| fill(templates[place.index(templates.len())], picks, Some(whose))).collect();
            Block { is_own, begin, statements, has_savepoints, undone_from, commits }
        },
    );
    vec(block, count)
}

/// Any of some statements.
fn picked(templates: &'static str) -> impl Strategy<Value = String> + Clone {
    let templates: Vec<_> = templates.lines().collect();
    (0..templates.len(), vec(any::<u8>(), 6)).prop_map(move |(place, picks)| fill(templates[place], &picks, None))
}

/// Any statement, alone or with others.
fn statements() -> impl Strategy<Value = String> {
    let one = prop_oneof![3 => picked(COMMON), 2 => picked(RARE), 2 => picked(CLAUSES)].boxed();
    let together = (picked(WAYS), vec(one.clone(), 3)).prop_map(|(way, parts)| {
        let numbered = parts.iter().zip(["{1}", "{2}", "{3}"]);
        numbered.fold(way, |way, (part, place)| way.replace(place, part))
    });
    prop_oneof![4 => one, 1 => together].no_shrink()
}

/// A script: what there is at first, and what is done to it.
pub type Script = (Vec<String>, Vec<String>);

/// Scripts of up to `length` statements; what fails in them is meant to be gone over. Shrinks to fewer statements.
pub fn scripts(length: usize) -> impl Strategy<Value = Script> {
    let scenes: Vec<_> = SCENES.lines().collect();
    (0..scenes.len(), vec(statements(), 1..length)).prop_map(move |(scene, steps)| {
        let beginning = BEGINNING.into_iter().chain(scenes[scene].split_terminator("; "));
        (beginning.map(String::from).collect(), steps)
    })
}
