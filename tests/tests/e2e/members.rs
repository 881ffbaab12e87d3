//! Privileges on what belongs to an extension: `pg_dump` gives those that the extension did not, and so does pgGit.

use pggit_tests::{Database, on_each};

/// Everybody's privileges on every member of every extension, from the catalogs.
const PRIVILEGES: &str = "
    select i.type || ' ' || i.identity || coalesce('.' || m.attribute, '') || ': ' || a.acl
    from (
        select d.classid, d.objid, null::text as attribute, coalesce(
                   (select c.relacl from pg_class as c where d.classid = 'pg_class'::regclass and c.oid = d.objid),
                   (select p.proacl from pg_proc as p where d.classid = 'pg_proc'::regclass and p.oid = d.objid),
                   (select t.typacl from pg_type as t where d.classid = 'pg_type'::regclass and t.oid = d.objid),
                   (select n.nspacl from pg_namespace as n where d.classid = 'pg_namespace'::regclass and n.oid = d.objid),
                   (select w.fdwacl from pg_foreign_data_wrapper as w where d.classid = 'pg_foreign_data_wrapper'::regclass and w.oid = d.objid)) as acl
        from pg_depend as d
        where d.deptype = 'e'
        union all
        select d.classid, d.objid, a.attname, a.attacl
        from pg_depend as d
        join pg_attribute as a on d.classid = 'pg_class'::regclass and a.attrelid = d.objid
        where d.deptype = 'e' and a.attacl is not null
    ) as m
    cross join lateral pg_identify_object(m.classid, m.objid, 0) as i
    cross join lateral (select string_agg(item::text, ' ' order by item::text) from unnest(m.acl) as u (item)) as a (acl)
    where a.acl is not null
    order by 1";

const SCRIPT: &[&str] = &[
    "create schema ext",
    "create extension pg_stat_statements with schema ext",
    "create extension citext",
    "create extension postgres_fdw",
    "create extension dblink",
    "revoke all on function citext_eq from public",
    "grant execute on function citext_eq to READER with grant option",
    "set role READER; grant execute on function citext_eq to WRITER; reset role",
    "grant execute on function dblink_connect_u(text) to public",
    "grant select on ext.pg_stat_statements to WRITER",
    "grant select (query), update (calls) on ext.pg_stat_statements to READER",
    "revoke select on ext.pg_stat_statements from public",
    "grant execute on all functions in schema ext to WRITER",
    "grant usage on foreign data wrapper postgres_fdw to WRITER",
    "revoke all on type citext from public",
    "begin isolation level serializable; grant usage on type citext to READER; commit",
    "alter function citext_eq rename to equals",
    "alter schema ext rename to extensions",
    "alter view extensions.pg_stat_statements rename column query to statement",
    "alter function equals rename to citext_eq",
    "alter view extensions.pg_stat_statements rename column statement to query",
];

fn made(db: &mut Database) -> (String, String) {
    let (reader, writer) = (db.role("reader"), db.role("Writer").to_lowercase());
    for statement in SCRIPT {
        let statement = statement.replace("READER", &reader).replace("WRITER", &writer);
        db.session.run(&statement);
        db.assert_no_drift_once_folded(&statement);
    }
    (reader, writer)
}

#[test]
fn they_are_recorded_and_exported() {
    on_each(|db| {
        let (reader, writer) = made(db);
        let recorded = db.session.value(
            "select string_agg(d.dependencies[1], ', ' order by d.object_identity collate \"C\") from pggit.tree_at(pggit.resolve_revision('HEAD')) as d where object_type = 'privileges'",
        );
        assert_eq!(
            recorded,
            "extension postgres_fdw, extension pg_stat_statements, extension pg_stat_statements, extension pg_stat_statements, \
             extension citext, extension dblink, extension pg_stat_statements, extension citext"
        );
        let script = db.session.value("select pggit.export_schema_snapshot()");
        let mut copy = db.empty_beside();
        copy.session.run(&script);
        assert_eq!(db.session.column(PRIVILEGES), copy.session.column(PRIVILEGES));

        // what joins an extension brings its privileges as those that the extension gives
        for verb in ["drop", "add"] {
            db.session.run(&format!("alter extension pg_stat_statements {verb} function extensions.pg_stat_statements_info()"));
            db.assert_no_drift(verb);
        }
        for role in [&writer, &reader] {
            db.session.run(&format!("drop owned by {role} cascade"));
            db.assert_no_drift_once_folded("drop owned");
            copy.session.run(&format!("drop owned by {role} cascade"));
        }
    });
}

#[test]
fn they_go_with_their_extension() {
    on_each(|db| {
        let (reader, writer) = made(db);
        db.session.run("drop extension pg_stat_statements");
        db.assert_no_drift_once_folded("dropped");
        db.session.run("begin isolation level repeatable read; drop extension citext; commit");
        db.assert_no_drift_once_folded("dropped under an old snapshot");
        db.session.run("begin; grant usage on foreign data wrapper postgres_fdw to public; drop extension postgres_fdw; commit");
        db.assert_no_drift_once_folded("granted and dropped");
        db.session.run("begin isolation level repeatable read; revoke execute on function dblink_connect_u(text) from public; commit");
        db.assert_no_drift_once_folded("as they were, under an old snapshot");
        assert_eq!(db.session.value("select count(*) from pggit.tracked_objects where object_type = 'privileges'"), "0");
        db.session.run(&format!("drop owned by {writer}, {reader} cascade"));
    });
}

#[test]
fn they_are_given_and_taken_back_by_the_grammar() {
    on_each(|db| {
        let (reader, writer) = made(db);
        let before = db.session.column(PRIVILEGES);
        db.session.run("
            create table states as select object_identity, definition from pggit.read_all() where object_type = 'privileges';
            create table bare as
            select s.object_identity, r.statement, r.ord
            from states as s, pggit.ddl_grammar as g,
                 pggit.alter_statements(g.grammar, jsonb_build_object('identity', s.object_identity), s.definition, '{}') with ordinality as r (statement, converts, ord)
            where g.kind = 'privileges';
            do $$ declare step text; begin for step in select statement from bare order by object_identity, ord loop execute step; end loop; end $$");
        assert_eq!(
            db.session.value("select count(*) from pggit.read_all() where object_type = 'privileges'"),
            "0",
            "what the extensions gave is there again"
        );
        db.session.run("do $$ declare s record; begin for s in select * from states loop perform pggit.apply_definition('privileges', s.object_identity, s.definition); end loop; end $$");
        assert_eq!(db.session.column(PRIVILEGES), before);
        db.session.run(&format!("drop owned by {writer}, {reader} cascade"));
    });
}
