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
            "select count(*) from pggit.tree_at(pggit.resolve_revision('HEAD')) join pggit.blobs using (definition_id) where definition ? 'member_privileges'",
        );
        assert_eq!(recorded, "4");
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
fn they_are_given_and_taken_back_by_the_grammar() {
    on_each(|db| {
        let (reader, writer) = made(db);
        db.session.run(
            "create table states as select object_identity, definition from pggit.read_all() where object_type = 'extension'; select pggit.settle()",
        );
        // who has passed on what is taken away would keep it from being so
        db.session.run(&format!("set role {reader}; revoke all on function citext_eq from {writer}; reset role"));
        db.session
            .run("update states set definition = e.definition from pggit.read_all() as e where e.object_identity = states.object_identity");
        let before = db.session.column(PRIVILEGES);
        let change = |from: &str, to: &str| {
            format!(
                "do $$ declare step text; begin
                     for step in
                         select s.statement
                         from states as e
                         join pggit.ddl_grammar as g on g.kind = 'extension'
                         cross join lateral pggit.alter_statements(g.grammar, e.definition, {from}, {to}) as s
                     loop
                         execute step;
                     end loop;
                 end $$"
            )
        };
        let bare = "e.definition - 'member_privileges'";
        db.session.run(&change("e.definition", bare));
        assert_eq!(
            db.session.value("select count(*) from pggit.read_all() where definition ? 'member_privileges'"),
            "0",
            "what the extensions gave is there again"
        );
        db.session.run(&change(bare, "e.definition"));
        assert_eq!(db.session.column(PRIVILEGES), before);
        db.session.run(&format!("drop owned by {writer}, {reader} cascade"));
    });
}
