//! Databases side by side: with pgGit and without, on servers of different versions.

use pggit_sql::Environment;
use pggit_tests::{Database, on_each, servers};

const SCHEMA: &str = include_str!("compare.sql");

fn differences(one: &Database, other: &Database) -> Vec<String> {
    let (one, other) = (Environment::read(&one.url(), "HEAD").expect("one"), Environment::read(&other.url(), "HEAD").expect("other"));
    one.differences(&other).into_iter().map(|d| format!("{} {}: {}", d.object_type, d.object_name, d.difference)).collect()
}

#[test]
fn equal_schemas_differ_in_nothing_wherever_they_are() {
    let mut databases = Vec::new();
    for server in servers() {
        for mut database in [Database::installed_on(server), Database::installed_on(server).empty_beside()] {
            database.session.run(SCHEMA);
            if database.version() >= 17 {
                database.session.run("grant maintain on app.users to public; revoke maintain on app.users from public");
            }
            databases.push(database);
        }
    }
    for one in &databases {
        for other in &databases {
            let found = differences(one, other);
            assert!(found.is_empty(), "{} against {}: {found:#?}", one.url(), other.url());
        }
    }
}

#[test]
fn what_differs_is_named_also_between_versions() {
    let one = Database::installed_on(&servers()[0]);
    let mut other = Database::installed_on(servers().last().expect("a server")).empty_beside();
    one.connect().run(SCHEMA);
    other.session.run(SCHEMA);
    other.session.run(
        "alter table app.users alter n drop default; drop view app.v3; create table app.more (id int);
        create or replace view app.vw as select id, m from app.users where m = 'high'; grant insert on app.vw to public",
    );
    assert_eq!(
        differences(&one, &other),
        [
            "table column app.child.n: differs in default",
            "table app.more: only in the second",
            "table column app.more.id: only in the second",
            "table column app.users.n: differs in default",
            "view app.v3: only in the first",
            "view app.vw: differs in options, privileges, query"
        ]
    );
}

#[test]
fn a_database_without_pggit_has_no_revisions() {
    on_each(|db| {
        db.session.run("select pggit.tag('v1')");
        let bare = db.empty_beside();
        bare.connect().run("create table a (b varchar(3) check (b in ('x', 'y'))); alter table a add constraint c check (((b)::text = ANY (ARRAY[('x'::character varying)::text, ('z'::character varying)::text])))");
        db.session.run("create table a (b varchar(3) check (b in ('x', 'y'))); alter table a add constraint c check (b in ('x', 'z'))");
        assert!(differences(db, &bare).is_empty());
        let error = Environment::read(&bare.url(), "v1").expect_err("there is no history").to_string();
        assert!(error.contains("v1") && error.contains("no pgGit"), "{error}");
        let since = Environment::read(&db.url(), "v1").expect("a tag").differences(&Environment::read(&db.url(), "HEAD").expect("HEAD"));
        assert_eq!(since.len(), 4, "{since:?}");
    });
}
