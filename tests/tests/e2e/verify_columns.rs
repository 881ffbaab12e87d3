//! `verify_consistency`, systematically: one row that is changed in any column, removed or inserted in any table of the history is found.

use pggit_tests::{Session, on_each};

/// The tables of the history, and what is derived from it.
const TABLES: [&str; 15] = [
    "commit_records",
    "commit_changes",
    "blobs",
    "branch_records",
    "tags",
    "grafts",
    "elements",
    "tree_objects",
    "tree_buckets",
    "statement_records",
    "seals",
    "archived_commits",
    "archived_objects",
    "signature_records",
    "version_records",
];

/// Another value of the column's type: one that the table's checks let through, where there is one.
fn other(column: &str, kind: &str) -> String {
    match kind {
        "text" => format!("case when reverse({column}) <> {column} then reverse({column}) else coalesce({column}, '') || 'x' end"),
        "text[]" => format!("coalesce({column}, '{{}}') || repeat('0', 64)"),
        "jsonb" => "'{\"forged\": true}'".to_owned(),
        "timestamp with time zone" => format!("coalesce({column}, now()) - interval '1 day'"),
        "interval" => "interval '1 day'".to_owned(),
        "bytea" => "'x'".to_owned(),
        "boolean" => format!("not coalesce({column}, false)"),
        "uuid" => "gen_random_uuid()".to_owned(),
        "xid8" => "'7'".to_owned(),
        "oid" => "7".to_owned(),
        _ => format!("coalesce({column}, 0) + 100"),
    }
}

fn faults(session: &mut Session) -> usize {
    session.column("select details from pggit.verify_consistency() where status <> 'ok'").len()
}

/// Does something to the history and takes it back. True when nobody noticed; a constraint that forbids it has noticed.
fn goes_unnoticed(session: &mut Session, deed: &str) -> bool {
    session.run("begin; set local session_replication_role = replica; savepoint s");
    let done = session.attempt(deed);
    let unnoticed = done.is_ok() && faults(session) == 0;
    session.run("rollback");
    unnoticed
}

#[test]
fn a_row_that_is_changed_removed_or_inserted_is_found() {
    on_each(|db| {
        for statement in [
            "create table t (id int primary key, name text)",
            "create view v as select * from t",
            "alter table t rename column name to title",
            "select pggit.tag('v1')",
            "begin; create table brief (); drop table brief; commit",
            "alter table t add column more int default 3",
            "select pggit.purge_history(interval '0', keep_milestones => true, dry_run => false)",
            "create function f() returns int language sql as 'select 1'",
            "create or replace function f() returns int language sql as 'select 2'",
            "create function f(a int) returns int language sql as 'select 3'",
            "drop function f(int)",
            "select pggit.create_branch('side', 'v1'); select pggit.tag('v2')",
            "begin; create table brief (); drop table brief; commit",
            "select pggit.settle()",
            "begin; create table brief (); drop table brief; commit",
            "select pggit.settle()",
        ] {
            db.session.run(statement);
        }
        assert_eq!(faults(&mut db.session), 0);
        assert_eq!(db.session.value("select count(*) from pggit.statements where commit_number is null"), "2");
        let mut unnoticed = Vec::new();
        // The order stays, the numbers do not.
        for table in ["commit_changes", "archived_objects"] {
            if goes_unnoticed(&mut db.session, &format!("update pggit.{table} set sequence = sequence + 1000")) {
                unnoticed.push(format!("{table} numbered otherwise"));
            }
        }
        for table in TABLES {
            let columns = db.session.column(&format!(
                "select attname || ' ' || format_type(atttypid, null) from pg_attribute where attrelid = 'pggit.{table}'::regclass and attnum > 0 and not attisdropped order by attnum"
            ));
            let columns: Vec<_> = columns.iter().filter_map(|c| c.split_once(' ')).collect();
            let names: Vec<_> = columns.iter().map(|(column, _)| *column).collect();
            assert_ne!(db.session.value(&format!("select count(*) from pggit.{table}")), "0", "{table}");
            for (column, kind) in &columns {
                let row = format!(
                    "(select ctid from pggit.{table} order by {column} is null, ctid offset (select count({column}) / 2 from pggit.{table}) limit 1)"
                );
                let another = other(column, kind);
                if goes_unnoticed(&mut db.session, &format!("update pggit.{table} set {column} = {another} where ctid = {row}")) {
                    unnoticed.push(format!("{table}.{column} changed"));
                }
                let copied: Vec<_> = names.iter().map(|n| if n == column { another.as_str() } else { n }).collect();
                let (names, copied) = (names.join(", "), copied.join(", "));
                let copy = format!("insert into pggit.{table} ({names}) select {copied} from pggit.{table} where ctid = {row}");
                if goes_unnoticed(&mut db.session, &copy) {
                    unnoticed.push(format!("{table}, a row more with another {column}"));
                }
            }
            // Nothing, and a text of no letters, are not the same.
            for (column, _) in columns.iter().filter(|(_, kind)| *kind == "text") {
                for (from, to) in [("is null", "''"), ("= ''", "null")] {
                    let deed = format!(
                        "update pggit.{table} set {column} = {to} where ctid = (select ctid from pggit.{table} where {column} {from} order by ctid limit 1)"
                    );
                    let count = format!("select count(*) from pggit.{table} where {column} {from}");
                    if db.session.value(&count) != "0" && goes_unnoticed(&mut db.session, &deed) {
                        unnoticed.push(format!("{table}.{column} {from} made {to}"));
                    }
                }
            }
            for place in db.session.column(&format!("select ctid from pggit.{table}")) {
                if goes_unnoticed(&mut db.session, &format!("delete from pggit.{table} where ctid = '{place}'")) {
                    unnoticed.push(format!("{table} without {place}"));
                }
            }
        }
        assert_eq!(unnoticed, [""; 0]);
    });
}

/// What no commit binds yet is bound by the next, whatever becomes of that.
#[test]
fn statements_without_a_change_are_bound_by_the_next_commit() {
    on_each(|db| {
        let nothing = "begin; create table brief (); drop table brief; commit";
        let loose = "select count(*) from pggit.statements where commit_number is null";
        let sound = |session: &mut Session, after: &str| assert_eq!(faults(session), 0, "after {after}");
        db.session.run("create table t (id int)");
        for _ in 0..3 {
            db.session.run(nothing);
        }
        assert_eq!(db.session.value(loose), "3");
        sound(&mut db.session, "nothing");
        db.session.run("alter table t add column a int");
        assert_eq!(db.session.value(loose), "0");
        sound(&mut db.session, "a commit");
        // a transaction that has a commit already, and in the end none
        db.session.run("begin; create table u (id int)");
        db.session.run("select pggit.commit('halfway')");
        db.session.run("drop table u; commit");
        assert_eq!(db.session.value(loose), "2");
        sound(&mut db.session, "a commit that was taken back");
        db.session.run("begin; alter table t add column b int");
        db.session.run("select pggit.commit('halfway'); select pggit.tag('halfway'); select pggit.create_branch('side')");
        db.session.run("alter table t add column c int; commit");
        assert_eq!(db.session.value(loose), "0");
        sound(&mut db.session, "a commit that was amended");
        db.session.run(nothing);
        db.session
            .run("select pggit.delete_branch('side'); select * from pggit.purge_history('0', keep_milestones => false, dry_run => false)");
        assert_eq!(db.session.value(loose), "0");
        sound(&mut db.session, "a purge");
        db.session.run("select * from pggit.verify_consistency(fix_issues => true); alter table t drop column c");
        sound(&mut db.session, "all of it");
    });
}
