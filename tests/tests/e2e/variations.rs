//! Every property of every kind: the schemas of `variations/`, exported and made again, are the same to `pg_dump`, to
//! `schema_fingerprint.py` and to pgGit. Law 1 holds after each of their statements.

use pggit_core::Repository;
use pggit_tests::clients::Clients;
use pggit_tests::fingerprint::{self, fingerprint};
use pggit_tests::{Database, servers};

/// The schemas, each with the first version of PostgreSQL that has what it is about. A statement a line.
pub(crate) const SCHEMAS: &[(&str, u32, &str)] = &[
    ("tables", 15, include_str!("variations/tables.sql")),
    ("partitions", 15, include_str!("variations/partitions.sql")),
    ("views", 15, include_str!("variations/views.sql")),
    ("routines", 15, include_str!("variations/routines.sql")),
    ("types", 15, include_str!("variations/types.sql")),
    ("rest", 15, include_str!("variations/rest.sql")),
    ("expressions", 15, include_str!("variations/expressions.sql")),
    ("from_16", 16, include_str!("variations/from_16.sql")),
    ("from_17", 17, include_str!("variations/from_17.sql")),
    ("from_18", 18, include_str!("variations/from_18.sql")),
];

const DRIFT: &str = "
    select operation || ' ' || object_type || ' ' || object_identity || coalesce(': ' || new_definition::text, '')
    from pggit.drift()
    where object_type <> 'event trigger'
    union all
    select 'capture failed: ' || event_data::text from pggit.system_events where event_type = 'capture_failed'";

/// The statements of a schema.
pub(crate) fn statements(script: &str) -> Vec<&str> {
    script.lines().filter(|l| !l.is_empty() && !l.starts_with("--")).collect()
}

/// Runs a schema in a database with pgGit; looks at the index after each of its statements, or after every twentieth.
fn make(db: &mut Database, name: &str, script: &str) {
    let each = if std::env::var_os("PGGIT_TEST_LONG").is_some() { 1 } else { 20 };
    let statements = statements(script);
    for (number, statement) in statements.iter().enumerate() {
        db.session.run(statement);
        if (number + 1) % each == 0 || number + 1 == statements.len() {
            // no command on event triggers fires one
            let drift = db.session.column(DRIFT);
            assert!(drift.is_empty(), "{name} on {}, after {statement}\n{drift:#?}", db.version());
        }
    }
    db.session.run("select pggit.reconcile()");
}

/// A dump without what has no meaning: the order of privileges and of columns that come from parents. Nor has pgGit the
/// connection of a subscription, which could hold a password.
pub(crate) fn comparable(lines: &[String]) -> Vec<String> {
    let mut comparable: Vec<_> = lines
        .iter()
        .enumerate()
        .map(|(number, line)| {
            // the settings of a function have an order
            let before = if line.starts_with("    SET ") { lines[number - 1].as_str() } else { "" };
            let line = line.trim_end_matches(',');
            match line.split_once(" CONNECTION '") {
                Some((before, after)) => format!("{before} {}", after.split_once("' ").map_or(after, |(_, rest)| rest)),
                None => format!("{before}{line}"),
            }
        })
        .collect();
    comparable.sort_unstable();
    comparable
}

/// The lines of one that the other does not have, and the other way round.
pub(crate) fn differences(original: &[String], copy: &[String]) -> Vec<String> {
    let lacking = |these: &[String], those: &[String], sign| {
        these.iter().filter(|l| !those.contains(l)).map(|l| format!("{sign} {l}")).collect::<Vec<_>>()
    };
    [lacking(original, copy, '-'), lacking(copy, original, '+')].concat()
}

/// A database with a subscription cannot be dropped.
pub(crate) fn drop_subscriptions(db: &mut Database) {
    let names = "select quote_ident(subname) from pg_subscription as s join pg_database as d on d.oid = s.subdbid where d.datname = current_database()";
    for name in db.session.column(names) {
        db.session.run(&format!("alter subscription {name} disable"));
        db.session.run(&format!("alter subscription {name} set (slot_name = none)"));
        db.session.run(&format!("drop subscription {name}"));
    }
}

/// The dump of a dump that was restored, twice: a cast of a cast of an array is the same only then.
fn restored(clients: &Clients, dumped: &[String], db: &Database) -> Vec<String> {
    let [copy, again] = [db.empty_beside(), db.empty_beside()];
    clients.restore(dumped, &copy);
    clients.restore(&clients.schema(&copy), &again);
    clients.schema(&again)
}

fn is_exact(name: &str, first_version: u32, script: &str) {
    let tool = fingerprint::tool();
    for server in servers().iter().filter(|s| s.version >= first_version) {
        let mut db = Database::installed_on(server);
        make(&mut db, name, script);
        let ddl = db.session.value("select pggit.export_schema_snapshot()");
        let mut copy = db.empty_beside();
        copy.session.run(&ddl);
        // what PostgreSQL prints as another text once it has read it back, it has to have read back on both sides
        let again = ["expressions", "contrib"].contains(&name);
        let version = server.version;
        if let Some(tool) = tool.as_ref().filter(|_| !again) {
            let found = differences(&fingerprint(tool, &db.url()), &fingerprint(tool, &copy.url()));
            assert!(found.is_empty(), "{name} on {version}: {found:#?}");
        }
        if let Some(clients) = Clients::of(version) {
            db.session.run("drop event trigger pggit_ddl_command_end; drop event trigger pggit_sql_drop");
            let [original, made] = [&db, &copy].map(|d| {
                let dumped = clients.schema(d);
                comparable(&if again { restored(&clients, &dumped, d) } else { dumped })
            });
            assert!(original == made, "{name} on {version}: {:#?}", differences(&original, &made));
        }
        let state = "select object_type || ' ' || object_identity || ' ' || definition::text
                     from pggit.tree_at(pggit.resolve_revision('HEAD')) join pggit.blobs using (definition_id) order by 1";
        let recorded = db.session.column(state);
        Repository::connect(&copy.url()).expect("connect to the copy").install(&mut |_| {}).expect("install into the copy");
        let found = differences(&recorded, &copy.session.column(state));
        assert!(found.is_empty(), "{name} on {version}: {found:#?}");
        drop_subscriptions(&mut copy);
        drop_subscriptions(&mut db);
    }
}

#[test]
fn the_kinds_of_15_are_exact() {
    for (name, first_version, script) in SCHEMAS.iter().filter(|(_, version, _)| *version == 15) {
        is_exact(name, *first_version, script);
    }
}

#[test]
fn what_came_later_is_exact() {
    for (name, first_version, script) in SCHEMAS.iter().filter(|(_, version, _)| *version > 15) {
        is_exact(name, *first_version, script);
    }
}

#[test]
fn what_uses_extensions_is_exact() {
    is_exact("contrib", 15, include_str!("variations/contrib.sql"));
}
