//! Definitions that mean the same are equal, whichever version of PostgreSQL describes them, and before and after a dump and restore:
//! the schemas of `variations/`, made again elsewhere, have the ids that they had.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use pggit_core::Repository;
use pggit_sql::WorkingSchema;
use pggit_tests::clients::Clients;
use pggit_tests::{Database, Session, servers, skipped};

use crate::variations::{SCHEMAS, drop_subscriptions, statements};

/// What differs for a reason: the schema, the version from which on, the element, and why.
const OTHER_VERSIONS: &[(&str, u32, &str, &str)] = &[
    ("rest", 17, "extension pg_stat_statements", "another version of the extension is installed"),
    ("rest", 18, "extension postgres_fdw", "another version of the extension is installed"),
    ("rest", 18, "extension citext", "another version of the extension is installed"),
    ("rest", 17, "privileges on function res_extensions.pg_stat_statements_reset(", "the extension has it with other arguments"),
    ("from_16", 17, "view v16.json", "PostgreSQL quotes the name where it is a keyword"),
    ("from_16", 17, "view v16.\"json\"", "PostgreSQL quotes the name where it is a keyword"),
];

/// What is said of members of an extension that it has no more in a later version.
const MEMBERS_GONE: &[(&str, u32, &str)] = &[("rest", 17, "pg_stat_statements_reset(")];

/// What `pg_dump` loses: the schema, its versions, the element, and why.
const LOST_BY_PG_DUMP: &[(&str, RangeInclusive<u32>, &str, &str)] = &[
    (
        "tables",
        15..=18,
        "table column tab.sized_",
        "the dump gives a null for a default to what took its parent's away, and cannot load an identity beside one",
    ),
    (
        "types",
        15..=18,
        "type typ.of_base_",
        "the dump gives as its own the default of its base type, and leaves out that a domain has none",
    ),
    ("tables", 15..=18, "tab.grandchild", "its dump does not load: parents whose storage differs"),
    (
        "partitions",
        15..=18,
        "table constraint refers_2_a_b_fkey on par.refers_2",
        "the dump attaches the partition without the key that it brought",
    ),
    ("partitions", 15..=18, "table constraint to_all on par.refers_2", "which has the name of the key of its parent then"),
    ("partitions", 15..=18, "table constraint to_all on par.refers_1", "the dump leaves out comments on keys that come from above"),
    ("tables", 15..=18, "table constraint positive on tab.a_below", "the dump leaves out comments on checks that come from above"),
    ("tables", 15..=18, "table constraint positive on tab.a_part", "the dump leaves out comments on checks that come from above"),
    ("views", 15..=18, "function vw.count_it(integer)", "its dump does not load: functions that call each other"),
    ("views", 15..=18, "function vw.deep(integer)", "its dump does not load: functions that call each other"),
    ("views", 15..=18, "vw.computed", "its dump does not load: it needs one of them"),
    ("views", 15..=18, "function vw.of_table(vw.computed)", "its dump does not load: it takes a row of that table"),
    ("routines", 15..=18, "function rou.factorial(integer)", "its dump does not load: a function that calls itself"),
    ("routines", 15..=18, "table column rou.generated.b", "its dump does not load: it needs one of them"),
    ("routines", 15..=18, "Rou Language", "the dump takes a language without validator for an extension"),
    ("routines", 15..=18, "rou_language", "the dump takes a language without validator for an extension"),
    ("rest", 15..=18, "privileges on table information_schema.columns", "privileges in that schema are left out"),
    ("rest", 15..=18, "server res_none", "a type that is empty is left out"),
    ("from_17", 17..=18, "table column v17.generated_below.g", "the dump leaves out what a child generates otherwise than its parent"),
    ("from_18", 18..=18, "table column v18.virtual_below.g", "the dump leaves out what a child generates otherwise than its parent"),
    ("from_17", 17..=18, " on v17.excl_", "its dump does not load: exclusion constraints cannot be attached"),
    ("from_17", 17..=18, " on v17.\"Excl\"", "its dump does not load: exclusion constraints cannot be attached"),
    ("from_17", 17..=18, " on v17.parted", "its dump does not load: exclusion constraints cannot be attached"),
    ("from_18", 18..=18, " on v18.temporal_part", "its dump does not load: nor can temporal keys"),
    ("from_18", 18..=18, "temporal_own_pkey", "its dump does not load: nor can temporal keys"),
    ("from_18", 18..=18, "table constraint later on v18.nn_", "the dump makes what heirs have validated alone their own"),
    ("from_18", 18..=18, "table constraint there on v18.a_below", "the dump makes what heirs have validated alone their own"),
    ("from_18", 18..=18, "table constraint nn_i_not_null on v18.nn_", "the dump makes what heirs have validated alone their own"),
    ("from_18", 18..=18, "nn_parted_a_not_null", "the dump leaves out the name, which what was detached has taken by then"),
];

/// Every element with the id of its definition, and the definition for whoever reads a failure.
fn definitions(session: &mut Session) -> BTreeSet<String> {
    let query = "select object_type || ' ' || object_identity || ' ' || definition_id || ' ' || definition::text
                 from pggit.tree_at(pggit.resolve_revision('HEAD')) join pggit.blobs using (definition_id)
                 where object_type <> 'event trigger' or object_identity not like 'pggit%'";
    session.column(query).into_iter().collect()
}

/// What one has and the other has not; fails where a difference has no reason, or a reason no difference.
fn compare(name: &str, what: &str, one: &BTreeSet<String>, other: &BTreeSet<String>, reasons: &[&str]) {
    let differing: Vec<_> = one.symmetric_difference(other).collect();
    let unexplained: Vec<_> = differing.iter().filter(|d| !reasons.iter().any(|r| d.contains(r))).collect();
    assert!(unexplained.is_empty(), "{name} {what}: {unexplained:#?}");
    let idle: Vec<_> = reasons.iter().filter(|r| !differing.iter().any(|d| d.contains(**r))).collect();
    assert!(idle.is_empty(), "{name} {what}: these differ no more: {idle:#?}");
}

/// A schema in a database with pgGit.
fn made(db: &mut Database, script: &str) -> BTreeSet<String> {
    for statement in statements(script) {
        db.session.run(statement);
    }
    db.session.run("select pggit.reconcile()");
    definitions(&mut db.session)
}

/// What pgGit finds in a database that it comes to.
fn found(copy: &mut Database) -> BTreeSet<String> {
    Repository::connect(&copy.url()).expect("connect to the copy").install(&mut |_| {}).expect("install into the copy");
    let root = copy.session.value("select c.tree_id from pggit.branches join pggit.commits as c using (commit_id)");
    let read = WorkingSchema::connect(&copy.url()).expect("connect to the copy").tree().expect("read the copy").root();
    assert_eq!(read.to_string(), root, "the library reads on {} what the database does", copy.version());
    definitions(&mut copy.session)
}

#[test]
fn every_version_gives_the_same_ids() {
    for (name, first_version, script) in SCHEMAS {
        let mut able: Vec<_> = servers().iter().filter(|s| s.version >= *first_version).collect();
        able.sort_by_key(|s| s.version);
        let Some((first, later)) = able.split_first() else { continue };
        let mut db = Database::installed_on(first);
        let original = made(&mut db, script);
        let ddl = db.session.value("select pggit.export_schema_snapshot()");
        for server in later {
            let mut copy = Database::empty_on(server);
            let gone: Vec<_> = MEMBERS_GONE
                .iter()
                .filter(|(schema, version, _)| schema == name && first.version < *version && server.version >= *version)
                .map(|(_, _, member)| *member)
                .collect();
            let able: Vec<_> = ddl.split(";\n").filter(|statement| !gone.iter().any(|g| statement.contains(g))).collect();
            copy.session.run(&able.join(";\n"));
            let what = format!("from {} on {}", first.version, server.version);
            let reasons: Vec<_> = OTHER_VERSIONS
                .iter()
                .filter(|(schema, version, _, _)| schema == name && first.version < *version && server.version >= *version)
                .map(|(_, _, element, _)| *element)
                .collect();
            compare(name, &what, &original, &found(&mut copy), &reasons);
            drop_subscriptions(&mut copy);
        }
        drop_subscriptions(&mut db);
    }
}

#[test]
fn a_dump_and_restore_gives_the_same_ids() {
    for server in servers() {
        let Some(clients) = Clients::of(server.version) else { continue };
        for (name, _, script) in SCHEMAS.iter().filter(|(_, version, _)| *version <= server.version) {
            let mut db = Database::installed_on(server);
            let original = made(&mut db, script);
            db.session.run("drop event trigger pggit_ddl_command_end; drop event trigger pggit_sql_drop");
            let mut copy = db.empty_beside();
            clients.restore(&clients.schema(&db), &copy);
            let reasons: Vec<_> = LOST_BY_PG_DUMP
                .iter()
                .filter(|(schema, versions, _, _)| schema == name && versions.contains(&server.version))
                .map(|(_, _, element, _)| *element)
                .collect();
            compare(name, &format!("restored on {}", server.version), &original, &found(&mut copy), &reasons);
            drop_subscriptions(&mut copy);
            drop_subscriptions(&mut db);
        }
    }
}

/// Whether columns are arrays is not in what PostgreSQL prints of an array of nothing but columns: that stays as it is printed, so that an
/// export means the same, and reads as another definition once PostgreSQL has read it back.
#[test]
fn an_array_of_columns_alone_means_the_same_after_an_export() {
    for server in servers() {
        let mut db = Database::installed_on(server);
        db.session.run(
            "create table t (v varchar(5), w varchar(5)[]);
             create view of_scalars as select v = any (array[v, v]) as found from t;
             create view of_arrays as select v = any (array[w, w]) as found from t",
        );
        let ddl = db.session.value("select pggit.export_schema_snapshot()");
        let mut copy = db.empty_beside();
        copy.session.run(&ddl);
        for (view, first, again) in [
            ("of_scalars", "(ARRAY[v, v])::text[]", "ARRAY[(v)::text, (v)::text]"),
            ("of_arrays", "(ARRAY[w, w])::text[]", "ARRAY[(w)::text[], (w)::text[]]"),
        ] {
            for (session, expected) in [(&mut db.session, first), (&mut copy.session, again)] {
                let printed = session.value(&format!("select pg_get_viewdef('public.{view}'::regclass)"));
                assert!(printed.replace("public.", "").replace("t.", "").contains(expected), "{printed} has no {expected}");
            }
        }
        copy.session.run("insert into public.t values ('b', '{b,c}')");
        assert_eq!(
            copy.session.column("select found from public.of_scalars union all select found from public.of_arrays"),
            ["true", "true"]
        );
    }
}

/// The dump of an older version attaches partitions that it made as tables of their own: 18 then names their NOT NULL constraints after
/// them, and where it makes partitions itself, after the parent. They are other names, hence other definitions.
#[test]
fn a_dump_restored_into_18_names_the_not_null_constraints_of_partitions_after_them() {
    let [Some(old), Some(new)] = [15, 18].map(|version| servers().iter().find(|s| s.version == version)) else {
        skipped("this is about a dump of 15 in 18");
        return;
    };
    let mut db = Database::installed_on(old);
    let script = "create table par (id int not null) partition by list (id)\ncreate table par_1 partition of par for values in (1)";
    let original = made(&mut db, script);
    db.session.run("drop event trigger pggit_ddl_command_end; drop event trigger pggit_sql_drop");
    let mut copy = Database::empty_on(new);
    let Some(clients) = Clients::of(15) else { return };
    clients.restore(&clients.schema(&db), &copy);
    compare("partitions", "of 15 restored into 18", &original, &found(&mut copy), &["table constraint par_1_id_not_null on public.par_1"]);
}
