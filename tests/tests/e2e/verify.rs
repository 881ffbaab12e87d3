//! `verify_consistency`: one changed, removed or inserted row anywhere in the history is found and named.

use pggit_tests::{Session, on_each};

const HISTORY: &[&str] = &[
    "create table t (id int primary key, name text)",
    "create view v as select * from t",
    "alter table t rename column name to title",
    "select pggit.tag('v1')",
    "alter table t add column more int default 3",
    "drop view v",
    "create function f(a int) returns int language sql as 'select 1'",
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
    // what the purge made anew, with what is to bind it
    (
        "update pggit.statement_records as s set session_user_name = 'nobody' from pggit.commit_records as c join pggit.grafts as f using (commit_id) where c.commit_number = s.commit_number;
         update pggit.grafts as f set notes_id = n.notes_id from pggit.notes_of_all() as n join pggit.commit_records as c using (commit_number) where c.commit_id = f.commit_id",
        "is not as it was made",
    ),
    (
        "update pggit.commit_changes as g set position = g.position + 1 from pggit.commit_records as c join pggit.grafts as f using (commit_id) where c.commit_number = g.commit_number;
         update pggit.grafts as f set notes_id = n.notes_id from pggit.notes_of_all() as n join pggit.commit_records as c using (commit_number) where c.commit_id = f.commit_id",
        "is not as it was made",
    ),
    (
        "update pggit.commit_records set changes_count = changes_count + 1 where commit_id in (select commit_id from pggit.grafts)",
        "is not as it was made",
    ),
    // arrays that begin elsewhere
    (
        "update pggit.commit_records as c set parent_ids = format('[5:5]={%s}', c.parent_ids[1])::text[] where commit_id in (select commit_id from pggit.grafts)",
        "does not say what it is named after",
    ),
    (
        "update pggit.archived_commits as a set parent_ids = format('[5:5]={%s}', a.parent_ids[1])::text[] where parent_ids <> '{}'",
        "does not say what it is named after",
    ),
    (
        "update pggit.signature_records set argument_types = '[5:5]={integer}' where argument_types = '{integer}'",
        "is not as it was made",
    ),
    (
        "update pggit.statement_records set client_address = set_masklen(coalesce(client_address, '127.0.0.1'), 8)",
        "are not those that it was made with",
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

/// Parents that lead back to where one came from, on the branch and below a purge.
const CIRCLES: &[&str] = &[
    "update pggit.commit_records set parent_ids = array[commit_id] where commit_number = 9",
    "update pggit.commit_records set parent_ids = parent_ids || commit_id where commit_number = 9",
    "update pggit.commit_records set parent_ids = array(select commit_id from pggit.commit_records where commit_number = 10) where commit_number = 8",
    "update pggit.commit_records as c set parent_ids = o.parent_ids
     from pggit.commit_records as o where (c.commit_number, o.commit_number) in ((8, 10), (10, 8))",
    "update pggit.grafts set parent_id = commit_id",
    "update pggit.grafts set parent_id = (select commit_id from pggit.commit_records where commit_number = 9)",
];

#[test]
fn a_circle_of_parents_is_named_and_every_walk_ends() {
    on_each(|db| {
        for statement in HISTORY {
            db.session.run(statement);
        }
        db.session.run("select pggit.settle()");
        db.session.run("select * from pggit.purge_history('0', dry_run => false)");
        for n in 8..=10 {
            db.session.run(&format!("create table t{n} (id int)"));
        }
        db.session.run("create view v as select * from t10; select pggit.settle()");
        assert_eq!(faults(&mut db.session), [""; 0]);
        let walks = [
            "count(*) from pggit.log(max_count => 10000)",
            "count(*) from pggit.diff('HEAD')",
            "count(*) from pggit.diff('v1', 'HEAD')",
            "count(*) from pggit.diff('HEAD~1')",
            "pggit.resolve_revision('HEAD~1000')",
            "pggit.resolve_revision('HEAD@{2000-01-01}')",
            "count(*) from pggit.purge_history('0')",
            "count(*) from pggit.verify_consistency(fix_issues => true)",
        ];
        for circle in CIRCLES {
            db.session.run("begin; set local session_replication_role = replica; set local statement_timeout = '20s'");
            db.session.run("set local temp_file_limit = '100MB'");
            db.session.run(circle);
            let found = faults(&mut db.session);
            assert!(found.iter().any(|f| f.starts_with("chain: ") && f.contains("which is not before it")), "{circle}\n{found:#?}");
            for walk in walks {
                db.session.run("savepoint s");
                if let Err(error) = db.session.attempt(&format!("select {walk}")) {
                    assert!(!error.contains("timeout") && !error.contains("temp_file_limit"), "{circle}\n{walk}: {error}");
                }
                db.session.run("rollback to s");
            }
            db.session.run("rollback");
        }
        assert_eq!(faults(&mut db.session), [""; 0]);
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

#[test]
fn a_forged_version_of_a_function_is_named_and_does_not_run() {
    on_each(|db| {
        for body in ["select 1", "select 2", "select 3"] {
            db.session.run(&format!("create or replace function f(a int) returns int language sql as '{body}'"));
        }
        db.session.run("select pggit.settle()");
        assert_eq!(faults(&mut db.session), [""; 0]);
        let forge = "update pggit.version_records set source = 'select 666', definition = definition || '{\"source\": \"select 666\"}' where version = '1.0.1'";
        db.session.run(forge);
        let named = "the function version \"public.f(integer) 1.0.1\" is not as it was made";
        assert!(faults(&mut db.session).iter().any(|f| f.contains(named)), "{:?}", faults(&mut db.session));
        let refused = [
            "pggit.restore_function('f(int)', '1.0.1')",
            "pggit.diff_function_versions('f(int)', '1.0.0', '1.0.1')",
            "pggit.diff_function_versions('f(int)', '1.0.1', '1.0.0')",
        ];
        let refusal = "version 1.0.1 of the function \"public.f(integer)\" is not as it was made";
        for call in refused {
            let told = db.session.attempt(&format!("select {call}")).expect_err("it is forged");
            assert!(told.contains(refusal), "{told}");
            db.session.run(&format!("do $$ begin perform {call}; exception when data_corrupted then null; end $$"));
        }
        // with a seal of its own it is still what no commit made
        db.session.run("insert into pggit.seals select 'function version', pggit.version_seal(v) from pggit.version_records as v where version = '1.0.1'");
        let told = db.session.attempt(&format!("select {}", refused[0])).expect_err("it is forged");
        assert!(told.contains(refusal), "{told}");
        assert!(faults(&mut db.session).iter().any(|f| f.contains("of no commit")));
        assert_eq!(db.session.value("select f(1)"), "3");
        db.session.run("select pggit.restore_function('f(int)', '1.0.0')");
        assert_eq!(db.session.value("select f(1)"), "1");
    });
}

/// All that versions go through leaves them as they were made.
#[test]
fn versions_of_functions_stay_bound() {
    on_each(|db| {
        let steps = [
            "create function f(a int) returns int language sql as 'select 1'",
            "create or replace function f(a int) returns int language sql as 'select 2'; select pggit.settle()",
            "comment on function f(int) is 'two @pggit-author: ann'",
            "create function f(a text) returns int language sql as 'select 1'",
            "select pggit.track_function('f(int)', '2.0.0', '{\"team\": \"payments\"}')",
            "select pggit.track_function('f(int)', '2.1.0')",
            "begin; create or replace function f(a int) returns int language sql as 'select 3'; select pggit.track_function('f(int)', '3.0.0')",
            "commit",
            "begin; create or replace function f(a int) returns int language sql as 'select 4'",
            "select pggit.commit('halfway')",
            "create or replace function f(a int) returns int language sql as 'select 5'; commit",
            "begin; create or replace function f(a int) returns int language sql as 'select 6'",
            "select pggit.commit('halfway')",
            "create or replace function f(a int) returns int language sql as 'select 5'; commit",
            "begin; create function brief() returns int language sql as 'select 6'",
            "select pggit.commit('halfway')",
            "drop function brief(); commit",
            "select pggit.begin_deployment('d', auto_commit => true)",
            "create or replace function f(a int) returns int language sql as 'select 7'; select pggit.track_function('f(int)')",
            "select pggit.end_deployment()",
            "alter function f(text) rename to g",
            "drop function f(int); create function f(a int) returns text language sql as 'select 8::text'",
            "select pggit.restore_function('public.f(int)', '2.0.0')",
            "drop function f(int); select pggit.settle()",
            "select pggit.restore_function('public.f(int)', '2.0.0')",
            "select pggit.create_branch('side', 'HEAD~3')",
            "select pggit.tag('v1', 'HEAD~5')",
            "select * from pggit.purge_history('0', keep_milestones => true, dry_run => false)",
            "create or replace function f(a int) returns int language sql as 'select 9'",
            "select pggit.restore_function('public.f(int)', '2.0.0')",
            "select pggit.delete_branch('side')",
            "select * from pggit.purge_history('0', keep_milestones => false, dry_run => false)",
            "select pggit.restore_function('public.f(int)', '2.0.0'); comment on function f(int) is 'end'",
        ];
        for step in steps {
            db.session.run(step);
            if db.session.value("select (now() = statement_timestamp())::text") == "true" {
                db.session.run("select pggit.settle()");
                assert_eq!(faults(&mut db.session), [""; 0], "after {step}");
            }
        }
        // what nobody has seen of a function is of no commit
        db.session.run("create or replace function f(a int) returns int language sql as 'select 10'; select pggit.settle()");
        db.session.run("select pggit.pause_tracking(); comment on function f(int) is 'unseen @pggit-author: joe'");
        db.session.run("select pggit.track_function('f(int)')");
        assert_eq!(faults(&mut db.session), ["catalogs: function public.f(integer): alter. commit() records it."]);
        db.session.run("select pggit.resume_tracking(); select pggit.settle()");
        assert_eq!(faults(&mut db.session), [""; 0]);
    });
}
