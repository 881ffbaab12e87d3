//! What an export leaves out and what it must not, and what it has in which order where the history alone does not tell.

use pggit_tests::{Database, on_each};

/// The tables of a database.
const SHAPE: &str = "
    select c.relname || ' ' || coalesce(pg_get_expr(c.relpartbound, c.oid), '') || ' ' || string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || a.attnotnull, ', ' order by a.attname)
    from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 's'::regnamespace and c.relkind in ('r', 'p') group by c.oid, c.relname, c.relpartbound order by 1";

fn exported(db: &mut Database) -> Database {
    let mut copy = db.empty_beside();
    copy.session.run(&db.session.value("select pggit.export_schema_snapshot()"));
    copy
}

#[test]
fn a_partition_that_is_ignored_and_was_left_behind_is_not_exported() {
    for change in [
        // this is recorded of partitions that are ignored, too
        "alter table s.p drop column c",
        "alter table s.p add column b int",
        "alter table s.p add column b int generated always as (a + 1) stored",
        "alter table s.p rename column a to z",
        "alter table s.p alter column c type varchar(9)",
        "alter table s.p alter column c type text collate \"C\"",
        "alter table s.p alter column c set not null",
        "alter table s.p add constraint positive check (a > 0)",
        "alter table s.p rename to q",
    ] {
        on_each(|db| {
            db.session.run(
                "create schema s; create table s.p (a int, k int, c text) partition by list (k); create table s.p1 partition of s.p for values in (1);
                 create table s.p2 partition of s.p for values in (2); create table s.p3 partition of s.p for values in (3) partition by list (a);
                 create table s.p31 partition of s.p3 default; create index on s.p (k); create table s.other (a int)",
            );
            db.session.run("comment on table s.p2 is 'made by the hour @pggit:ignore'; comment on table s.p3 is '@pggit:ignore'");
            let all = db.session.column(SHAPE);
            assert_eq!(exported(db).session.column(SHAPE), all, "before {change}");
            db.session.run(change);
            db.assert_no_drift(change);
            let mut expected = db.session.column(SHAPE);
            if !change.contains("drop column") {
                expected.retain(|line| !["p2 ", "p3 ", "p31 "].iter().any(|gone| line.starts_with(gone)));
            }
            assert_eq!(exported(db).session.column(SHAPE), expected, "after {change} on {}", db.version());
        });
    }
}

#[test]
fn default_privileges_in_a_schema_are_exported_with_it() {
    on_each(|db| {
        db.session.run(
            "create schema s; create schema \"T t\"; create table s.t (id int);
             alter default privileges in schema s grant select on tables to pg_monitor; alter default privileges in schema \"T t\" grant usage on sequences to public;
             alter default privileges grant execute on functions to pg_monitor",
        );
        for (schema, expected) in [
            ("s", "alter default privileges for role postgres in schema s grant select on tables to pg_monitor"),
            ("T t", "alter default privileges for role postgres in schema \"T t\" grant usage on sequences to public"),
        ] {
            let found = db
                .session
                .column(&format!("select statement from pggit.export_ddl(schemas => array['{schema}']) where object_type = 'default acl'"));
            assert_eq!(found, [expected]);
        }
        let mut copy = db.empty_beside();
        copy.session.run(&db.session.value("select pggit.export_schema_snapshot(schemas => '{s,T t}')"));
        let defaults = "select pg_identify_object('pg_default_acl'::regclass, oid, 0)::text || defaclacl::text from pg_default_acl where defaclnamespace <> 0 order by 1";
        assert_eq!(copy.session.column(defaults), db.session.column(defaults));
        assert_eq!(copy.session.value("select count(*) from pg_default_acl"), "2");
    });
}

#[test]
fn a_key_under_another_name_comes_before_what_groups_by_it() {
    on_each(|db| {
        db.session.run(
            "create schema s; create table s.t (a int constraint one primary key, c text); create view s.v as select a, c from s.t group by a;
             create function s.f() returns setof text begin atomic select c from s.t group by a; end; select pggit.settle()",
        );
        db.session.run("alter table s.t rename constraint one to two; alter table s.t add constraint one check (a > 0)");
        db.assert_no_drift("another name");
        assert_eq!(exported(db).session.value("select count(*) from pg_views where schemaname = 's'"), "1");
    });
}
