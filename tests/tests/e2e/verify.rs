//! `verify_consistency`: one changed, removed or inserted row anywhere in the history is found and named.

use pggit_tests::{Session, on_each};

const HISTORY: &[&str] = &[
    "create table t (id int primary key, name text)",
    "create view v as select * from t",
    "alter table t rename column name to title",
    "select pggit.tag('v1')",
    "alter table t add column more int default 3",
    "drop view v",
    "create function f() returns int language sql as 'select 1'",
];

/// What somebody does to the history, and the word that must name it.
const DEEDS: &[(&str, &str)] = &[
    ("update pggit.commit_records set message = 'forged' where commit_number = 3", "does not say what it is named after"),
    (
        "update pggit.commit_records set authored_at = authored_at - interval '1 day' where commit_number = 2",
        "does not say what it is named after",
    ),
    ("update pggit.commit_records set tree_id = repeat('0', 64) where commit_number = 4", "does not say what it is named after"),
    ("update pggit.commit_records set changes_count = 7 where commit_number = 4", "are not those that it was made with"),
    ("delete from pggit.commit_records where commit_number = 3", "which is missing"),
    ("delete from pggit.commit_records where commit_number = (select max(commit_number) from pggit.commit_records)", "which is missing"),
    (
        "update pggit.commit_changes set object_identity = 'public.other' where commit_number = 3 and sequence = 1",
        "are not those that it was made with",
    ),
    (
        "update pggit.commit_changes set object_key = 'table public.other' where object_identity = 'public.t.more'",
        "do not lead to its tree",
    ),
    ("delete from pggit.commit_changes where commit_number = 3 and sequence = 1", "are not those that it was made with"),
    (
        "insert into pggit.commit_changes select commit_number, 99, operation, object_type, object_identity, previous_identity, object_key, old_definition_id, new_definition_id from pggit.commit_changes where commit_number = 3 and sequence = 1",
        "are not those that it was made with",
    ),
    (
        "insert into pggit.commit_changes select 999, 1, operation, object_type, object_identity, previous_identity, object_key, old_definition_id, new_definition_id from pggit.commit_changes where commit_number = 3 and sequence = 1",
        "belongs to no commit",
    ),
    (
        "update pggit.blobs set definition = definition || '{\"forged\": true}' where definition ? 'query'",
        "does not hold what it is named after",
    ),
    ("delete from pggit.blobs where definition ? 'query'", "is missing"),
    ("insert into pggit.blobs values (pggit.sha256_hex('{}'), '{}')", "belongs to no change"),
    ("update pggit.branch_records set commit_id = repeat('0', 64)", "which is missing"),
    (
        "update pggit.branch_records set commit_id = (select commit_id from pggit.commit_records where commit_number = 2)",
        "is reached from no branch and no tag",
    ),
    ("update pggit.tags set commit_id = repeat('0', 64)", "which is missing"),
    ("delete from pggit.elements where object_identity = 'public.t.more'", "is missing"),
    (
        "update pggit.elements set definition_id = (select min(definition_id) from pggit.blobs) where object_identity = 'public.t.id'",
        "not as HEAD's tree has it",
    ),
    ("update pggit.elements set objid = 7 where object_identity = 'public.t'", "is elsewhere in the catalogs"),
    // what is said beside the definitions, also of what later commits have changed again
    ("update pggit.commit_changes set position = 42 where object_identity = 'public.t.name'", "are not those that it was made with"),
    (
        "update pggit.commit_changes set dependencies = '{}' where object_identity = 'public.v' and operation = 'create'",
        "are not those that it was made with",
    ),
    ("update pggit.commit_changes set statement_id = null where object_identity = 'public.v'", "are not those that it was made with"),
    (
        "update pggit.statement_records set statement = 'create table forged ()' where command_tag = 'CREATE VIEW'",
        "are not those that it was made with",
    ),
    (
        "update pggit.statement_records set session_user_name = 'nobody' where command_tag = 'CREATE VIEW'",
        "are not those that it was made with",
    ),
    ("delete from pggit.statement_records where command_tag = 'DROP VIEW'", "are not those that it was made with"),
    ("update pggit.tree_objects set object_hash = 'x' where object_key = 'table public.t'", "is not that of its elements"),
    ("delete from pggit.tree_buckets", "is not that of its objects"),
];

fn faults(session: &mut Session) -> Vec<String> {
    session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'")
}

#[test]
fn every_deed_is_found_and_named() {
    on_each(|db| {
        for statement in HISTORY {
            db.session.run(statement);
        }
        db.session.run("select pggit.settle()");
        assert_eq!(faults(&mut db.session), [""; 0]);
        for (deed, word) in DEEDS {
            // Foreign keys are no hindrance to a superuser.
            db.session.run("begin; set local session_replication_role = replica");
            db.session.run(deed);
            let found = faults(&mut db.session);
            assert!(found.iter().any(|f| f.contains(word)), "{deed}\n{found:#?}");
            db.session.run("rollback");
        }
        assert_eq!(faults(&mut db.session), [""; 0]);
    });
}

/// The same where history was purged.
const DEEDS_AFTER_A_PURGE: &[(&str, &str)] = &[
    ("update pggit.archived_commits set message = 'forged'", "does not say what it is named after"),
    (
        "update pggit.archived_objects set object_identity = 'public.other' where object_identity = 'public.v'",
        "are not those that it was made with",
    ),
    (
        "update pggit.archived_objects set new_definition = '{}' where object_identity = 'public.v' and operation = 'create'",
        "are not those that it was made with",
    ),
    ("delete from pggit.archived_objects where object_identity = 'public.v'", "are not those that it was made with"),
    ("delete from pggit.archived_commits", "are not those that it was made with"),
    ("delete from pggit.grafts", "which is missing"),
    (
        "update pggit.commit_changes set object_identity = 'public.other' where object_identity = 'public.t.id';
         update pggit.grafts as f set changes_id = (
             select pggit.sha256_hex(string_agg(pggit.change_line(g.operation, g.object_type, g.object_identity, g.previous_identity, g.old_definition_id, g.new_definition_id), '' order by g.sequence))
             from pggit.commit_changes as g join pggit.commit_records as c using (commit_number) where c.commit_id = f.commit_id)",
        "do not lead to its tree",
    ),
    (
        "update pggit.commit_changes set object_identity = 'public.other' where object_identity = 'public.later';
         insert into pggit.grafts
         select c.commit_id, c.parent_ids[1], pggit.sha256_hex(string_agg(pggit.change_line(g.operation, g.object_type, g.object_identity, g.previous_identity, g.old_definition_id, g.new_definition_id), '' order by g.sequence)), c.changes_count, c.notes_id
         from pggit.commit_changes as g join pggit.commit_records as c using (commit_number) where g.object_identity in ('public.other', 'public.later.id') group by c.commit_id, c.parent_ids, c.changes_count, c.notes_id",
        "none of its parents was purged",
    ),
];

#[test]
fn every_deed_is_found_after_a_purge() {
    on_each(|db| {
        for statement in HISTORY {
            db.session.run(statement);
        }
        db.session.run("select pggit.settle()");
        db.session.run("select * from pggit.purge_history('0', keep_milestones => false, dry_run => false)");
        db.session.run("create table later (id int); select pggit.settle()");
        assert_eq!(faults(&mut db.session), [""; 0]);
        for (deed, word) in DEEDS_AFTER_A_PURGE {
            db.session.run("begin; set local session_replication_role = replica");
            db.session.run(deed);
            let found = faults(&mut db.session);
            assert!(found.iter().any(|f| f.contains(word)), "{deed}\n{found:#?}");
            db.session.run("rollback");
        }
    });
}

#[test]
fn what_can_be_derived_is_repaired_and_nothing_else() {
    on_each(|db| {
        for statement in HISTORY {
            db.session.run(statement);
        }
        db.session.run("select pggit.settle()");
        db.session.run("delete from pggit.elements where object_identity = 'public.t.more'; delete from pggit.tree_buckets");
        db.session.run(
            "update pggit.elements set root_objid = 1, schema_name = 'other', commit_number = 1 where object_identity = 'public.t.id'",
        );
        let fixed =
            db.session.column("select distinct check_name from pggit.verify_consistency(fix_issues => true) where fixed order by 1");
        assert_eq!(fixed, ["index", "tree"]);
        assert_eq!(faults(&mut db.session), [""; 0]);
        db.session.run("alter table t add column after_repair int");
        assert_eq!(faults(&mut db.session), [""; 0]);
        db.session.run("update pggit.commit_records set message = 'forged' where commit_number = 3; delete from pggit.tree_buckets");
        assert_eq!(db.session.column("select check_name from pggit.verify_consistency(fix_issues => true) where fixed"), [""; 0]);
        assert!(faults(&mut db.session).iter().any(|f| f.starts_with("commits: ")));
    });
}

#[test]
fn drift_is_a_warning() {
    on_each(|db| {
        db.session.run("create table t (id int); select pggit.pause_tracking(); drop table t");
        let found = db.session.column("select status || ' ' || details from pggit.verify_consistency() where check_name = 'catalogs'");
        assert!(found.iter().any(|f| f.starts_with("warning ") && f.contains("public.t")), "{found:?}");
    });
}
