//! Log, show, diff, blame, history, versions and revisions.

use pggit_core::model::canonical::{Hash, text};
use pggit_core::model::tree::{ElementKey, Tree};
use pggit_tests::on_each;

#[test]
fn the_hashes_of_sql_and_rust_agree() {
    on_each(|db| {
        db.session.run("create table public.\"od\td\" (\"a\\b\" int primary key, b text default E'x\\ty\\u0001\"ä'); create view public.v as select 1 as x; comment on view public.v is E'line\\nbreak'");
        let definitions = db.session.column("select definition_id || definition::text from pggit.blobs");
        for row in definitions {
            let (id, canonical) = row.split_at(64);
            let value: serde_json::Value = serde_json::from_str(canonical).expect("a definition is JSON");
            assert_eq!(text(&value), canonical);
            assert_eq!(Hash::of(canonical).as_str(), id);
        }
        let mut tree = Tree::default();
        db.session.run("select pggit.settle()");
        for row in
            db.session.column("select jsonb_build_array(object_key, object_type, object_identity, definition_id) from pggit.elements")
        {
            let [key, object_type, object_identity, id]: [String; 4] = serde_json::from_str(&row).expect("four texts");
            tree.insert(&key, ElementKey { object_type, object_identity }, id.parse().expect("a hash"));
        }
        assert_eq!(
            db.session.value("select c.tree_id from pggit.commits as c where commit_id = pggit.resolve_revision('HEAD')"),
            tree.root().as_str()
        );
    });
}

#[test]
fn equal_schemas_have_equal_trees_in_any_database_and_version() {
    let mut roots = Vec::new();
    let roots_cell = std::cell::RefCell::new(&mut roots);
    on_each(|db| {
        db.session.run("create table public.a (x int primary key, y text not null check (y <> ''), z varchar(5) default 'q')");
        db.session.run("create index on public.a (y); create sequence public.s; create type public.e as enum ('a', 'b')");
        let once = db.session.value("select tree_id from pggit.commits where commit_id = pggit.resolve_revision('HEAD')");
        db.session.run("alter table public.a add extra int; create table public.more (i int)");
        db.session.run("alter table public.a drop extra; drop table public.more");
        let again = db.session.value("select tree_id from pggit.commits where commit_id = pggit.resolve_revision('HEAD')");
        assert_eq!(once, again, "the same schema by another way");
        roots_cell.borrow_mut().push(once);
    });
    roots.dedup();
    assert_eq!(roots.len(), 1, "one schema, one root, on every version");
}

#[test]
fn revisions_are_gits() {
    on_each(|db| {
        for n in 0..4 {
            db.session.run(&format!("create table public.t{n} (a int)"));
        }
        let ids = db.session.column("select commit_id from pggit.log()");
        let head = &ids[0];
        db.session.run("select pggit.tag('v1', 'HEAD~2')");
        let cases = [
            ("HEAD", 0),
            ("@", 0),
            ("main", 0),
            ("HEAD~", 1),
            ("HEAD~3", 3),
            ("HEAD^", 1),
            ("HEAD^^", 2),
            ("HEAD~1^1~1", 3),
            ("HEAD^0", 0),
            ("v1", 2),
            ("v1~1", 3),
            ("main@{0 seconds ago}", 0),
            ("HEAD@{tomorrow}", 0),
        ];
        for (revision, index) in cases {
            assert_eq!(db.session.value(&format!("select pggit.resolve_revision('{revision}')")), ids[index], "{revision}");
        }
        assert_eq!(&db.session.value(&format!("select pggit.resolve_revision('{}')", &head[..10])), head);
        let at = db.session.value(&format!("select authored_at from pggit.commits where commit_id = '{}'", ids[2]));
        assert_eq!(db.session.value(&format!("select pggit.resolve_revision('HEAD@{{{at}}}')")), ids[2]);
        for wrong in ["nope", "HEAD~99", "HEAD^2", "HEAD@{whenever}", "", "HEAD~x", "abc", "HEAD~99999999999999"] {
            let message = db.session.fail(&format!("select pggit.resolve_revision('{wrong}')"));
            assert!(message.contains("there is no revision"), "{wrong}: {message}");
        }
        assert!(db.session.fail("select pggit.tag('v1')").contains("already"));
        assert!(db.session.fail("select pggit.tag('no good')").contains("no name for a tag"));
    });
}

#[test]
fn log_show_and_diff_tell_what_happened() {
    on_each(|db| {
        db.session.run("create table public.users (id int primary key, email text)");
        db.session.run("alter table public.users alter column email set default 'x'");
        db.session.run("alter table public.users rename column email to mail");
        assert_eq!(
            db.session.column("select message || ' ' || changes_count from pggit.log(max_count => 3)"),
            ["ALTER TABLE public.users 1", "ALTER TABLE public.users 1", "CREATE TABLE public.users 4"]
        );
        assert_eq!(
            db.session.value("select old_definition || new_definition from pggit.show('HEAD~1')"),
            r#"{"type": "text", "default": "'x'::text"}"#
        );
        assert_eq!(
            db.session.column(
                "select concat_ws(' ', operation, object_type, previous_identity, object_identity) from pggit.diff('HEAD~2', 'HEAD')"
            ),
            ["rename table column public.users.email public.users.mail"]
        );
        assert_eq!(
            db.session.column("select concat_ws(' ', operation, object_identity) from pggit.diff('HEAD', 'HEAD~2') order by 1"),
            ["create public.users.email", "drop public.users.mail"]
        );
        assert!(db.session.column("select object_identity from pggit.diff()").is_empty());
        db.session.run(
            "select pggit.pause_tracking(); alter table public.users add unseen int; alter table public.users rename column mail to post",
        );
        assert_eq!(
            db.session.column("select concat_ws(' ', operation, previous_identity, object_identity) from pggit.diff() order by 1"),
            ["create public.users.unseen", "rename public.users.mail public.users.post"]
        );
        assert!(db.session.column("select 1 from pggit.diff('HEAD', 'HEAD')").is_empty());
    });
}

#[test]
fn blame_history_and_time_travel() {
    on_each(|db| {
        db.session.run("create table public.old (id int unique)");
        db.session.run("alter table public.old add a text");
        db.session.run("alter table public.old rename to young");
        db.session.run("comment on column public.young.a is 'late'");
        assert_eq!(
            db.session.column("select object_type || ' ' || object_identity || ': ' || message from pggit.blame('public.young')"),
            [
                "table public.young: ALTER TABLE public.young",
                "table constraint old_id_key on public.young: ALTER TABLE public.young",
                "table column public.young.id: ALTER TABLE public.young",
                "table column public.young.a: COMMENT ON COLUMN public.young.a",
            ]
        );
        assert_eq!(db.session.value("select message from pggit.blame('public.young.a')"), "COMMENT ON COLUMN public.young.a");
        let history = db.session.column("select operation || ' ' || object_identity from pggit.history('public.young')");
        assert_eq!(history.first().map(String::as_str), Some("alter public.young.a"));
        assert!(history.contains(&"create public.old".to_owned()), "history follows renames: {history:?}");
        let then = db.session.value("select pggit.object_definition('public.old', 'HEAD~3') -> 'elements'");
        assert!(then.contains("public.old.id") && !then.contains("public.old.a"), "{then}");
        assert!(db.session.fail("select pggit.object_definition('public.old')").contains("no object \"public.old\" at HEAD"));
        assert!(db.session.fail("select * from pggit.blame('public.never')").contains("no object"));
    });
}

#[test]
fn objects_have_semantic_versions() {
    on_each(|db| {
        let steps = [
            ("create table public.t (id int primary key)", "1.0.0"),
            ("alter table public.t add a text", "1.1.0"),
            ("comment on table public.t is 'x'", "1.1.1"),
            ("alter table public.t alter column id type bigint", "1.2.0"),
            ("alter table public.t add b int not null", "2.0.0"),
            ("alter table public.t add c int not null default 1", "2.1.0"),
            ("alter table public.t alter column c type smallint", "3.0.0"),
            ("alter table public.t rename column a to aa", "4.0.0"),
            ("create index on public.t (aa)", "4.0.1"),
            ("grant select on public.t to public", "4.0.2"),
            ("alter table public.t drop column aa", "5.0.0"),
            ("begin; comment on column public.t.b is 'y'; alter table public.t add d int; commit", "5.1.0"),
            ("alter table public.t rename to u", "6.0.0"),
        ];
        for (statement, version) in steps {
            db.session.run(statement);
            let name = if statement.ends_with("to u") { "public.u" } else { "public.t" };
            assert_eq!(db.session.value(&format!("select pggit.get_version('{name}')")), version, "after {statement}");
        }
    });
}

#[test]
fn the_views_show_what_is_staged() {
    on_each(|db| {
        db.session.run("begin; create table public.t (a int)");
        assert_eq!(
            db.session.column("select operation || ' ' || object_identity from pggit.changes where commit_id is null order by sequence"),
            ["create public.t", "create public.t.a"]
        );
        db.session.run("commit");
        assert_eq!(db.session.value("select count(*) from pggit.changes where commit_id is null"), "0");
        assert_eq!(
            db.session.value(
                "select last_commit_id = pggit.resolve_revision('HEAD') from pggit.tracked_objects where object_identity = 'public.t'"
            ),
            "true"
        );
        assert_eq!(db.session.value("select s.statement from pggit.changes as c join pggit.statements as s using (statement_id) where c.object_identity = 'public.t.a'"), "begin; create table public.t (a int)");
    });
}

#[test]
fn the_working_schema_has_the_tree_that_head_has() {
    on_each(|database| {
        database.session.run("create schema s; create table s.t (id int primary key, \"Ö x\" text default 'é'); create view s.v as select * from s.t; create function s.f(int) returns int language sql as 'select 1'; create index on s.t (\"Ö x\")");
        let head = database.session.value("select tree_id from pggit.commits where commit_id = pggit.resolve_revision('HEAD')");
        let mut schema = pggit_sql::WorkingSchema::connect(&database.url()).expect("a connection");
        assert_eq!(schema.tree().expect("a schema that can be read").root().as_str(), head);
    });
}

#[test]
fn a_table_that_is_made_again_with_less_is_in_the_tree() {
    on_each(|db| {
        db.session.run("create table t (id int primary key, a text, b int); create index on t (a)");
        db.session.run("begin; drop table t; create table t (id int primary key, a text); commit");
        db.session.run("select pggit.tag('again')");
        let faults = db.session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
        assert!(faults.is_empty(), "{faults:#?}");
    });
}

#[test]
fn a_table_that_is_made_again_unseen_keeps_its_tree() {
    on_each(|db| {
        db.session.run("create table t (id int primary key, a text); select pggit.settle()");
        db.session.run("select pggit.pause_tracking('1 hour'); drop table t; create table t (id int primary key, a text); select pggit.resume_tracking()");
        for statement in ["create index on t (a)", "drop table t"] {
            db.session.run(statement);
            db.assert_no_drift(statement);
            let faults = db.session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
            assert!(faults.is_empty(), "after {statement}: {faults:#?}");
        }
    });
}

#[test]
fn a_message_that_nobody_gave_names_what_the_command_was_about() {
    on_each(|db| {
        for (statement, message) in [
            ("create table a (id serial, b int)", "CREATE TABLE public.a"),
            ("alter table a add c bigserial", "ALTER TABLE public.a"),
            ("create index on a (b)", "CREATE INDEX public.a_b_idx on public.a"),
            ("alter index a_b_idx rename to by_b", "ALTER INDEX public.by_b on public.a"),
            ("comment on column a.b is 'x'", "COMMENT ON COLUMN public.a.b"),
            ("comment on index by_b is 'x'", "COMMENT ON INDEX public.by_b"),
            ("comment on sequence a_id_seq is 'x'", "COMMENT ON SEQUENCE public.a_id_seq"),
            ("grant select on all tables in schema public to public", "GRANT ON TABLE public.a"),
            ("grant usage on sequence a_id_seq to public", "GRANT ON SEQUENCE public.a_id_seq"),
            ("create type mood as enum ('low')", "CREATE TYPE public.mood"),
            ("create cast (mood as jsonb) with inout", "CREATE CAST (public.mood AS pg_catalog.jsonb)"),
            ("comment on cast (mood as jsonb) is 'x'", "COMMENT ON CAST (public.mood AS pg_catalog.jsonb)"),
            ("create policy mine on a", "CREATE POLICY mine on public.a"),
            ("create view v as select id from a", "CREATE VIEW public.v"),
            ("create rule quiet as on insert to v do instead nothing", "CREATE RULE quiet on public.v"),
            ("alter table a alter b set not null", "ALTER TABLE public.a"),
            ("drop index by_b", "DROP INDEX public.by_b on public.a"),
            ("create extension hstore", "CREATE EXTENSION hstore"),
            ("create schema s create table t (id serial) create view w as select id from t", "CREATE SCHEMA s and 2 more"),
            ("drop schema s cascade", "DROP SCHEMA s and 2 more"),
            ("create table x (id int); create table y (id int); create view z as select * from x", "CREATE TABLE public.x and 2 more"),
            ("drop table a cascade", "DROP TABLE public.a and 1 more"),
        ] {
            db.session.run(statement);
            assert_eq!(db.session.value("select message from pggit.log(null, 1)"), message, "{statement}");
        }
    });
}

/// The planner may read a table's columns in any order, as statistics have it.
#[test]
fn what_a_command_changed_is_listed_alike_whatever_the_plan() {
    on_each(|db| {
        let mut lists = Vec::new();
        for plans in [
            "set enable_nestloop = on",
            "set enable_nestloop = off",
            "set enable_nestloop = off; set enable_indexscan = off; set enable_bitmapscan = off",
            "set enable_nestloop = off; set enable_hashjoin = off",
        ] {
            db.session.run(plans);
            db.session.run(
                "begin; create schema a;
                 create table a.t (z int, y text primary key, \"X\" varchar(3) not null check (\"X\" <> ''), w int unique, v numeric, u date, check (w > z));
                 alter table a.t add s int, add r text, add q bigint, add p jsonb; create index on a.t (v); create index i on a.t (u); commit",
            );
            lists.push(db.session.column(
                "select operation || ' ' || object_type || ' ' || object_identity from pggit.changes
                 where commit_id = (select commit_id from pggit.log(null, 1)) order by sequence",
            ));
            db.session.run("drop schema a cascade; reset all");
        }
        let columns: Vec<_> = lists[0].iter().filter_map(|line| line.strip_prefix("create table column a.t.")).collect();
        assert_eq!(columns, ["z", "y", "\"X\"", "w", "v", "u", "s", "r", "q", "p"]);
        for list in &lists {
            assert_eq!(list, &lists[0]);
        }
    });
}
