//! `verify_consistency`, systematically: one value changed in any column of any table of the history is found, but for what is named here.

use std::collections::BTreeSet;

use pggit_tests::{Session, on_each};

/// The tables of the history, and what is derived from it.
const TABLES: [&str; 12] = [
    "commit_records",
    "commit_changes",
    "blobs",
    "branch_records",
    "tags",
    "grafts",
    "elements",
    "tree_objects",
    "tree_buckets",
    "statements",
    "archived_commits",
    "archived_objects",
];

/// What no hash covers: when something was archived and by whom, how long folding took, and what is said of names for commits.
const NOTES: &[&str] = &[
    "archived_commits.archived_at",
    "archived_commits.archived_by",
    "branch_records.created_at",
    "branch_records.created_by",
    "branch_records.parent_branch",
    "commit_records.fold_duration",
    "commit_records.folded_at",
    "commit_records.folded_by",
    "tags.created_at",
    "tags.created_by",
    "tags.tag_name",
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

#[test]
fn a_changed_value_in_any_column_is_found() {
    on_each(|db| {
        for statement in [
            "create table t (id int primary key, name text)",
            "create view v as select * from t",
            "alter table t rename column name to title",
            "select pggit.tag('v1')",
            "alter table t add column more int default 3",
            "select pggit.purge_history(interval '0', keep_milestones => true, dry_run => false)",
            "create function f() returns int language sql as 'select 1'",
            "select pggit.settle()",
        ] {
            db.session.run(statement);
        }
        assert_eq!(faults(&mut db.session), 0);
        let mut unnoticed = BTreeSet::new();
        for table in TABLES {
            let columns = db.session.column(&format!(
                "select attname || ' ' || format_type(atttypid, null) from pg_attribute where attrelid = 'pggit.{table}'::regclass and attnum > 0 and not attisdropped order by attnum"
            ));
            for (column, kind) in columns.iter().filter_map(|c| c.split_once(' ')) {
                db.session.run("begin; set local session_replication_role = replica; savepoint s");
                let row = format!(
                    "(select ctid from pggit.{table} order by {column} is null, ctid offset (select count({column}) / 2 from pggit.{table}) limit 1)"
                );
                let changed =
                    db.session.attempt(&format!("update pggit.{table} set {column} = {} where ctid = {row}", other(column, kind)));
                if changed.is_ok() && faults(&mut db.session) == 0 {
                    unnoticed.insert(format!("{table}.{column}"));
                }
                db.session.run("rollback");
            }
        }
        assert_eq!(unnoticed.iter().map(String::as_str).collect::<Vec<_>>(), NOTES);
    });
}
