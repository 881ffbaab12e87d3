//! What the analysis of statements says before they run, against what the server does: the locks that a transaction holds, the files of
//! the tables that it has written anew, the tables that it has read as a whole.

use std::collections::{BTreeMap, BTreeSet};

use pggit_sql::analysis::{Finding, analyze};
use pggit_tests::{Database, Session, on_each_empty};

const SCHEMA: &str = "
create table r (id int primary key, n int);
create table t (id int primary key, a int, b varchar(10), c text, d numeric(10, 2), e timestamp, k int default 3, constraint k_positive check (k > 0));
create index t_a on t (a);
create unique index t_c on t (c);
insert into r select n, n from generate_series(1, 50) as n;
insert into t select n, n, 'b', n, n, now(), 1 from generate_series(1, 50) as n;
create table p (id int, n int) partition by list (n);
create table p1 partition of p for values in (1);
create table outside (id int, n int);
insert into outside values (1, 2);
create table child (extra int) inherits (r);
create view v as select id, a from t;
create materialized view m as select id from t;
create unique index m_id on m (id);
create sequence s;
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger k before insert on t for each row execute function f();
create policy y on t using (true);
create rule u as on insert to outside do also notify x;
create type mood as enum ('fine');
create domain positive as int check (value > 0);
alter table t add constraint fresh check (a > 0) not valid;
";

/// Statements, with the locks that their texts do not tell.
const CASES: &[(&str, &[&str])] = &[
    ("alter table t add column x int", &[]),
    ("alter table t add column x int default 3", &[]),
    ("alter table t add column x timestamptz default now()", &[]),
    ("alter table t add column x uuid default gen_random_uuid()", &[]),
    ("alter table t add column x float8 default random()", &[]),
    ("alter table t add column x bigserial", &[]),
    ("alter table t add column x int generated always as identity", &[]),
    ("alter table t add column x int generated always as (a + 1) stored", &[]),
    ("alter table t add column x int references r", &[]),
    ("alter table t add column x int check (x > 0)", &[]),
    ("alter table t add column x int default 3 check (x > 0)", &[]),
    ("alter table t add column x int unique", &[]),
    ("alter table t add column x int not null default 7", &[]),
    ("alter table t drop column c", &[]),
    ("alter table t rename column c to x", &[]),
    ("alter table t rename to x", &[]),
    ("alter table t set schema other", &[]),
    ("alter table t owner to current_user", &[]),
    ("alter table t alter column b type text", &[]),
    ("alter table t alter column b type varchar(20)", &[]),
    ("alter table t alter column b type varchar(5)", &[]),
    ("alter table t alter column c type varchar(20)", &[]),
    ("alter table t alter column k type bigint", &[]),
    ("alter table outside alter column n type text", &[]),
    ("alter table t alter column d type numeric(12, 2)", &[]),
    ("alter table t alter column d type numeric(12, 3)", &[]),
    ("alter table t alter column e type timestamptz", &[]),
    ("alter table t alter column k type int using k + 1", &[]),
    ("alter table t alter column k type int", &[]),
    ("alter table t alter column k type positive", &[]),
    ("alter table t alter column a set not null", &[]),
    ("alter table t alter column id drop default", &[]),
    ("alter table t alter column k drop default", &[]),
    ("alter table t alter column k set default 4", &[]),
    ("alter table t alter column a set statistics 300", &[]),
    ("alter table t alter column a set (n_distinct = 5)", &[]),
    ("alter table t alter column c set storage external", &[]),
    ("alter table t set (fillfactor = 70)", &[]),
    ("alter table t set (autovacuum_enabled = off)", &[]),
    ("alter table t reset (fillfactor)", &[]),
    ("alter table t set (user_catalog_table = true)", &[]),
    ("alter table t cluster on t_a", &[]),
    ("alter table t set without cluster", &[]),
    ("alter table t set unlogged", &[]),
    ("alter table t replica identity full", &[]),
    ("alter table t enable row level security", &[]),
    ("alter table t disable trigger k", &[]),
    ("alter table t enable always trigger k", &[]),
    ("alter table outside disable rule u", &[]),
    ("alter table t add constraint x check (a > 0)", &[]),
    ("alter table t add constraint x check (a > 0) not valid", &[]),
    ("alter table t validate constraint fresh", &[]),
    ("alter table t add foreign key (a) references r", &[]),
    ("alter table t add foreign key (a) references r not valid", &[]),
    ("alter table t add unique (a)", &[]),
    ("alter table t add constraint x unique using index t_c", &[]),
    ("alter table t drop constraint k_positive", &[]),
    ("alter table t rename constraint k_positive to x", &[]),
    ("alter table p attach partition outside for values in (2)", &[]),
    ("alter table p detach partition p1", &[]),
    ("create table x partition of p for values in (5)", &[]),
    ("create table x () inherits (outside)", &[]),
    ("create table x (id int references r)", &[]),
    ("create table x (like t including all)", &[]),
    ("create table x as select * from t", &[]),
    ("create index on t (b)", &[]),
    ("create unique index on t (id, b)", &[]),
    ("drop index t_a", &["t ACCESS EXCLUSIVE"]),
    ("alter index t_a rename to x", &[]),
    ("alter index t_a set (fillfactor = 70)", &[]),
    ("reindex table t", &[]),
    ("create statistics x on a, k from t", &[]),
    ("create trigger x before insert on t for each row execute function f()", &[]),
    ("alter trigger k on t rename to x", &[]),
    ("drop trigger k on t", &[]),
    ("create rule x as on insert to t do also notify x", &[]),
    ("drop rule u on outside", &[]),
    ("create policy x on t using (true)", &[]),
    ("alter policy y on t using (false)", &[]),
    ("drop policy y on t", &[]),
    ("comment on table t is 'x'", &[]),
    ("comment on column t.a is 'x'", &[]),
    ("comment on index t_a is 'x'", &[]),
    ("comment on trigger k on t is 'x'", &[]),
    ("grant select on t to public", &[]),
    ("truncate t", &[]),
    ("truncate t, r cascade", &["child ACCESS EXCLUSIVE"]),
    ("cluster t using t_a", &[]),
    ("drop table outside", &[]),
    ("drop view v", &[]),
    ("drop materialized view m", &[]),
    ("drop sequence s", &[]),
    ("alter sequence s restart", &[]),
    ("create or replace view v as select id, a from t", &[]),
    ("alter view v set (security_barrier = true)", &[]),
    ("alter view v rename to x", &[]),
    ("alter view v alter column a set default 3", &[]),
    ("refresh materialized view m", &[]),
    ("refresh materialized view concurrently m", &[]),
    ("lock table t in share mode", &[]),
    ("lock table t", &[]),
    ("lock table t in row exclusive mode", &[]),
    ("analyze t", &[]),
    ("alter type mood add value 'x'", &[]),
    ("insert into t (id) values (99)", &[]),
    ("update t set a = 1", &[]),
    ("delete from t", &[]),
];

/// What holds for relations that are there before: locks, files, whole reads.
struct Seen {
    locks: BTreeSet<String>,
    rewritten: BTreeSet<String>,
    scanned: BTreeSet<String>,
}

fn relations(session: &mut Session, extra: &str, value: &str) -> BTreeMap<String, String> {
    let rows = session.column(&format!(
        "select c.relname || '=' || {value} from pg_class as c {extra} where c.relnamespace = 'public'::regnamespace and c.relkind <> 't'"
    ));
    rows.iter().filter_map(|row| row.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn run(session: &mut Session, statement: &str) -> Seen {
    let tables = "and c.relkind in ('r', 'p', 'm')";
    let before = relations(session, "", "c.oid::text");
    let files = |session: &mut Session| relations(session, "", "c.oid || ' ' || coalesce(pg_relation_filenode(c.oid), 0)");
    let old_files = files(session);
    // The counters hold what earlier transactions have not reported yet.
    let scans = "select relid || ' ' || seq_scan from pg_stat_xact_user_tables where seq_scan > 0";
    session.run("begin");
    let earlier: BTreeSet<_> = session.column(scans).into_iter().collect();
    session.run(statement);
    let names: BTreeMap<String, String> = before.iter().map(|(name, oid)| (oid.clone(), name.clone())).collect();
    let strong = ["ShareUpdateExclusiveLock", "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"];
    let held = session.column("select l.relation || ' ' || l.mode from pg_locks as l where l.pid = pg_backend_pid() and l.relation is not null and l.granted and l.locktype = 'relation'");
    let mut strongest: BTreeMap<String, usize> = BTreeMap::new();
    for line in &held {
        let Some((oid, mode)) = line.split_once(' ') else { continue };
        if let (Some(name), Some(rank)) = (names.get(oid), strong.iter().position(|s| *s == mode)) {
            let known = strongest.entry(name.clone()).or_insert(rank);
            *known = rank.max(*known);
        }
    }
    let words = ["SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"];
    let locks = strongest.iter().map(|(name, rank)| format!("{name} {}", words[*rank])).collect();
    let node = session.column(&format!(
        "select c.oid || ' ' || coalesce(pg_relation_filenode(c.oid), 0) from pg_class as c where c.oid::text = any ('{{{}}}') {tables}",
        before.values().cloned().collect::<Vec<_>>().join(",")
    ));
    let new_files: BTreeSet<_> = node.into_iter().collect();
    let is_table = session.column("select c.oid::text from pg_class as c where c.relkind in ('r', 'm')");
    let rewritten = old_files
        .iter()
        .filter(|(name, file)| is_table.contains(&before[*name]) && !new_files.contains(*file))
        .map(|(name, _)| name.clone())
        .collect();
    let later: BTreeSet<_> = session.column(scans).into_iter().collect();
    let scanned = later.difference(&earlier).filter_map(|line| names.get(line.split(' ').next()?).cloned()).collect();
    session.run("rollback");
    Seen { locks, rewritten, scanned }
}

fn told(findings: &[&Finding], rule: &str) -> Vec<(String, String)> {
    let of_rule = findings.iter().filter(|f| f.rule == rule);
    of_rule.map(|f| (f.object.as_ref().map(|o| o.name.clone()).unwrap_or_default(), f.message.clone())).collect()
}

fn prepare(db: &mut Database) {
    db.session.run("create schema other");
    db.session.run(SCHEMA);
}

#[test]
fn locks_rewrites_and_scans_are_what_the_server_does() {
    on_each_empty(|db| {
        prepare(db);
        let mut wrong = Vec::new();
        for (statement, untold) in CASES {
            let seen = run(&mut db.session, statement);
            let analyses = analyze(statement).expect("SQL");
            let findings: Vec<_> = analyses.iter().flat_map(|a| &a.findings).collect();
            let mut locks: BTreeSet<_> = told(&findings, "locks_table")
                .into_iter()
                .map(|(name, m)| format!("{name} {}", m.split(':').next().unwrap_or_default()))
                .collect();
            locks.extend(untold.iter().map(|lock| (*lock).to_owned()));
            // An index that is altered or built anew is not what others wait for, unless the statement is about it.
            let of_index = |lock: &String| lock.starts_with("t_") || lock.starts_with("m_id") || lock.contains("pkey");
            let seen_locks: BTreeSet<_> = seen.locks.iter().filter(|l| !of_index(l) || locks.contains(*l)).cloned().collect();
            if locks != seen_locks {
                wrong.push(format!("{statement}\n    locks: told {locks:?}, taken {seen_locks:?}"));
            }
            let rewrites = told(&findings, "rewrites_table");
            let is_sure = rewrites.iter().any(|(_, message)| !message.contains("unless"));
            let goes = ["truncate", "refresh", "drop"].iter().any(|word| statement.starts_with(word));
            if !goes && (seen.rewritten.is_empty() && is_sure || !seen.rewritten.is_empty() && rewrites.is_empty()) {
                wrong.push(format!("{statement}\n    rewrites: told {rewrites:?}, seen {:?}", seen.rewritten));
            }
            let reads = !told(&findings, "scans_table").is_empty() || !rewrites.is_empty();
            let is_query =
                ["create table", "create or", "insert", "update", "delete", "analyze", "refresh", "reindex", "cluster", "truncate"];
            if !is_query.iter().any(|word| statement.starts_with(word))
                && reads == seen.scanned.is_empty()
                && !rewrites.iter().any(|(_, m)| m.contains("unless"))
            {
                wrong.push(format!("{statement}\n    scans: told {reads}, seen {:?}", seen.scanned));
            }
        }
        assert!(wrong.is_empty(), "PostgreSQL {}\n{}", db.version(), wrong.join("\n"));
    });
}
