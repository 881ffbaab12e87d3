//! What moves between schemas that are tracked and schemas that are not, and who reads it differently then.

use pggit_tests::on_each;

/// Objects of every kind that has a schema, each with something that PostgreSQL prints by its name where there is such a thing.
const OBJECTS: &str = "
    create schema app; create schema noise;
    create table app.a (id serial primary key, x text);
    create table app.b (id int);
    create view app.v as select * from app.b;
    create materialized view app.m as select 1 as a;
    create sequence app.s;
    create function app.f() returns int language sql as 'select 1';
    create aggregate app.agg(int) (sfunc = int4pl, stype = int);
    create procedure app.p() language sql as '';
    create type app.y as (a int);
    create type app.z as enum ('a');
    create type app.r as range (subtype = int8);
    create domain app.d as int check (value > 0);
    create collation app.co from \"C\";
    create statistics app.st on id, x from app.a;
    create operator app.<#> (leftarg = int, rightarg = int, function = int4pl);
    create operator family app.opf using btree;
    create operator class app.opc for type int using btree family app.opf as
        operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 btint4cmp(int, int);
    create text search dictionary app.tsd (template = simple);
    create text search configuration app.tsc (copy = simple);
    create conversion app.cv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
    create table app.p (id int) partition by list (id);
    create table app.p1 partition of app.p default;
    create view app.reads as select a.x, p.id from app.a as a join app.p as p using (id)";

/// What they are called in ALTER, without the schema.
const NAMES: &[(&str, &str)] = &[
    ("table", "a"),
    ("table", "b"),
    ("view", "v"),
    ("materialized view", "m"),
    ("sequence", "s"),
    ("function", "f()"),
    ("aggregate", "agg(int)"),
    ("procedure", "p()"),
    ("type", "y"),
    ("type", "z"),
    ("type", "r"),
    ("domain", "d"),
    ("collation", "co"),
    ("statistics", "st"),
    ("operator", "<#> (int, int)"),
    ("operator class", "opc using btree"),
    ("operator family", "opf using btree"),
    ("text search dictionary", "tsd"),
    ("text search configuration", "tsc"),
    ("conversion", "cv"),
    ("table", "p1"),
    ("table", "p"),
];

#[test]
fn what_moves_out_of_what_is_tracked_is_dropped_at_once() {
    on_each(|db| {
        for target in ["noise", "pg_catalog", "pggit"] {
            db.session.run("select pggit.configure_tracking(ignore_schemas => '{noise}'); set allow_system_table_mods = on");
            db.session.run(OBJECTS);
            for (kind, name) in NAMES {
                let (there, back) =
                    (format!("alter {kind} app.{name} set schema {target}"), format!("alter {kind} {target}.{name} set schema app"));
                db.session.run(&there);
                db.assert_no_drift(&there);
                assert_eq!(db.session.value("select bool_and(operation in ('drop', 'alter')) from pggit.show('HEAD')"), "true", "{there}");
                db.session.run(&back);
                db.assert_no_drift(&back);
                db.session.run(&there);
                db.assert_no_drift(&there);
            }
            assert_eq!(
                db.session.column(
                    "select object_identity from pggit.tracked_objects where schema_name = 'app' and object_type not in ('view', 'schema')"
                ),
                [""; 0],
                "{target}"
            );
            // and all of it comes back with a schema that gets a name that is tracked
            if target == "noise" {
                for statement in ["alter schema noise rename to quiet", "alter schema quiet rename to noise"] {
                    db.session.run(statement);
                    db.assert_no_drift(statement);
                }
            }
            for (kind, name) in NAMES {
                db.session.run(&format!("alter {kind} {target}.{name} set schema app"));
            }
            db.session.run("drop schema app, noise cascade");
            db.assert_no_drift("the end");
        }
    });
}

#[test]
fn so_it_is_in_a_transaction_with_an_old_snapshot() {
    on_each(|db| {
        db.session.run("select pggit.configure_tracking(ignore_schemas => '{noise}'); set allow_system_table_mods = on");
        db.session.run(OBJECTS);
        for (kind, name) in NAMES {
            for target in ["noise", "pg_catalog"] {
                for (from, to) in [("app", target), (target, "app")] {
                    let statement = format!("alter {kind} {from}.{name} set schema {to}");
                    db.session.run(&format!("begin isolation level repeatable read; {statement}; commit"));
                    db.assert_no_drift_once_folded(&statement);
                }
            }
        }
        for statement in [
            "alter schema app rename to noise2",
            "alter schema noise rename to app",
            "alter schema noise2 rename to noise",
            "alter schema app rename to pg_hidden",
            "alter schema noise rename to app",
            "create table app.new (id int); alter table app.new set schema pg_catalog; alter table pg_catalog.new rename to newer",
            "create table app.new (id int); alter table app.new set schema pg_hidden; alter table pg_hidden.new set schema app",
        ] {
            db.session.run(&format!("begin isolation level repeatable read; {statement}; commit"));
            db.assert_no_drift_once_folded(statement);
        }
    });
}

#[test]
fn who_reads_what_was_renamed_is_read_again() {
    on_each(|db| {
        db.session.run("select pggit.configure_tracking(ignore_schemas => '{noise}'); set allow_system_table_mods = on");
        db.session.run("create schema noise; create schema app; create table noise.a (id int); create table app.b (id int)");
        db.session.run("create function noise.f(int) returns int language sql immutable as 'select 1'");
        db.session.run("create view app.on_a as select noise.f(id) from noise.a; create view app.on_b as select id from app.b");
        db.session.run("create operator app.<#> (leftarg = int, rightarg = int, function = int4eq, negator = operator(noise.<##>), commutator = operator(noise.<###>))");
        for statement in [
            "alter operator noise.<##> (int, int) set schema public",
            "create operator noise.<###> (leftarg = int, rightarg = int, function = int4eq, commutator = operator(app.<#>))",
            "alter operator noise.<###> (int, int) set schema public",
            "alter operator public.<###> (int, int) set schema noise",
            "alter table noise.a rename to c",
            "alter table noise.c rename id to number",
            "alter function noise.f rename to g",
            "alter schema noise rename to quiet",
            "alter schema quiet rename to noise",
            "alter table noise.c set schema pg_catalog",
            "alter table pg_catalog.c rename to d",
            "alter table pg_catalog.d set schema noise",
        ] {
            db.session.run(statement);
            db.assert_no_drift(statement);
        }
        for statement in
            ["alter table app.b rename to e", "alter table noise.d rename number to id", "alter schema app rename to application"]
        {
            db.session.run(&format!("begin isolation level serializable; {statement}; commit"));
            db.assert_no_drift_once_folded(statement);
        }
    });
}

/// PostgreSQL does not say which event triggers went with their function; an old snapshot does not show what others have made since.
#[test]
fn event_triggers_that_go_with_their_function_under_an_old_snapshot_are_dropped() {
    on_each(|db| {
        for isolation in ["repeatable read", "serializable"] {
            db.session.run("create function on_event() returns event_trigger language plpgsql as 'begin end'");
            db.session.run(&format!("begin isolation level {isolation}; select 1"));
            let mut other = db.connect();
            other.run("create event trigger goes on table_rewrite execute function on_event(); create table meanwhile (id int); select pggit.reconcile()");
            db.session.run("drop function on_event() cascade; commit");
            db.assert_no_drift_once_folded(isolation);
            let left = db.session.value("select count(*) from pggit.tracked_objects where object_identity = 'goes'");
            assert_eq!(left, "0", "{isolation}");
            db.session.run("drop table meanwhile");
        }
    });
}
