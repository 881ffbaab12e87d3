//! Privileges on the objects of PostgreSQL itself that are not those of initdb, and privileges that were passed on.

use pggit_tests::clients::Clients;
use pggit_tests::{Database, on_each};

/// Everybody's privileges on everything that initdb made, as the catalogs have them.
const PRIVILEGES: &str = "
    select l.name || ': ' || (select string_agg(x.item::text, ' ' order by x.item::text) from unnest(l.acl) as x (item))
    from (
        select oid::regprocedure::text as name, proacl as acl from pg_proc where oid < 16384
        union all
        select oid::regclass::text, relacl from pg_class where oid < 16384
        union all
        select attrelid::regclass || '.' || attname, attacl from pg_attribute where attrelid < 16384
        union all
        select oid::regtype::text, typacl from pg_type where oid < 16384
        union all
        select oid::regnamespace::text, nspacl from pg_namespace where oid < 16384
        union all
        select lanname, lanacl from pg_language where oid < 16384
    ) as l
    where l.acl is not null
    order by 1";

/// What no statement need say: nobody's privileges on a function are no ACL where everybody's are.
const SCRIPT: &[&str] = &[
    "revoke execute on function pg_sleep(double precision) from public",
    "grant execute on function pg_sleep(double precision) to READER with grant option",
    "set role READER; grant execute on function pg_sleep(double precision) to WRITER with grant option; reset role",
    "set role WRITER; grant execute on function pg_sleep(double precision) to another_role; reset role",
    "revoke execute on function pg_read_file(text) from public",
    "grant execute on function pg_read_file(text) to READER",
    "grant select on pg_authid to READER",
    "grant select (rolname), update (rolname, oid) on pg_catalog.pg_authid to WRITER",
    "revoke select (oid) on pg_subscription from public",
    "grant select on pg_subscription to READER",
    "revoke select on pg_class from public",
    "revoke all on function count(), count(\"any\"), percentile_cont(double precision, double precision) from public",
    "revoke usage on language plpgsql from public; grant usage on language plpgsql to WRITER",
    "grant usage on language sql to READER with grant option",
    "revoke execute on function plpgsql_call_handler() from public",
    "revoke usage on schema pg_catalog from public; grant usage, create on schema pg_catalog to READER; grant usage on schema pg_catalog to public",
    "grant create on schema information_schema to WRITER",
    "grant select on information_schema.tables to READER with grant option",
    "revoke select on information_schema.columns from public",
    "grant insert (table_name) on information_schema.tables to WRITER",
    "revoke usage on type int4, \"char\", varchar, pg_class from public",
    "grant usage on type pg_catalog.bit to READER with grant option",
    "revoke usage on domain information_schema.sql_identifier from public",
    "grant execute on all functions in schema information_schema to WRITER",
    "revoke select on pg_stat_activity from postgres",
    "begin isolation level serializable; grant select on pg_shadow to READER; commit",
    "begin isolation level repeatable read; revoke select on pg_shadow from READER; commit",
    "begin; grant select on pg_shadow to READER; rollback",
    "grant create on schema public to READER; revoke usage on schema public from public",
];

fn made(db: &mut Database) -> [String; 3] {
    let roles = [db.role("reader"), db.role("a_writer"), db.role("another_role")];
    for statement in SCRIPT {
        let statement = statement.replace("READER", &roles[0]).replace("WRITER", &roles[1]).replace("another_role", &roles[2]);
        db.session.run(&statement);
        db.assert_no_drift_once_folded(&statement);
    }
    roles
}

fn gone(db: &mut Database, roles: &[String; 3]) {
    for role in roles {
        db.session.run(&format!("drop owned by {role} cascade"));
        db.assert_no_drift_once_folded("drop owned");
    }
}

#[test]
fn privileges_on_what_is_postgresqls_are_recorded_and_exported() {
    on_each(|db| {
        let roles = made(db);
        let mut copy = db.empty_beside();
        let exported = db.session.value("select pggit.export_schema_snapshot()");
        copy.session.run(&exported);
        assert_eq!(db.session.column(PRIVILEGES), copy.session.column(PRIVILEGES), "{exported}");
        if let Some(clients) = Clients::of(db.version()) {
            db.session.run("drop event trigger pggit_ddl_command_end; drop event trigger pggit_sql_drop");
            assert_eq!(clients.schema(db), clients.schema(&copy));
        }
        for role in &roles {
            copy.session.run(&format!("drop owned by {role} cascade"));
            db.session.run(&format!("drop owned by {role} cascade"));
        }
    });
}

#[test]
fn what_is_as_initdb_made_it_is_not_recorded() {
    on_each(|db| {
        let role = db.role("reader");
        for (grant, revoke) in [
            (
                "grant execute on function pg_sleep(double precision) to READER",
                "revoke execute on function pg_sleep(double precision) from READER",
            ),
            ("revoke select on pg_class from public", "grant select on pg_class to public"),
            ("revoke select (oid) on pg_subscription from public", "grant select (oid) on pg_subscription to public"),
            ("grant usage on language plpgsql to READER", "drop owned by READER"),
        ] {
            for (statement, count) in [(grant, "1"), (revoke, "0")] {
                let statement = statement.replace("READER", &role);
                db.session.run(&statement);
                db.assert_no_drift(&statement);
                let recorded = db.session.value("select count(*) from pggit.tracked_objects where object_type = 'privileges'");
                assert_eq!(recorded, count, "{}: {statement}", db.version());
            }
        }
        let lines = db.session.column(
            "select object_type || ' ' || object_identity || ': ' || operation from pggit.changes where object_type = 'privileges'",
        );
        assert_eq!(lines.len(), 8, "{lines:?}");
        assert_eq!(lines[0], "privileges on function pg_catalog.pg_sleep(double precision): create");
    });
}

#[test]
fn they_follow_the_rules_of_what_is_tracked() {
    on_each(|db| {
        let role = db.role("reader");
        db.session.run("select pggit.set_ignore_patterns(array['CREATE TABLE other.%'])");
        let statement = format!("grant select on pg_authid to {role}");
        db.session.run(&statement);
        db.assert_no_drift(&statement);
        db.session.run("create extension citext");
        db.session.run(&format!("grant execute on function citext_eq to {role}"));
        db.assert_no_drift("a member");
        assert_eq!(db.session.value("select count(*) from pggit.tracked_objects where object_type = 'privileges'"), "2");
        db.session.run(&format!("drop owned by {role}"));
    });
}

#[test]
fn they_are_made_what_a_definition_says() {
    on_each(|db| {
        let roles = made(db);
        let before = db.session.column(PRIVILEGES);
        db.session.run(
            "create table states as select object_identity, definition from pggit.read_all() where object_type = 'privileges';
             do $$ declare step text; begin
                 for step in
                     select r.statement
                     from states as s, pggit.ddl_grammar as g,
                          pggit.alter_statements(g.grammar, jsonb_build_object('identity', s.object_identity), s.definition, '{}') as r
                     where g.kind = 'privileges'
                 loop
                     execute step;
                 end loop;
             end $$",
        );
        db.assert_no_drift_once_folded("as initdb made them");
        let rest = db.session.value("select count(*) from pggit.read_all() where object_type = 'privileges'");
        assert_eq!(rest, "0", "{}: what initdb gave is there again", db.version());
        db.session.run(
            "do $$ declare s record; begin
                 for s in select * from states loop
                     perform pggit.apply_definition('privileges', s.object_identity, s.definition);
                 end loop;
             end $$",
        );
        assert_eq!(db.session.column(PRIVILEGES), before, "{}", db.version());
        gone(db, &roles);
    });
}

/// On what is made by everybody too: who has passed a privilege on would keep it from being taken back.
#[test]
fn what_was_passed_on_can_be_changed_in_place_and_exported() {
    on_each(|db| {
        // in the order of their names nobody could grant what he has not got yet
        let (first, second, third) = (db.role("z"), db.role("m"), db.role("a"));
        db.session.run("create table t (a int, b int); create function f() returns int language sql return 1");
        for (role, to) in [("postgres", &first), (&first, &second), (&second, &third)] {
            db.session.run(&format!(
                "set role {role};
                 grant select on t to {to} with grant option; grant update (a) on t to {to} with grant option; grant execute on function f() to {to} with grant option;
                 reset role"
            ));
        }
        // each passes on to the other what he has from others
        db.session.run(&format!(
            "grant insert on t to {third} with grant option;
             set role {third}; grant insert on t to {second} with grant option; reset role;
             set role {second}; grant insert on t to {first}; reset role"
        ));
        db.session.run(&format!(
            "create table u (a int); grant select on u to {first} with grant option;
             set role {first}; grant select (a) on u to {second}; reset role"
        ));
        db.assert_no_drift("granted");
        let state = "select object_type || ' ' || object_identity || ' ' || definition from pggit.read_all() where definition ? 'privileges' and object_type <> 'schema' order by 1";
        let before = db.session.column(state);
        assert_eq!(before.len(), 5, "{before:?}");
        let script = db.session.value("select pggit.export_schema_snapshot()");
        let mut copy = db.installed_beside();
        copy.session.run(&script);
        assert_eq!(copy.session.column(state), before, "{script}");

        db.session.run(
            "create table states as select object_type, object_identity, definition from pggit.read_all() where object_identity in ('public.t', 'public.t.a', 'public.f()', 'public.u.a');
             do $$ declare s record; begin
                 for s in select * from states loop
                     perform pggit.apply_definition(s.object_type, s.object_identity, s.definition - 'privileges');
                 end loop;
             end $$",
        );
        let rest = db.session.column(state);
        assert!(rest.len() == 1 && rest[0].starts_with("table public.u "), "{rest:?}");
        db.session.run(
            "do $$ declare s record; begin
                 for s in select * from states loop
                     perform pggit.apply_definition(s.object_type, s.object_identity, s.definition);
                 end loop;
             end $$",
        );
        assert_eq!(db.session.column(state), before);
        for role in [&first, &second, &third] {
            copy.session.run(&format!("drop owned by {role} cascade"));
            db.session.run(&format!("drop owned by {role} cascade"));
        }
    });
}

#[test]
fn what_default_privileges_give_to_members_is_recorded_with_the_extension() {
    on_each(|db| {
        db.session.run(
            "alter default privileges revoke usage on types from public; alter default privileges revoke execute on functions from public",
        );
        let role = db.role("reader");
        db.session.run(&format!("alter default privileges grant usage on types to {role} with grant option"));
        db.session.run(&format!("drop owned by {role} cascade"));
        db.assert_no_drift("drop owned by who had default privileges");
        for statement in [
            "create schema a",
            "create extension citext schema a",
            "alter extension citext update",
            "drop extension citext",
            "create extension hstore",
        ] {
            db.session.run(statement);
            db.assert_no_drift(statement);
        }
    });
}

/// A GRANT names no object: what the transaction has written before and was read since is not read again, and nothing else is left out.
#[test]
fn many_grants_in_one_transaction_are_each_read_once() {
    on_each(|db| {
        let role = db.role("reader");
        db.session.run("create table old (id int, note text); create view seen as select * from old; create sequence counter");
        db.session.run("create function noisy() returns event_trigger language plpgsql as $$ begin create index on old (id); end $$");
        // More text than is searched for names.
        let long = "-".repeat(2_000);
        db.session.run(&format!(
            "begin; --{long}
             create table fresh (id int primary key, note text); create table other (id int, note text); create function f() returns int language sql return 1;
             grant select on fresh to {role}; grant select (note) on other to {role}; grant select (id) on old, seen to {role};
             savepoint s; grant insert on fresh, old, counter to {role}; rollback to s;
             create schema hidden; comment on schema hidden is '@pggit:ignore'; create table hidden.one (id int); grant select on hidden.one to {role};
             revoke select on fresh from {role}; grant usage on counter to {role}; grant execute on function f() to {role}; grant update (note) on fresh to {role}"
        ));
        assert_eq!(
            db.session.value(
                "select (select count(*) from pggit.roots_written_since('TABLE')) + (select count(*) from pggit.roots_written_since('FUNCTION'))"
            ),
            "0",
            "all of them have been read"
        );
        db.session.run("commit");
        db.assert_no_drift("many grants");
        db.session.run(
            "begin; create table p (id int) partition by list (id); create table p1 partition of p for values in (1);
             alter table p add column x int; create table p2 partition of p for values in (2); alter table p add column y int;
             alter table p rename x to z; alter table p add check (z > 0); commit",
        );
        db.assert_no_drift("what reaches partitions");
        // A dump brings rows of another server, of transactions that are yet to come here.
        db.session.run(
            "insert into pggit.looks select (pg_current_xact_id()::text::bigint + n)::text::xid8, 'TABLE' from generate_series(1, 50) as n",
        );
        db.session.run(&format!("grant references on old to {role}"));
        db.assert_no_drift("rows of another server");
        db.session.run("create event trigger a_noisy on ddl_command_end when tag in ('GRANT') execute function noisy()");
        db.session
            .run(&format!("begin; create table third (id int); grant select on third to {role}; grant delete on old to {role}; commit"));
        db.session.run("drop event trigger a_noisy");
        db.session.run("select pggit.reconcile()");
        assert_eq!(db.session.value("select count(*) from pggit.commits where kind = 'out_of_band'"), "0");
        db.assert_no_drift("another's event trigger");
    });
}

/// A SERIALIZABLE transaction must not read what pgGit wrote: it notes what its commands have written, and whoever looks reads each once.
#[test]
fn many_grants_in_a_serializable_transaction_are_read_by_whoever_looks() {
    // More text than is searched for names.
    many_grants(&format!(" --{}", "-".repeat(2_000)), true);
    many_grants("", false);
}

fn many_grants(remark: &str, is_noted: bool) {
    on_each(|db| {
        let role = db.role("reader");
        db.session
            .run("create table a (id int, note text); create table b (id int); create sequence counter; create type mood as enum ('sad')");
        db.session.run("create schema hidden; comment on schema hidden is '@pggit:ignore'; create table hidden.one (id int)");
        db.session.run("create function f() returns int language sql return 1; create extension citext");
        let grants = [
            "grant select on a to READER",
            "grant update (note) on a to READER",
            "grant select on b, hidden.one to READER",
            "grant usage on counter to READER",
            "grant usage on type mood to READER",
            "grant usage on schema public to READER",
            "revoke execute on function f() from public",
            "grant execute on function f() to READER",
            "grant usage on type citext to READER",
            "grant select on pg_authid to READER",
            "alter default privileges in schema public grant select on tables to READER",
        ]
        .map(|grant| grant.replace("READER", &role) + remark);
        db.session.run("select pggit.settle()");
        db.session.run("begin isolation level serializable");
        for (so_far, grant) in grants.iter().enumerate() {
            db.session.run("savepoint s; grant insert on a, b to current_user; rollback to s");
            db.session.run(grant);
            let staged = db.session.value("select count(*) from pggit.staged_changes where transaction_id = pg_current_xact_id()");
            assert!(!is_noted || staged == (so_far + 1).to_string(), "one row for each command: {grant}, and there are {staged}");
        }
        db.session.run("commit");
        // What keeps the privileges and writes the row anew does not hide that they were given.
        db.session.run("truncate a; analyze b");
        db.assert_no_drift_once_folded("many grants");
        assert_eq!(db.session.value("select count(*) from pggit.commits where kind = 'out_of_band'"), "0");
        for (object, statement) in
            [("b", &grants[2]), ("counter", &grants[3]), ("mood", &grants[4]), ("f()", &grants[if is_noted { 6 } else { 7 }])]
        {
            assert_eq!(
                db.session.value(&format!(
                    "select s.statement from pggit.commit_changes as c join pggit.statement_records as s using (statement_id)
                     where c.object_identity = 'public.{object}' order by c.commit_number desc limit 1"
                )),
                *statement,
                "the statement behind {object}"
            );
        }
    });
}
