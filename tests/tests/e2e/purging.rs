//! A purge over a long history with branches and tags: every revision that is left resolves and replays to the tree that it had.

use pggit_tests::{Database, on_each};

/// Thirty commits; tags and branches here and there.
fn long_history(db: &mut Database) {
    for n in 0..30 {
        let step = match n % 5 {
            0 => format!("create table t{n} (id int primary key, a text)"),
            1 => format!("alter table t{} add b{n} int", n - 1),
            2 => format!("alter table t{} rename to r{n}", n - 2),
            3 => format!("create or replace function f() returns int language sql as 'select {n}'"),
            _ => format!("drop table r{}", n - 2),
        };
        db.session.run(&step);
        if n % 7 == 3 {
            db.session.run(&format!("select pggit.tag('tag{n}')"));
        }
        if n % 11 == 5 {
            db.session.run(&format!("select pggit.create_branch('branch{n}')"));
        }
    }
    db.session.run("select count(*) from pggit.log()");
}

/// The trees of every commit that is there.
fn trees(db: &mut Database) -> Vec<String> {
    db.session.column(
        "select c.commit_id || ' ' || c.tree_id || ' ' || (
            select pggit.sha256_hex(coalesce(string_agg(t.object_type || t.object_identity || t.definition_id, ' ' order by t.object_type, t.object_identity), ''))
            from pggit.replay(c.commit_id) as t)
        from pggit.commits as c order by 1",
    )
}

#[test]
fn a_purge_changes_no_tree_that_it_leaves() {
    on_each(|db| {
        long_history(db);
        let size = "select sum(pg_column_size(c.*)) from pggit.commits as c";
        for (n, (older, milestones, archive)) in [("0", true, true), ("0", true, true), ("0", false, false)].into_iter().enumerate() {
            let call = format!("pggit.purge_history('{older}', {milestones}, %, {archive})");
            let dry =
                db.session.column(&format!("select concat_ws(' ', object_type, count, space_freed) from {}", call.replace('%', "true")));
            assert!(db.session.value(size).parse::<i64>().is_ok_and(|bytes| bytes > 0));
            let untouched = trees(db);
            let wet =
                db.session.column(&format!("select concat_ws(' ', object_type, count, space_freed) from {}", call.replace('%', "false")));
            assert_eq!(dry, wet, "purge {n}: a dry run measures what a purge frees");
            let after = trees(db);
            let changed: Vec<_> = after.iter().filter(|tree| !untouched.contains(tree)).collect();
            assert!(changed.is_empty(), "purge {n}: {changed:#?}\nwere {untouched:#?}");
            let lost = db.session.column("select t.tag_name from pggit.list_tags() as t where pggit.resolve_revision(t.tag_name) is null union all select b.branch_name from pggit.list_branches() as b where pggit.resolve_revision(b.branch_name) is null");
            assert!(lost.is_empty(), "purge {n}: {lost:?}");
            let diffs = "select count(*) from pggit.commits as c, pggit.diff(c.commit_id, 'HEAD') as d";
            assert!(db.session.value(diffs).parse::<i64>().is_ok(), "every commit that is left can be compared");
            let faults = db.session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
            assert!(faults.is_empty(), "purge {n}: {faults:#?}");
            db.session.run(&format!("create table after_{n} (id int); alter table after_{n} rename to later_{n}"));
            db.session.run("select count(*) from pggit.log()");
            db.assert_no_drift("purging");
        }
        assert_eq!(db.session.value("select count(*) from pggit.list_branches()"), "4");
    });
}

/// What the purged commits did to an object and undid, and what made it what it is then.
const UNDONE: &[(&str, &[&str], &str)] = &[
    ("create table a (i int)", &["drop table a", "create table a (i int)"], "public.a"),
    ("create table b (i int)", &["alter table b alter i set default 1", "alter table b alter i drop default"], "public.b"),
    ("create table c (i int primary key)", &["alter table c rename to x", "alter table x rename to c"], "public.c"),
    ("create table e (i int, j int)", &["alter table e rename i to k", "alter table e rename k to i"], "public.e"),
    (
        "create function f() returns int language sql as 'select 1'",
        &[
            "create or replace function f() returns int language sql as 'select 2'",
            "create or replace function f() returns int language sql as 'select 1'",
        ],
        "public.f()",
    ),
    (
        "create view g as select 1 as i",
        &["drop view g", "create table h (i int); create view g as select i from h", "create or replace view g as select 1 as i"],
        "public.g",
    ),
    (
        "create table i (k int); create table j (k int); create index n on i (k)",
        &["drop index n", "create index n on j (k)", "drop index n", "create index n on i (k)"],
        "public.n",
    ),
];

#[test]
fn what_purged_commits_did_and_undid_is_as_the_commit_before_them_made_it() {
    for ends_with_another in [true, false] {
        on_each(|db| {
            db.session.run("create table d (i int, j int)");
            for (made, _, _) in UNDONE {
                db.session.run(made);
            }
            db.session.run("select pggit.tag('v1', 'HEAD')");
            // the place of a column is no part of its definition, and yet what its table is made again by
            db.session.run("alter table d drop i");
            db.session.run("alter table d add i int");
            for (_, steps, _) in UNDONE {
                for step in *steps {
                    db.session.run(step);
                }
            }
            if ends_with_another {
                db.session.run("create table last (i int)");
            }
            let columns = "select object_identity from pggit.elements where object_key = 'table public.d' order by position nulls first";
            db.session.run("select * from pggit.purge_history('0', keep_milestones => true, dry_run => false)");
            assert_eq!(db.session.column(columns), ["public.d", "public.d.j", "public.d.i"]);
            let made_by = db.session.value("select pggit.resolve_revision('v1')");
            for (_, _, object) in UNDONE {
                let blamed = db.session.column(&format!("select distinct commit_id from pggit.blame('{object}')"));
                assert_eq!(blamed, [made_by.as_str()], "{object}");
            }
            let sound = |db: &mut Database, when: &str| {
                let faults = db.session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
                assert!(faults.is_empty(), "{when}: {faults:#?}");
            };
            sound(db, "the purge");
            db.session.run("alter table a add k int; drop table d");
            sound(db, "more");
            db.session.run("select * from pggit.purge_history('0', keep_milestones => false, dry_run => false)");
            sound(db, "another purge");
            db.assert_no_drift("purging");
        });
    }
}

/// Whatever becomes of a commit below which was purged, its seal goes with it.
#[test]
fn a_graft_that_is_amended_or_taken_away_leaves_a_sound_history() {
    on_each(|db| {
        for statement in ["create table t (i int)", "alter table t add j int", "alter table t add k int; select pggit.settle()"] {
            db.session.run(statement);
        }
        let purge = "select * from pggit.purge_history('0', dry_run => false)";
        let steps: [(&str, &[&str]); 3] = [
            ("amended", &["begin; alter table t add l int", "select pggit.commit('halfway')", purge, "alter table t add m int", "commit"]),
            ("taken back", &["begin; alter table t add n int", "select pggit.commit('halfway')", purge, "alter table t drop n", "commit"]),
            (
                "deleted",
                &[
                    "create table u (); select pggit.settle()",
                    "create table v (); select pggit.settle()",
                    "select pggit.create_branch('side')",
                    "create table w (); select pggit.settle()",
                    purge,
                    "select pggit.delete_branch('side', force => true)",
                    purge,
                ],
            ),
        ];
        for (what, steps) in steps {
            for step in steps {
                db.session.run(step);
            }
            let faults = db.session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
            assert!(faults.is_empty(), "{what}: {faults:#?}");
        }
    });
}

/// An id that was noted before a purge.
#[test]
fn a_noted_id_is_told_from_one_that_was_rewritten() {
    on_each(|db| {
        let mut ids = Vec::new();
        for n in 1..=5 {
            db.session.run(&format!("create table t{n} ()"));
            ids.push(db.session.value("select pggit.resolve_revision('HEAD')"));
        }
        let told = |db: &mut Database, id: &str, begins: &str, holds: &str| {
            let said = db.session.value(&format!("select status || ': ' || details from pggit.verify_since('{id}')"));
            assert!(said.starts_with(begins) && said.contains(holds) && said.contains(id), "{said}");
            said
        };
        for id in &ids {
            let said = told(db, id, "ok: ", "goes back to");
            assert!(!said.contains("purge"), "{said}");
        }
        db.session.run(&format!("select pggit.tag('v1', '{}')", ids[0]));
        db.session.run("select * from pggit.purge_history('0', dry_run => false)");
        told(db, &ids[0], "ok: ", "bound by seals");
        told(db, &ids[2], "ok: ", "was taken to the archive at ");
        told(db, &ids[4], "ok: ", "bound by seals");
        told(db, &"0".repeat(64), "error: ", "it was rewritten, or the id is not whole");
        for n in 6..=8 {
            db.session.run(&format!("create table t{n} ()"));
            ids.push(db.session.value("select pggit.resolve_revision('HEAD')"));
        }
        db.session.run("select * from pggit.purge_history('0', dry_run => false, archive => false)");
        told(db, &ids[0], "ok: ", "purged without an archive");
        told(db, &ids[2], "error: ", "was taken to the archive at ");
        told(db, &ids[4], "error: ", "the last purge without an archive was at ");
        told(db, &ids[6], "warning: ", "only its id is");
        told(db, &ids[7], "ok: ", "bound by seals");
    });
}
