//! What a DBA does with pgGit: conflicts, purging, reports, comparisons, branches.

use pggit_tests::{Database, on_each};

fn healthy(db: &mut Database, after: &str) {
    let faults = db.session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
    assert!(faults.is_empty(), "after {after}: {faults:#?}");
    db.assert_no_drift(after);
}

/// Makes commits look old, as if time had passed; the ids are made anew, from the first to the last.
fn age(db: &mut Database, days: u32) {
    db.session.run(&format!(
        "select pggit.settle(); set session_replication_role = replica;
        update pggit.statement_records set executed_at = executed_at - interval '{days} days';
        do $$
        declare number bigint; c pggit.commit_records; new_id text; notes text; begin
            foreach number in array array(select commit_number from pggit.commit_records order by commit_number) loop
                select * into c from pggit.commit_records where commit_number = number;
                notes := pggit.notes_id(c);
                new_id := pggit.commit_hash(c.parent_ids, c.tree_id, c.kind, c.message, c.author, c.authored_at - interval '{days} days', c.changes_id, notes);
                update pggit.branch_records set commit_id = new_id where commit_id = c.commit_id;
                update pggit.tags set commit_id = new_id where commit_id = c.commit_id;
                update pggit.commit_records set parent_ids = array_replace(parent_ids, c.commit_id, new_id);
                update pggit.commit_records set commit_id = new_id, notes_id = notes, authored_at = authored_at - interval '{days} days' where commit_id = c.commit_id;
            end loop;
        end $$;
        delete from pggit.seals;
        select pggit.seal(k.sealed, array(select r.name from pggit.sealed_rows(k.sealed) as r))
        from (values ('branch'), ('tag'), ('archived commit'), ('statement')) as k (sealed);
        reset session_replication_role"
    ));
}

fn history_to_purge(db: &mut Database) {
    db.session.run("create table a (id int primary key, b text)");
    db.session.run("alter table a add c int");
    db.session.run("create table gone (id int)");
    db.session.run("select pggit.tag('v1')");
    db.session.run("drop table gone");
    db.session.run("create view va as select id from a");
    db.session.run("alter table a rename b to title");
    age(db, 400);
    db.session.run("create table fresh (id int)");
    db.session.run("alter table a add d int");
}

#[test]
fn what_a_purge_leaves_still_resolves() {
    on_each(|db| {
        history_to_purge(db);
        healthy(db, "ageing");
        let trees = "select string_agg(object_identity || definition_id, ' ' order by object_identity, object_type) from pggit.replay(pggit.resolve_revision('%'))";
        let revisions = ["HEAD", "HEAD~1", "v1"];
        let before: Vec<_> = revisions.iter().map(|r| db.session.value(&trees.replace('%', r))).collect();
        let dry = db.session.column("select concat_ws(' ', action, object_type, count) from pggit.purge_history()");
        assert_eq!(db.session.value("select count(*) from pggit.commits"), "9", "a dry run purges nothing");
        let wet = db.session.column("select concat_ws(' ', action, object_type, count) from pggit.purge_history(dry_run => false)");
        let said: Vec<_> = dry.iter().map(|l| l.replace("would ", "")).collect();
        assert_eq!(said, wet, "a dry run says what a purge does");
        assert!(wet.contains(&"archive commit 6".to_owned()), "{wet:?}");
        for (revision, tree) in revisions.iter().zip(&before) {
            assert_eq!(&db.session.value(&trees.replace('%', revision)), tree, "{revision}");
        }
        healthy(db, "purging");
        assert_eq!(db.session.value("select count(*) from pggit.archived_commits"), "6");
        assert_eq!(db.session.value("select count(*) from pggit.log()"), "3");
        assert!(db.session.fail("select pggit.resolve_revision('HEAD~2')").contains("HEAD~2"));
        assert_ne!(
            db.session.value("select statement from pggit.archived_objects where object_identity = 'public.gone' and operation = 'drop'"),
            "null"
        );
        db.session.run("create table later (id int)");
        healthy(db, "going on");
    });
}

#[test]
fn a_purge_without_milestones_or_archive_keeps_heads() {
    on_each(|db| {
        history_to_purge(db);
        db.session.run("select pggit.create_branch('old', 'v1')");
        db.session.run("select * from pggit.purge_history('0', false, false, false)");
        assert_eq!(db.session.value("select count(*) from pggit.commits"), "2");
        assert_eq!(db.session.value("select count(*) from pggit.archived_commits"), "0");
        assert_eq!(db.session.value("select count(*) from pggit.list_tags()"), "1", "the tag names the head of a branch");
        healthy(db, "purging all but heads");
        assert!(
            db.session
                .value("select string_agg(object_identity, ' ') from pggit.replay(pggit.resolve_revision('old'))")
                .contains("public.gone")
        );
        assert!(db.session.fail("select pggit.purge_history('-1 day')").contains("older_than"));
    });
}

#[test]
fn branches_are_names_with_a_configuration() {
    on_each(|db| {
        db.session.run("create table a (id int)");
        db.session.run("select pggit.configure_tracking(ignore_schemas => '{noise}')");
        db.session.run("select pggit.create_branch('feature/x')");
        assert_eq!(
            db.session.column("select concat_ws(' ', branch_name, parent_branch, is_head) from pggit.list_branches()"),
            ["feature/x main f", "main t"]
        );
        assert_eq!(db.session.value("select count(distinct branch_name) from pggit.tracking_config where pattern = 'noise'"), "2");
        db.session.run("create table b (id int)");
        let differences = "select concat_ws(' ', object_name, env1_status, env2_status, difference) from pggit.compare_environments('feature/x', 'main') where object_type = 'table'";
        assert_eq!(db.session.column(differences), ["public.b missing present only in main"]);
        assert!(db.session.fail("select pggit.create_branch('feature/x')").contains("already"));
        assert!(db.session.fail("select pggit.create_branch('no name')").contains("no name"));
        assert!(db.session.fail("select pggit.delete_branch('main')").contains("HEAD"));
        assert!(db.session.fail("select pggit.delete_branch('nowhere')").contains("nowhere"));
        for call in ["checkout('main')", "merge('main')", "abort_merge(gen_random_uuid())"] {
            assert!(db.session.fail(&format!("select pggit.{call}")).contains("not there yet"), "{call}");
        }
        db.session.run("select pggit.delete_branch('feature/x')");
        healthy(db, "deleting a branch");
    });
}

#[test]
fn conflicts_are_registered_shown_and_resolved() {
    on_each(|db| {
        db.session.run("create table users (id int); create function f() returns int language sql as 'select 1'");
        let register = |db: &mut Database, object_type: &str, name: &str, data: &str| {
            db.session.value(&format!("select pggit.register_conflict('merge', '{object_type}', '{name}', '{data}')"))
        };
        let one = register(
            db,
            "table",
            "public.users",
            r#"{"current": "ours", "incoming": "alter table users add email text", "base_version": "1.0.0"}"#,
        );
        let details = db
            .session
            .column(&format!("select detail_type || '=' || coalesce(detail_value, '') from pggit.show_conflict_details('{one}')"));
        assert!(details.contains(&"Type=merge".to_owned()) && details.contains(&"Base Version=1.0.0".to_owned()), "{details:?}");
        assert_eq!(db.session.value("select count(*) from pggit.list_conflicts()"), "1");
        assert!(db.session.fail(&format!("select pggit.resolve_conflict('{one}', 'merge')")).contains("cannot be merged"));
        db.session.run(&format!("select pggit.resolve_conflict('{one}', 'use_tracked', 'theirs is right')"));
        assert_eq!(db.session.value("select count(*) from pg_attribute where attrelid = 'users'::regclass and attname = 'email'"), "1");
        assert!(db.session.fail(&format!("select pggit.resolve_conflict('{one}', 'use_current')")).contains("resolved already"));

        let two = register(db, "table", "public.users", "{}");
        assert!(db.session.fail(&format!("select pggit.resolve_conflict('{two}', 'custom')")).contains("needs SQL"));
        let broken = format!(
            r#"select pggit.resolve_conflict('{two}', 'custom', null, '{{"sql": "alter table users add x int; alter table nowhere add x int"}}')"#
        );
        assert!(db.session.fail(&broken).contains("nowhere"));
        assert_eq!(db.session.value("select count(*) from pggit.list_conflicts()"), "1", "what fails leaves the conflict open");
        db.session.run(&format!(r#"select pggit.resolve_conflict('{two}', 'custom', 'mine', '{{"sql": "alter table users add y int"}}')"#));
        let kept = db.session.value(&format!("select resolution_sql from pggit.conflict_registry where conflict_id = '{two}'"));
        assert_eq!(kept, "alter table users add y int");

        let current = db.session.value("select pggit.object_definition('public.f()')");
        let incoming = current.replace("select 1", "select 2");
        let three = register(
            db,
            "function",
            "public.f()",
            &format!(r#"{{"base": {current}, "current": {current}, "incoming": {incoming}}}"#).replace('\'', "''"),
        );
        db.session.run(&format!("select pggit.resolve_conflict('{three}', 'merge')"));
        assert_eq!(db.session.value("select f()"), "2");
        let ours = current.replace("select 1", "select 3");
        db.session.run("create or replace function f() returns int language sql as 'select 3'");
        let four = register(
            db,
            "function",
            "public.f()",
            &format!(r#"{{"base": {current}, "current": {ours}, "incoming": {incoming}}}"#).replace('\'', "''"),
        );
        assert!(db.session.fail(&format!("select pggit.resolve_conflict('{four}', 'merge')")).contains("source"));
        db.session.run(&format!("select pggit.resolve_conflict('{four}', 'use_current')"));
        assert!(db.session.fail("select pggit.resolve_conflict(gen_random_uuid(), 'use_current')").contains("there is no conflict"));
        assert!(db.session.fail("select pggit.register_conflict('war', 'table', 'x')").contains("war"));
        assert_eq!(db.session.value("select count(*) from pggit.list_conflicts(null)"), "4");
        assert_eq!(db.session.value("select count(*) from pggit.list_conflicts()"), "0");
        healthy(db, "resolving");
    });
}

#[test]
fn a_report_holds_what_was_measured() {
    on_each(|db| {
        db.session.run("create table a (id int)");
        db.session.run("create table b (id int)");
        let metric = |db: &mut Database, name: &str| {
            db.session.value(&format!("select metric_value from pggit.performance_report() where metric_name = '{name}'"))
        };
        assert_eq!(metric(db, "DDL operations tracked"), "2.000");
        let average: f64 = metric(db, "Average tracking time").parse().expect("a number");
        let p95: f64 = metric(db, "95th percentile tracking time").parse().expect("a number");
        assert!(average > 0.0 && p95 >= average, "{average} {p95}");
        assert!(db.session.fail("select pggit.performance_report(-1)").contains("days_back"));
    });
}

#[test]
fn databases_are_compared_by_dblink() {
    on_each(|db| {
        db.session.run("create table a (id int); create table b (id int)");
        let other = db.installed_beside();
        other.connect().run("create table a (id bigint)");
        let url = other.url();
        let call = format!("pggit.compare_environments('HEAD', 'staging', null, '{url}')");
        assert!(db.session.fail(&format!("select * from {call}")).contains("dblink"));
        db.session.run("create schema ext; create extension dblink schema ext");
        assert_eq!(
            db.session.column(&format!("select object_name || ': ' || difference from {call} where object_name like 'public.%'")),
            ["public.a.id: differs in type", "public.b: only in HEAD", "public.b.id: only in HEAD"]
        );
    });
}
