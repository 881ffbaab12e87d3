//! What depends on temporary objects goes with the session, and no event trigger fires then: it is never part of the index.

use pggit_sql::WorkingSchema;
use pggit_tests::{Database, on_each};

const TEMPORARY: &str = "
    create temporary table tt (a int);
    create temporary sequence ts;
    create type pg_temp.te as enum ('a');
    create function pg_temp.tf() returns int language sql immutable as 'select 1';
    create function pg_temp.tg() returns trigger language plpgsql as 'begin return new; end'";

const PERMANENT: &[&str] = &[
    "create table p (id int, x int)",
    "create table p1 (x tt)",
    "create table p2 (x pg_temp.te, y int)",
    "create index on p2 (y, x)",
    "create function f1(tt) returns int language sql as 'select 1'",
    "create function f2() returns setof tt language sql as 'select 1'",
    "create function f3() returns bigint language sql begin atomic select count(*) from tt; end",
    "create function f4() returns bigint language sql as 'select 1'",
    "create or replace function f4() returns bigint language sql begin atomic select count(*) from tt; end",
    "create view v1 as select null::tt as x",
    "create view v2 as select pg_temp.tf() as n",
    "create view v3 as select * from v2",
    "create view v4 as select * from tt",
    "create materialized view mv as select pg_temp.tf() as n",
    "create index on mv (n)",
    "create trigger t1 before insert on p for each row execute function pg_temp.tg()",
    "comment on trigger t1 on p is 'short'",
    "alter table p alter id set default pg_temp.tf()",
    "alter table p alter x set default nextval('pg_temp.ts')",
    "alter table p add check (pg_temp.tf() > x)",
    "create policy po on p using (pg_temp.tf() > x)",
    "alter policy po on p using (pg_temp.tf() > id)",
    "create index ie on p ((x + pg_temp.tf()))",
    "create rule r1 as on insert to p do also insert into tt values (1)",
    "create domain d1 as pg_temp.te",
    "create domain d2 as int default pg_temp.tf() check (value > pg_temp.tf())",
    "create domain d3 as int",
    "alter domain d3 add check (value > pg_temp.tf())",
    "create table pk (a int) partition by range ((a + pg_temp.tf()))",
    "create cast (tt as text) with inout",
    "create type ct as (a tt, b int)",
    "alter type ct add attribute c pg_temp.te",
    "create type rt as range (subtype = pg_temp.te)",
    "create statistics st on id, (x + pg_temp.tf()) from p",
    "create table gen (a int, b int generated always as (a + pg_temp.tf()) stored)",
    "alter table p add column y int",
    "grant select on p, v1, gen to public",
    "alter view v2 rename to v5",
    "alter function f1(tt) rename to f5",
    "drop function f2()",
    "alter table gen rename to generated",
];

/// Ends the session, and waits until its temporary objects are gone.
fn end(db: &mut Database) {
    let backend = db.session.value("select pg_backend_pid()");
    db.session = db.connect();
    for _ in 0..600 {
        if db.session.value(&format!("select count(*) from pg_stat_activity where pid = {backend}")) == "0" {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("session {backend} does not end");
}

/// The schema as HEAD has it, and as who needs no pgGit reads it.
#[track_caller]
fn assert_read_alike(db: &mut Database, when: &str) {
    let tree = db.session.value("select tree_id from pggit.commits where commit_id = pggit.resolve_revision('HEAD')");
    let working = WorkingSchema::connect(&db.url()).expect("connect").tree().expect("a tree");
    assert_eq!(working.root().to_string(), tree, "{when}");
}

#[test]
fn what_goes_with_the_session_is_no_drift() {
    on_each(|db| {
        db.session.run(TEMPORARY);
        for statement in PERMANENT {
            db.session.run(statement);
            db.assert_no_drift(statement);
            db.connect().assert_no_drift(statement);
        }
        let kept = db.session.column("select object_type || ' ' || object_identity from pggit.read_all() where definition::text ~ 'pg_temp' or dependencies::text ~ 'pg_temp'");
        assert_eq!(kept, [""; 0]);
        assert_read_alike(db, "while the session lasts");
        end(db);
        db.assert_no_drift("the end of the session");
        assert_read_alike(db, "after the session");
        assert_eq!(
            db.session.column("select object_identity from pggit.tracked_objects where object_type <> 'schema' order by 1"),
            [
                "public.ct",
                "public.d3",
                "public.generated",
                "public.generated.a",
                "public.p",
                "public.p.id",
                "public.p.x",
                "public.p.y",
                "public.p1",
                "public.p2",
                "public.p2.y"
            ]
        );
    });
}

#[test]
fn what_goes_with_a_transaction_is_no_drift() {
    on_each(|db| {
        db.session.run("create table p (id int)");
        for isolation in ["read committed", "repeatable read"] {
            db.session.run(&format!("begin isolation level {isolation}"));
            db.session.run("create temporary table once (a int) on commit drop; create table kept (a once, b int); create view v as select null::once as n");
            db.session.run("alter table p add column c int; create function f(once) returns int language sql as 'select 1'; commit");
            db.assert_no_drift_once_folded(isolation);
            db.session.run("drop table kept; alter table p drop column c");
        }
        db.session.run("create temporary table tt (a int); create view v as select null::tt as n; discard temp");
        db.assert_no_drift("discard");
    });
}

/// A superuser may name the temporary objects of another session.
#[test]
fn what_depends_on_another_sessions_temporary_objects_is_left_out() {
    on_each(|db| {
        let mut owner = db.connect();
        owner.run(TEMPORARY);
        let schema = owner.value("select nspname from pg_namespace where oid = pg_my_temp_schema()");
        db.session.run("create table p (id int)");
        for statement in [
            "create function fb(SCHEMA.tt) returns int language sql as 'select 1'",
            "create view vb as select null::SCHEMA.tt as x",
            "create table tb (x SCHEMA.te, y int)",
            "alter table p alter id set default SCHEMA.tf()",
            "create index on p ((id + SCHEMA.tf()))",
            "create domain db as SCHEMA.te",
        ] {
            let statement = statement.replace("SCHEMA", &schema);
            db.session.run(&statement);
            db.assert_no_drift(&statement);
        }
        drop(owner);
        while db.session.value("select count(*) from pg_type where typname = 'db'") != "0" {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        db.assert_no_drift("the end of the other session");
        assert_eq!(
            db.session.column("select object_identity from pggit.tracked_objects where object_type = 'table column' order by 1"),
            ["public.p.id", "public.tb.y"]
        );
    });
}
